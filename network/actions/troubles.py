"""Alarms that follow a look: what is wrong now stands, what is well again goes, and a flood is one alarm."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from network.actions.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.models import Alarm, Severity

MOST_ALONE = 10
"""More subjects than that with the same problem at once are one alarm for all of them."""
MOST_NAMED = 50
_GRAVEST_FIRST = list(Severity)


@dataclass(frozen=True)
class Look:
    """What somebody who looked found: everything that is wrong now of these problems.

    `crowd` is what their subjects are called together. Of `unsure` subjects nothing is known now: what stands of them
    stays, for not knowing is not well.
    """

    crowd: str
    problems: Collection[str]
    found: Sequence[Trouble]
    unsure: Collection[str] = field(default_factory=frozenset)


def settle(look: Look, now: datetime) -> None:
    """Raise what was found, clear what stands and was not found; more than a few of one problem are one alarm."""
    standing = standing_pairs(look.problems)
    wanted, kept = [], set[Pair]()
    for problem in look.problems:
        found = [one for one in look.found if one.specific_problem == problem]
        if is_crowd := _is_crowd(look, found, stands=(look.crowd, problem) in standing):
            kept.add((look.crowd, problem))
        wanted += [_of_crowd(look.crowd, found)] if is_crowd and found else found
    kept |= {one.pair for one in wanted}
    over = [pair for pair in standing - kept if pair[0] not in look.unsure or (look.crowd, pair[1]) in kept]
    if over:
        clear_alarms(over, now)
    raise_alarms(wanted, now)


def standing_pairs(problems: Collection[str]) -> set[Pair]:
    """Return subject and problem of every alarm of these problems that stands."""
    rows = Alarm.objects.active().filter(specific_problem__in=problems)
    return set(rows.values_list("subject", "specific_problem"))


def _is_crowd(look: Look, found: Sequence[Trouble], *, stands: bool) -> bool:
    """Whether so many have a problem that one alarm says it; that one stays until clearly few can be left."""
    if not stands:
        return len(found) > MOST_ALONE
    return len({one.subject for one in found} | set(look.unsure)) > MOST_ALONE // 2


def _of_crowd(crowd: str, found: Sequence[Trouble]) -> Trouble:
    named = sorted(found, key=lambda one: one.subject)[:MOST_NAMED]
    first = min(found, key=lambda one: _GRAVEST_FIRST.index(one.severity))
    detail: dict[str, Any] = {"count": len(found), "subjects": [one.subject for one in named]}
    if first.site:
        detail["sites"] = len(found)
    if "of" in first.detail:
        detail["of"] = [one.detail["of"] for one in found][:MOST_NAMED]
    return Trouble(crowd, first.specific_problem, first.severity, first.alarm_type, first.probable_cause, detail=detail)
