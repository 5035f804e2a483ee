"""The kinds of subject that industry adds to those of the network: workloads, jobs, vehicles, factories, machines."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from industry.actions import impact, service
from industry.actions.plants import factory_alarms, machine_alarms
from network.actions.impact.impact import Affected, Scope
from network.actions.service_levels.sources import MinuteCount
from network.kernels.sla.sla import Metric
from network.models import Agreement
from network.models.subject import FoundSubject, Name, Subject


class WorkloadSubject(Subject):
    """A workload `factory~model`."""

    code = "workload"
    label = _("Workload")
    many = Name("workloads", "工作负载")
    right = impact.WORKLOADS_RIGHT
    metrics = (Metric.DEADLINE, Metric.AVAILABILITY)
    good = {
        Metric.DEADLINE: _(
            "Jobs that ended, answered within their latency budget, the modelled way to the edge node included."
        ),
        Metric.AVAILABILITY: _("Jobs that ended with an answer, of all that ended."),
    }
    key_hint = _("Factory and model, as factory~model.")
    group = impact.WORKLOADS
    group_label = _("Workloads")
    affected_rule = _("A workload is served by the access site and the edge node of its factory.")
    is_user = True

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return service.names(keys)

    def find(self, key: str) -> FoundSubject | None:
        return service.find(key)

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        return service.search(words, most)

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return service.counts(agreements, since, until)

    def affected(self, scope: Scope, now: datetime) -> Iterable[Affected]:
        return impact.workloads(scope, now)


class JobSubject(Subject):
    """A job that waits or runs on an edge node."""

    code = "job"
    label = _("Job")
    many = Name("jobs", "任务")
    right = impact.JOBS_RIGHT
    group = impact.JOBS
    group_label = _("Jobs")

    def affected(self, scope: Scope, now: datetime) -> Iterable[Affected]:
        return impact.jobs(scope, now)


class VehicleSubject(Subject):
    """A vehicle of a factory, `factory~manufacturer~serial`, that reported lately."""

    code = "vehicle"
    label = _("Vehicle")
    many = Name("vehicles", "车辆")
    right = impact.VEHICLES_RIGHT
    group = impact.VEHICLES
    group_label = _("Vehicles")
    affected_rule = _("A vehicle heard of within the hour is served by the access site of its factory.")

    def affected(self, scope: Scope, now: datetime) -> Iterable[Affected]:
        return impact.vehicles(scope, now)


class FactorySubject(Subject):
    """A factory, by its slug: of alarms."""

    code = factory_alarms.FACTORY
    label = _("Factory")
    many = Name("factories", "工厂")
    right = impact.WORKLOADS_RIGHT
    page = "/industry/factories/{key}"

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return factory_alarms.factory_names(keys)


class MachineSubject(Subject):
    """A machine of a factory, by its number: of alarms."""

    code = machine_alarms.MACHINE
    label = _("Machine")
    many = Name("machines", "机器")
    right = impact.WORKLOADS_RIGHT

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return machine_alarms.machine_names(keys)


SUBJECTS = (WorkloadSubject(), JobSubject(), VehicleSubject(), FactorySubject(), MachineSubject())
