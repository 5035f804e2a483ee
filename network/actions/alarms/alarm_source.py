"""Where alarms come from: sources that look for conditions. What is wrong now stands, what is well again goes.

A source that cannot look, as it hears of things one by one, hands `alarm.apply` the change itself; it is registered all
the same, so that one place knows which problems there are and whether an alarm's cause still holds.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from network.actions.alarms.alarm import apply, open_alarms, save, tell
from network.actions.alarms.alarm_condition import AlarmCondition, Crowd, Delta, Failure, Identity
from network.actions.alarms.managed_object import ObjectId, every
from network.actions.alarms.problem import Problem
from network.models import Alarm, Severity

MOST_ALONE = 10
"""More objects than that with the same problem at once are one alarm for all of them."""
MOST_NAMED, MOST_KEPT = 50, 2_000
_GRAVEST_FIRST = list(Severity)


@dataclass(frozen=True)
class Look:
    """All that is wrong now of these problems. Of `unsure` objects nothing is known: what stands of them stays."""

    problems: Collection[Problem]
    found: Sequence[AlarmCondition]
    unsure: Collection[ObjectId] = field(default_factory=frozenset)


@dataclass(frozen=True)
class AlarmSource:
    """Who finds some problems.

    `look(now)` returns what is wrong now, or None where nothing can be said; `holds(alarm)` whether the cause of an
    alarm is measured and still there, so that it cannot be cleared by hand. Without it nobody measures the cause.
    """

    problems: Sequence[Problem]
    look: Callable[[datetime], Look | None] | None = None
    holds: Callable[[Alarm], bool] | None = None


_sources: dict[str, AlarmSource] = {}


def register(source: AlarmSource) -> AlarmSource:
    """Make a source known by its problems, and return it."""
    _sources.update(dict.fromkeys((problem.code for problem in source.problems), source))
    return source


def still_holds(alarm: Alarm) -> bool:
    """Whether whoever measures the cause of an alarm finds it still there, so that it would come back at once."""
    source = _sources.get(alarm.problem)
    return source is not None and source.holds is not None and source.holds(alarm)


def run(sources: Iterable[AlarmSource], now: datetime) -> None:
    """Let each source look, and make alarms of the difference."""
    for source in sources:
        if source.look and (look := source.look(now)) is not None:
            apply(delta_of(look), now)


def follow(conditions: Iterable[AlarmCondition], now: datetime) -> None:
    """Let open alarms have the figures of what is found of them now, and tell everyone."""
    found = {condition.identity: condition for condition in conditions}
    stands = open_alarms(found)
    changed = [alarm for identity, alarm in stands.items() if alarm.detail != found[identity].detail_json]
    for identity, alarm in stands.items():
        alarm.detail = found[identity].detail_json
    save(changed, ["detail"], now)
    tell(changed, now)


def delta_of(look: Look) -> Delta:
    """Return what to raise and what to clear; more than a few objects of a kind with one problem are one alarm.

    Those of one organisation are counted together: its alarms say nothing of others, not even how many there are.
    """
    active = active_of(look.problems)
    groups: dict[Identity, list[AlarmCondition]] = {identity.of_every: [] for identity in sorted(active)}
    for condition in look.found:
        groups.setdefault(condition.identity.of_every, []).append(condition)
    wanted, kept = [], set[Identity]()
    for crowd, conditions in groups.items():
        if is_crowd := _is_crowd(look, conditions, crowd, stands=crowd in active):
            kept.add(crowd)
        wanted += [_of_crowd(crowd, conditions)] if is_crowd and conditions else conditions
    kept |= {condition.identity for condition in wanted}
    over = {
        identity for identity in active - kept if identity.object_id not in look.unsure or identity.of_every in kept
    }
    return Delta(wanted, over)


def active_of(problems: Collection[Problem]) -> set[Identity]:
    """Return what tells every alarm of these problems apart that stands."""
    rows = Alarm.objects.active().filter(problem__in=[problem.code for problem in problems])
    return {Identity(*row) for row in rows.values_list("object_kind", "object_key", "problem", "organisation")}


def _is_crowd(look: Look, conditions: Sequence[AlarmCondition], crowd: Identity, *, stands: bool) -> bool:
    """Whether so many have a problem that one alarm says it; that one stays until clearly few can be left."""
    if not stands:
        return len(conditions) > MOST_ALONE
    unsure = {
        object_id.key
        for object_id in look.unsure
        if (object_id.kind, object_id.organisation) == (crowd.object_kind, crowd.organisation)
    }
    return len({condition.about.key for condition in conditions} | unsure) > MOST_ALONE // 2


def _of_crowd(crowd: Identity, conditions: Sequence[AlarmCondition]) -> AlarmCondition:
    named = sorted(conditions, key=lambda condition: condition.name)[:MOST_NAMED]
    first = min(conditions, key=lambda condition: _GRAVEST_FIRST.index(condition.perceived_severity))
    origins = [condition.detail.of for condition in conditions[:MOST_NAMED] if isinstance(condition.detail, Failure)]
    detail = Crowd(
        len(conditions),
        [condition.name.en for condition in named],
        [condition.about.key for condition in conditions[:MOST_KEPT]],
        len(conditions) if first.about.site else 0,
        origins,
    )
    return AlarmCondition(every(crowd.object_kind), first.problem, detail, first.grade, crowd.organisation)
