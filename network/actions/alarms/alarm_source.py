"""Where alarms come from: sources that look for conditions. What is wrong now stands, what is well again goes.

A source that cannot look, as it hears of things one by one, hands `alarm.apply` the change itself; it is registered all
the same, so that one place knows which problems there are and whether an alarm's cause still holds.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from network.actions.alarms.alarm import apply
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
    _sources.update(dict.fromkeys((one.code for one in source.problems), source))
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


def delta_of(look: Look) -> Delta:
    """Return what to raise and what to clear; more than a few objects of a kind with one problem are one alarm.

    Those of one organisation are counted together: its alarms say nothing of others, not even how many there are.
    """
    standing = standing_of(look.problems)
    groups: dict[Identity, list[AlarmCondition]] = {one.of_every: [] for one in sorted(standing)}
    for condition in look.found:
        groups.setdefault(condition.identity.of_every, []).append(condition)
    wanted, kept = [], set[Identity]()
    for crowd, found in groups.items():
        if is_crowd := _is_crowd(look, found, crowd, stands=crowd in standing):
            kept.add(crowd)
        wanted += [_of_crowd(crowd, found)] if is_crowd and found else found
    kept |= {one.identity for one in wanted}
    over = {one for one in standing - kept if one.object_id not in look.unsure or one.of_every in kept}
    return Delta(wanted, over)


def standing_of(problems: Collection[Problem]) -> set[Identity]:
    """Return what tells every alarm of these problems apart that stands."""
    rows = Alarm.objects.active().filter(problem__in=[one.code for one in problems])
    return {Identity(*row) for row in rows.values_list("object_kind", "object_key", "problem", "organisation")}


def _is_crowd(look: Look, found: Sequence[AlarmCondition], crowd: Identity, *, stands: bool) -> bool:
    """Whether so many have a problem that one alarm says it; that one stays until clearly few can be left."""
    if not stands:
        return len(found) > MOST_ALONE
    unsure = {one.key for one in look.unsure if (one.kind, one.organisation) == (crowd.object_kind, crowd.organisation)}
    return len({one.about.key for one in found} | unsure) > MOST_ALONE // 2


def _of_crowd(crowd: Identity, found: Sequence[AlarmCondition]) -> AlarmCondition:
    named = sorted(found, key=lambda one: one.name)[:MOST_NAMED]
    first = min(found, key=lambda one: _GRAVEST_FIRST.index(one.perceived_severity))
    origins = [one.detail.of for one in found[:MOST_NAMED] if isinstance(one.detail, Failure)]
    detail = Crowd(
        len(found), [one.name.en for one in named], [one.about.key for one in found[:MOST_KEPT]],
        len(found) if first.about.site else 0, origins,
    )  # fmt: skip
    return AlarmCondition(every(crowd.object_kind), first.problem, detail, first.perceived_severity, crowd.organisation)
