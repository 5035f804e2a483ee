"""Alarms that follow a look: what is wrong now stands, what is well again goes, and a flood is one alarm per owner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.actor import HOME_PK
from network.actions.alarms.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.models import Alarm, Severity

MOST_ALONE = 10
"""More subjects than that with the same problem at once are one alarm for all of them."""
MOST_NAMED = 50
_GRAVEST_FIRST = list(Severity)


Subject = tuple[str, int]  # as alarms call it, and who owns it


@dataclass(frozen=True)
class Look:
    """What somebody who looked found: everything that is wrong now of these problems.

    `crowd` is what their subjects are called together, those of one organisation. Of `unsure` subjects nothing is known
    now: what stands of them stays, for not knowing is not well. A subject of a customer is (subject, organisation).
    """

    crowd: str
    problems: Collection[str]
    found: Sequence[Trouble]
    unsure: Collection[str | Subject] = field(default_factory=frozenset)

    @property
    def unsure_subjects(self) -> set[Subject]:
        """The subjects of which nothing is known, each with its owner."""
        return {(one, HOME_PK) if isinstance(one, str) else one for one in self.unsure}


def settle(look: Look, now: datetime) -> None:
    """Raise what was found, clear what stands and was not found; more than a few of one problem are one alarm.

    Those of one organisation are counted together: its alarms say nothing of others, not even how many there are.
    """
    standing = standing_pairs(look.problems)
    groups: dict[Pair, list[Trouble]] = {pair._replace(subject=look.crowd): [] for pair in sorted(standing)}
    for one in look.found:
        groups.setdefault(one.pair._replace(subject=look.crowd), []).append(one)
    wanted, kept = [], set[Pair]()
    for crowd, found in groups.items():
        if is_crowd := _is_crowd(look, found, crowd.organisation, stands=crowd in standing):
            kept.add(crowd)
        wanted += [_of_crowd(crowd, found)] if is_crowd and found else found
    kept |= {one.pair for one in wanted}
    unsure = look.unsure_subjects
    over = [
        pair for pair in standing - kept
        if (pair.subject, pair.organisation) not in unsure or pair._replace(subject=look.crowd) in kept
    ]  # fmt: skip
    if over:
        clear_alarms(over, now)
    raise_alarms(wanted, now)


def standing_pairs(problems: Collection[str]) -> set[Pair]:
    """Return what tells every alarm of these problems apart that stands."""
    rows = Alarm.objects.active().filter(specific_problem__in=problems)
    return {Pair(*row) for row in rows.values_list("subject", "specific_problem", "organisation")}


def _is_crowd(look: Look, found: Sequence[Trouble], owner: int, *, stands: bool) -> bool:
    """Whether so many have a problem that one alarm says it; that one stays until clearly few can be left."""
    if not stands:
        return len(found) > MOST_ALONE
    unsure = {subject for subject, organisation in look.unsure_subjects if organisation == owner}
    return len({one.subject for one in found} | unsure) > MOST_ALONE // 2


def _of_crowd(crowd: Pair, found: Sequence[Trouble]) -> Trouble:
    named = sorted(found, key=lambda one: one.subject)[:MOST_NAMED]
    first = min(found, key=lambda one: _GRAVEST_FIRST.index(one.severity))
    detail: dict[str, Any] = {"count": len(found), "subjects": [one.subject for one in named]}
    if first.site:
        detail["sites"] = len(found)
    if "of" in first.detail:
        detail["of"] = [one.detail["of"] for one in found][:MOST_NAMED]
    return Trouble(
        crowd.subject, crowd.specific_problem, first.severity, first.alarm_type, first.probable_cause, detail=detail,
        organisation=crowd.organisation,
    )  # fmt: skip
