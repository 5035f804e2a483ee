"""The kinds of subject that the airspace adds to those of the network: flights, drones and their keys."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from airspace.actions import drone_alarms, impact, service
from network.actions.impact.impact import Affected, Scope
from network.actions.service_levels.sources import MinuteCount
from network.kernels.sla.sla import Metric
from network.models import Agreement
from network.models.subject import FoundSubject, Name, Subject


class FlightSubject(Subject):
    """A flight, by the serial of its drone."""

    code = service.FLIGHT
    label = _("Flight")
    many = Name("flights", "飞行")
    right = impact.RIGHT
    metrics = (Metric.COVERAGE, Metric.AVAILABILITY)
    good = {
        Metric.AVAILABILITY: _(
            "Seconds in which the newest report was at most 5 s old, from the first report until it landed or was "
            "silent for 10 minutes."
        ),
        Metric.COVERAGE: _(
            "Seconds heard at places modelled to be covered, of those heard at places that can be modelled."
        ),
    }
    key_word = _("Drone: serial or name")
    key_hint = _("The serial of the drone.")
    group = impact.GROUP
    group_label = _("Flights")
    affected_rule = _("A flight is served by the strongest sector where it was last heard.")
    is_user = True

    def find(self, key: str) -> FoundSubject | None:
        return service.find(key)

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        return service.search(words, most)

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return service.counts(agreements, since, until)

    def affected(self, scope: Scope, now: datetime) -> Iterable[Affected]:
        return impact.flights(scope, now)


class DroneSubject(Subject):
    """A drone, by its serial: of alarms."""

    code = drone_alarms.DRONE
    label = _("Drone")
    many = Name("drones", "无人机")
    page = "/airspace?search={key}"
    right = impact.RIGHT


class KeySubject(Subject):
    """An API key that reports drones: of alarms."""

    code = drone_alarms.KEY
    label = _("API key")
    many = Name("keys", "密钥")


SUBJECTS = (FlightSubject(), DroneSubject(), KeySubject())
