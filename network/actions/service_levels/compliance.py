"""How every agreement stands over its period, judged once a minute from the ledger, all at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add, attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from console.live import hub
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import Delta
from network.actions.maintenance import maintenance
from network.actions.service_levels import burn, overdrawn
from network.actions.service_levels.ledger import MINUTE, counted_until, sums
from network.events import StandingChanged
from network.kernels.measurement import error_budget
from network.kernels.measurement.error_budget import Array, Flags, Promise, Tally, Time, Words
from network.models import Agreement, ComplianceStatus, ServiceCount, bulk

TOLD_AT_ONCE = 200
_FIGURES = ("achieved_share", "budget_left_share", "burn_5m", "burn_30m", "burn_1h", "burn_6h", "burn_3d")
_COUNTS = ("good", "total", "unknown_s", "excluded_s")
_WRITTEN = ["period_started_at", *_COUNTS, *_FIGURES, "burn_alert", "state", "counted_until", "judged_at"]


@dataclass
class _Sums:
    """Sums of the ledger over times for all agreements; each piece of time is asked for once."""

    place: dict[int, int]
    asked: dict[tuple[int, datetime, datetime], Tally]

    def over(self, since: datetime, until: datetime) -> Tally:
        """Return what was counted in a time, by agreement."""
        tallies = [self._piece(*piece) for piece in error_budget.pieces(since, until)]
        return reduce(add, tallies, Tally.nothing(len(self.place)))

    def _piece(self, span_s: int, since: datetime, until: datetime) -> Tally:
        if (span_s, since, until) not in self.asked:
            self.asked[span_s, since, until] = self._ask(span_s, since, until)
        return self.asked[span_s, since, until]

    def _ask(self, span_s: int, since: datetime, until: datetime) -> Tally:
        rows = ServiceCount.objects.filter(span_s=span_s, started_at__gte=since, started_at__lt=until)
        values = np.zeros((4, len(self.place)))
        result = np.array(list(sums(rows)), float).reshape(-1, 5)
        places = np.array([self.place.get(int(pk), -1) for pk in result[:, 0]], int)
        values[:, places[places >= 0]] = result[places >= 0, 1:].T
        return Tally(*values)


@dataclass(frozen=True)
class _Judged:
    """What was found of all agreements, in their order."""

    started_at: list[datetime]
    tally: Tally
    figures: dict[str, Array]
    alert: Words
    state: Words


def judge_all(now: datetime) -> int:
    """Judge every agreement from the ledger, tell what changed, settle breaches and alarms; return how many there are.

    How often the ledger is asked does not grow with the number of agreements.
    """
    until = counted_until(now)
    statuses = list(_in_force().select_related("agreement__site").order_by("agreement_id")) if until else []
    if until is None or not statuses:
        return 0
    before = {status.agreement_id: _told(status) for status in statuses}
    _write(statuses, judge(statuses, until, now), until, now)
    with transaction.atomic():
        _save(statuses)
        kept = set(_in_force().values_list("agreement_id", flat=True))
        statuses = [
            status for status in statuses if status.agreement_id in kept
        ]  # nobody is paged for what was removed
        overdrawn.settle(statuses, now)
        _alarms(statuses, {pk: result[1] for pk, result in before.items()}, now)
        _tell([status for status in statuses if _told(status) != before[status.agreement_id]], now)
    return len(statuses)


def _in_force() -> QuerySet[ComplianceStatus]:
    return ComplianceStatus.objects.filter(agreement__ended_at=None)


def judge(statuses: Sequence[ComplianceStatus], until: datetime, now: datetime) -> _Judged:
    """Judge agreements by what was counted until a time."""
    agreements = [status.agreement for status in statuses]
    ledger = _Sums({agreement.pk: place for place, agreement in enumerate(agreements)}, {})
    promise = Promise(
        np.array([agreement.target_share for agreement in agreements]),
        np.array([agreement.most_unknown_share for agreement in agreements]),
        np.array([agreement.is_unknown_bad for agreement in agreements], bool),
    )
    started_at, tally, time = _periods(statuses, ledger, until)
    burns = _burns(statuses, ledger, promise, until)
    alert = error_budget.alerts(burns, np.array([status.burn_alert for status in statuses], "<U6"))
    alert[_in_maintenance(agreements, until, now)] = ""
    figures = {
        "achieved_share": error_budget.achieved_share(tally, time.elapsed_s, promise),
        "budget_left_share": error_budget.budget_left_share(tally, time, promise),
        "unknown_s": error_budget.unknown_s(tally, time.elapsed_s),
        **{f"burn_{name}": rate for name, rate in burns.items()},
    }
    return _Judged(started_at, tally, figures, alert, error_budget.states(tally, time, promise, alert))


def _periods(
    statuses: Sequence[ComplianceStatus], ledger: _Sums, until: datetime
) -> tuple[list[datetime], Tally, Time]:
    """Return when each agreement's period began, what was counted in it, and how much of it is over."""
    zone = ZoneInfo(settings.TIME_ZONE)
    kinds = np.array([status.agreement.period for status in statuses])
    count = len(statuses)
    counted, elapsed_s, period_s = np.zeros((4, count)), np.zeros(count), np.zeros(count)
    started_at = [until] * count
    for kind in set(kinds.tolist()):
        start, end = error_budget.bounds(kind, until, zone)
        tally, chosen = ledger.over(start, until), np.flatnonzero(kinds == kind)
        counted[:, chosen] = np.array([tally.good, tally.total, tally.known_s, tally.excluded_s])[:, chosen]
        for place in chosen.tolist():
            started_at[place] = max(start, statuses[place].began_at)
            first = start if kind.startswith("rolling") else started_at[place]
            elapsed_s[place] = max((until - started_at[place]).total_seconds(), 0.0)
            period_s[place] = max((end - first).total_seconds(), elapsed_s[place])
    return started_at, Tally(*counted), Time(elapsed_s, period_s)


def _burns(statuses: Sequence[ComplianceStatus], ledger: _Sums, promise: Promise, until: datetime) -> dict[str, Array]:
    existed_s = np.array([max((until - status.began_at).total_seconds(), 0.0) for status in statuses])
    burns = {}
    for name in error_budget.WINDOWS_S:
        since = error_budget.window_start(name, until)
        window_s = (until - since).total_seconds()
        burns[name] = error_budget.burn_rate(
            ledger.over(since, until), np.minimum(existed_s, window_s), window_s, promise
        )
    return burns


def _in_maintenance(agreements: Sequence[Agreement], until: datetime, now: datetime) -> Flags:
    """Return which agreements are under maintenance now, or were in the newest minute counted: they alarm nobody."""
    times = maintenance.excluded(agreements, until - MINUTE, max(now, until) + MINUTE)
    held = [
        any(
            start <= now < end or (start < until and end > until - MINUTE) for start, end in times.get(agreement.pk, ())
        )
        for agreement in agreements
    ]
    return np.array(held, bool)


def _write(statuses: Sequence[ComplianceStatus], judged: _Judged, until: datetime, now: datetime) -> None:
    figures = {name: _nulls(values) for name, values in judged.figures.items()}
    for place, status in enumerate(statuses):
        status.period_started_at, status.counted_until, status.judged_at = judged.started_at[place], until, now
        status.good, status.total = int(judged.tally.good[place]), int(judged.tally.total[place])
        status.excluded_s = float(judged.tally.excluded_s[place])
        status.burn_alert, status.state = str(judged.alert[place]), str(judged.state[place])
        for name, values in figures.items():
            setattr(status, name, values[place])


def _save(statuses: list[ComplianceStatus]) -> None:
    """Write what was judged; what was removed, or began anew, meanwhile stays away."""
    fields = ("agreement_id", *_WRITTEN)
    rows = [dict(zip(("agreement", *_WRITTEN), attrgetter(*fields)(status), strict=True)) for status in statuses]
    bulk.update(ComplianceStatus, rows, by="agreement")


def _alarms(statuses: Sequence[ComplianceStatus], alerts_before: dict[int, str], now: datetime) -> None:
    burning = [(status.agreement, status) for status in statuses if status.burn_alert]
    over = [status.agreement for status in statuses if not status.burn_alert and alerts_before[status.agreement_id]]
    burns, spent = burn.delta_of(burning, over), overdrawn.delta_of(statuses)
    apply(Delta([*burns.found, *spent.found], {*burns.over, *spent.over}), now)


def _tell(statuses: Sequence[ComplianceStatus], now: datetime) -> None:
    """Tell each organisation of its own."""
    of_owner: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for status in statuses:
        of_owner[status.agreement.owner_pk].append(row(status))
    for owner, rows in of_owner.items():
        for start in range(0, len(rows), TOLD_AT_ONCE):
            hub.publish(StandingChanged(at=now, rows=rows[start : start + TOLD_AT_ONCE], organisation=owner))


def row(status: ComplianceStatus) -> dict[str, Any]:
    """Return a status as browsers hear of it: what the list shows of it."""
    agreement = status.agreement
    shown = {name: getattr(status, name) for name in ("began_at", *_WRITTEN)}
    return {"agreement": agreement.pk, "kind": agreement.kind, "key": agreement.key, **shown}


def _told(status: ComplianceStatus) -> tuple[str, str, float | None]:
    """Return what browsers are told of when it changes; of the budget a thousandth."""
    left = status.budget_left_share
    return status.state, status.burn_alert, None if left is None else round(left, 3)


def _nulls(values: Array) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124  NaN is not itself
