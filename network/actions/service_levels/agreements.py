"""Agreements: made, changed, ended; each with audit. What they rest on is in `ledger` and `compliance`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import override

from console.actions.audit.audit import Actor, record
from console.errors import Invalid, Refused, WrongValue
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import Delta, Identity
from network.actions.inventory import Problem
from network.actions.service_levels import burn, overdrawn
from network.actions.sla import sla_breaches
from network.kernels.sla.sla import Metric
from network.models import METRICS, Agreement, Breach, ComplianceStatus, Maintenance, ServiceCount
from network.models import subject as kinds
from network.models.subject import FoundSubject

MOST_AGREEMENTS = 20_000
TIMES = (Metric.RTT_P99, Metric.JITTER)
MOST_MS = 60_000.0
TARGETS = {Metric.RTT_P99: 0.99, Metric.JITTER: 0.95}
LEAST_TARGET, MOST_TARGET = 1e-6, 1 - 1e-6
CHANGEABLE = (
    "name", "name_zh", "objective", "target_share", "period", "most_unknown_share", "is_unknown_bad", "window_s",
    "min_samples",
)  # fmt: skip
PROMISED = ("objective", "target_share", "most_unknown_share", "is_unknown_bad")
"""What says which events are good, and how they are judged: of a month that is over it stays as it was."""


@dataclass(frozen=True)
class About:
    """What an agreement is about, and with whom it is; it never changes.

    `organisation` is None where nobody said: then it is the owner of the subject, or who makes it.
    """

    kind: str
    key: str
    metric: str
    organisation: int | None = None


def make(actor: Actor, about: About, values: Mapping[str, Any], now: datetime) -> Agreement:
    """Make an agreement.

    Args:
        actor: who makes it.
        about: its subject and metric.
        values: of `CHANGEABLE`; `objective` is needed, the others have defaults.
        now: when.

    Raises:
        Invalid: a value cannot be taken, or there is no such subject.
        Refused: there is one for this subject and metric already, or there are too many.
    """
    subject = kinds.find(about.kind, about.key)
    problems = [*_about_problems(about, subject), *_value_problems(about.metric, values)]
    if problems or subject is None:
        raise Invalid(problems)
    metric = Metric(about.metric)
    given = {"target_share": target_of(metric, values["objective"]), **values}
    if not given.get("name"):
        given["name"] = f"{subject.name_en}: {metric.label}"[:120]
        given["name_zh"] = chinese_name(subject.name_zh, metric)
    made = Agreement(
        kind=about.kind, key=subject.key, metric=metric.value, site_id=subject.site_id, region_id=subject.region_id,
        organisation_id=_owner(actor, about, subject), **given,
    )  # fmt: skip
    with transaction.atomic():
        if Agreement.objects.in_force().count() >= MOST_AGREEMENTS:
            raise Refused(f"there are {MOST_AGREEMENTS} agreements already, which is the most")
        _keep(made)
        record(actor, "made agreement", word(made), now, **_shown(made))
    return made


def change(actor: Actor, agreement: Agreement, values: Mapping[str, Any], now: datetime) -> Agreement:
    """Change an agreement; return it, or the one that replaces it.

    What was counted under a promise stays judged by that promise: where it says anew what is good or how it is judged,
    and something was counted, the agreement ends and another begins.

    Raises:
        Invalid: a value cannot be taken.
        Refused: it has ended.
    """
    if problems := [*_value_problems(agreement.metric, {"objective": agreement.objective, **values})]:
        raise Invalid(problems)
    given, metric = dict(values), Metric(agreement.metric)
    if given.get("name", agreement.name) != agreement.name:
        given.setdefault("name_zh", "")  # what a person calls it, it is called in both languages
    if "objective" in given and "target_share" not in given and metric not in TIMES:
        given["target_share"] = target_of(metric, given["objective"])
    with transaction.atomic():
        agreement = _in_force(agreement)
        changed = {name: value for name, value in given.items() if value != getattr(agreement, name)}
        if any(name in changed for name in PROMISED) and is_counted(agreement):
            return _replace(actor, agreement, changed, now)
        for name, value in changed.items():
            setattr(agreement, name, value)
        agreement.save(update_fields=list(changed))
        record(actor, "changed agreement", word(agreement), now, **changed)
    return agreement


def remove(actor: Actor, agreement: Agreement, now: datetime) -> None:
    """End an agreement and clear its alarms; what was counted is kept. One that never counted is deleted.

    Raises:
        Refused: it has ended.
    """
    with transaction.atomic():
        agreement = _in_force(agreement)
        if is_counted(agreement):
            _end(agreement, now)
            record(actor, "ended agreement", word(agreement), now, **_shown(agreement))
            return
        apply(Delta(over=_alarms(agreement)), now)
        record(actor, "removed agreement", word(agreement), now, **_shown(agreement))
        agreement.delete()


def hand_over(kind: str, key: str, organisation: int, now: datetime) -> None:
    """Give what is in force of a subject to its new owner; within the caller's transaction.

    What has ended stays with whom it was promised to. Alarms are cleared, and raised for the new owner when they last.
    """
    ours = Agreement.objects.in_force().select_related("site").filter(kind=kind, key=key)
    for agreement in ours.exclude(organisation=organisation):
        apply(Delta(over=_alarms(agreement)), now)
        Agreement.objects.filter(pk=agreement.pk).update(organisation=organisation)
    Maintenance.objects.filter(kind=kind, key=key, ends_at__gt=now).update(organisation=organisation)


def chinese_name(subject_zh: str, metric: Metric) -> str:
    """Return what an agreement is called in Chinese where nobody said: its subject and its metric."""
    with override("zh-hans"):
        return f"{subject_zh}: {dict(METRICS)[metric.value]}"[:120]


def is_counted(agreement: Agreement) -> bool:
    """Whether something rests on an agreement: counted time, or a breach."""
    return any(kind.objects.filter(agreement=agreement).exists() for kind in (ComplianceStatus, ServiceCount, Breach))


def _in_force(agreement: Agreement) -> Agreement:
    """Return the agreement as it is now, locked."""
    current = Agreement.objects.select_for_update(of=("self",)).select_related("site", "region").get(pk=agreement.pk)
    if current.ended_at is not None:
        raise Refused(f"agreement {current.pk} ended at {current.ended_at:%Y-%m-%d %H:%M:%S} UTC; what has ended stays")
    return current


def _replace(actor: Actor, agreement: Agreement, changed: Mapping[str, Any], now: datetime) -> Agreement:
    _end(agreement, now)
    made = Agreement(
        kind=agreement.kind, key=agreement.key, metric=agreement.metric, site=agreement.site, region=agreement.region,
        replaces=agreement, organisation_id=agreement.organisation_id, **{**_shown(agreement), **changed},
    )  # fmt: skip
    _keep(made)
    record(actor, "changed agreement", word(made), now, **changed, replaces=agreement.pk)
    return made


def _end(agreement: Agreement, now: datetime) -> None:
    agreement.ended_at = now
    agreement.save(update_fields=["ended_at"])
    Breach.objects.filter(agreement=agreement, ended_at=None).update(ended_at=now)
    apply(Delta(over=_alarms(agreement)), now)


def _alarms(agreement: Agreement) -> list[Identity]:
    """Return what tells the alarms apart that an agreement raises."""
    identities = [burn.identity(agreement), overdrawn.identity(agreement)]
    if agreement.site is not None and agreement.is_judged_by_round:
        identities.append(sla_breaches.identity(agreement))
    return identities


def target_of(metric: Metric, objective: float) -> float:
    """Return the share that must be good: 99 % within a time, 95 % within a jitter, else as the objective says."""
    if metric in TIMES:
        return TARGETS[metric]
    wanted = 1 - objective if metric is Metric.LOSS_SHARE else objective
    return min(max(wanted, LEAST_TARGET), MOST_TARGET)


def word(agreement: Agreement) -> str:
    """Return an agreement as the audit trail names it."""
    return f"agreement {agreement.kind} {agreement.key} {agreement.metric}"


def _owner(actor: Actor, about: About, subject: FoundSubject) -> int:
    """Return with whom an agreement is. What a customer owns is promised to that customer and nobody else."""
    return about.organisation or subject.organisation or actor.organisation


def _about_problems(about: About, subject: FoundSubject | None) -> Iterator[WrongValue]:
    try:
        allowed = kinds.of(about.kind, kinds.is_promised).metrics
    except Invalid as wrong:
        yield from wrong.problems
        return
    if about.metric not in allowed:
        words = ", ".join(metric.value for metric in allowed)
        yield Problem("metric", about.metric, f"one of {words}, which is what a {about.kind} can be promised")
    if subject is None:
        yield Problem("key", about.key, f"the key of a {about.kind} that exists")
    elif None not in (about.organisation, subject.organisation) and about.organisation != subject.organisation:
        yield Problem("organisation", about.organisation, f"the owner of the {about.kind}, or nothing")


def _value_problems(metric: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    objective = values["objective"]
    if metric in TIMES and not (isfinite(objective) and 0 < objective <= MOST_MS):
        yield Problem("objective", objective, f"milliseconds above 0, at most {MOST_MS:g}")
    if metric not in TIMES and not 0 < objective < 1:
        yield Problem("objective", objective, "a share above 0 and below 1, so that there is a budget")
    target = values.get("target_share")
    if target is not None and not LEAST_TARGET <= target <= MOST_TARGET:
        yield Problem("target_share", target, f"a share, {LEAST_TARGET:g} to {MOST_TARGET:g}: there must be a budget")


def _keep(made: Agreement) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as reason:
        raise Refused(f"{made.kind} {made.key} has an agreement on {made.metric} already; change that one") from reason


def _shown(agreement: Agreement) -> dict[str, Any]:
    return {name: getattr(agreement, name) for name in CHANGEABLE}
