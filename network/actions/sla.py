"""Measuring sites and judging their agreements: samples in, verdicts, breaches and alarms out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from console import hub
from console.actor import HOME_PK
from network.actions import prober_health, sla_breaches
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_root import correlate
from network.actions.sla_breaches import Judged
from network.actions.sla_verdict import agreed, verdicts
from network.events import AgreementsJudged, SitesMeasured, SlaChanged
from network.kernels.sla import State, Verdict, worst
from network.models import Agreement, Site, SiteHealth, StampSample, bulk, partition
from network.probes.stamp import Measured, Round

Health = dict[str, Any]
DELETE_AT_ONCE = 2_000
TOLD_AT_ONCE = 100
MOST_COUNTED = 1_000_000
MOST_OF_A_ROUND = 32_767  # a site that comes back after hours may have lost more since its last answer
UNKNOWN = Verdict(State.UNKNOWN, None, None, 0)
_TOLD = ("state", "rtt_ms", "lost", "packets", "measured_at", "answered_at")
_LASTING = ("answered_at", "silent_since", "silent_packets")


@dataclass
class Outcome:
    """What judging one round found: of each agreement, and of each site, as `SiteHealth` has it, by its key."""

    judged: list[Judged]
    healths: dict[int, Health]
    slugs: dict[int, str]
    changed_sites: set[int]


def check(found: Round) -> None:
    """Keep a round's samples, judge the agreements of its sites, open and close breaches, raise and clear alarms.

    Args:
        found: what the probe measured. Of a probe that is unwell, or that nobody answers, nothing is concluded:
            everything is unknown, and an alarm says why.
    """
    now = _time(found.ended_ns)
    stored = store(found)
    prober_health.note(found, now)
    apply(prober_health.delta_of(found, now), now)
    if not found.measured:
        return
    agreements = agreed([measured.key for measured in found.measured])
    told = verdicts(agreements, now, stored) if found.is_trusted else [UNKNOWN] * len(agreements)
    judged = [Judged(one, verdict) for one, verdict in zip(agreements, told, strict=True)]
    with transaction.atomic():
        outcome = _outcome(found, judged, now)
        _save(outcome, now)
        apply(sla_breaches.settle(judged, now), now)
        _tell(outcome, now)
    if found.is_trusted:
        correlate(now)


def store(found: Round) -> int:
    """Keep a round's samples; return how many."""
    rows = [_sample(measured, found) for measured in found.measured if measured.rtts_ms]
    bulk.insert(StampSample, rows, Site, "site")
    return len(rows)


def _sample(measured: Measured, found: Round) -> bulk.Row:
    return {
        "site": measured.key, "sent_at": _time(measured.sent_ns), "method": measured.method,
        "rtt_ms": measured.rtt_ms, "rtts_ms": measured.rtts_ms, "packets": len(measured.rtts_ms),
        "lost": measured.lost, "lost_forward": _counted(measured.lost_forward),
        "lost_backward": _counted(measured.lost_backward),
        "residence_ms": measured.residence_ms, "forward_ms": measured.forward_ms, "backward_ms": measured.backward_ms,
        "one_way_error_ms": measured.one_way_error_ms, "one_way_refusal": measured.one_way_refusal or "",
        "jitter_ms": measured.jitter_ms, "jitter_forward_ms": measured.jitter_forward_ms,
        "jitter_backward_ms": measured.jitter_backward_ms, "spread_ms": measured.spread_ms,
        "reordered": _counted(measured.reordered), "duplicates": _counted(measured.duplicates),
        "held": _counted(measured.held), "probe_delay_ms": round(found.delay_ms, 3), "is_trusted": found.is_trusted,
        "is_second_look": found.is_second_look, "failure": measured.failure,
    }  # fmt: skip


def _counted(count: int | None) -> int | None:
    return None if count is None else min(count, MOST_OF_A_ROUND)


def _outcome(found: Round, judged: list[Judged], now: datetime) -> Outcome:
    """Work out how each site is, from the round and what those who run the network promise for it.

    How a site is everybody sees; what is promised to a customer beyond that is that customer's.
    """
    states: dict[int, list[State]] = defaultdict(list)
    for one in judged:
        if one.agreed.organisation == HOME_PK:
            states[one.agreed.site_id].append(one.verdict.state)
    before = {row["site_id"]: row for row in _healths_before(found)}
    healths = {
        one.key: _health(before.get(one.key), one, worst(states[one.key]), now, is_trusted=found.is_trusted)
        for one in found.measured
    }
    slugs = {one.agreed.site_id: one.agreed.slug for one in judged}
    if without := [key for key in healths if key not in slugs]:
        slugs |= dict(Site.objects.filter(pk__in=without).values_list("pk", "slug"))
    changed = {one.agreed.site_id for one in judged if one.agreed.state_at(now) != one.verdict.state}
    return Outcome(judged, healths, slugs, changed)


def _healths_before(found: Round) -> Iterable[Health]:
    rows: Iterable[Any] = SiteHealth.objects.filter(site__in=[one.key for one in found.measured]).values(
        "site_id", "answered_at", "silent_since", "silent_packets"
    )
    return rows


def _health(before: Health | None, measured: Measured, state: State, now: datetime, *, is_trusted: bool) -> Health:
    """Return how a site is; rounds of a probe that was well tell since when, over how many packets, it is silent."""
    rtt_ms, packets = measured.rtt_ms, len(measured.rtts_ms)
    health: Health = {
        "site": measured.key, "state": state.value, "rtt_ms": rtt_ms, "lost": measured.lost, "packets": packets,
        "measured_at": now, "answered_at": None, "silent_since": None, "silent_packets": 0,
    }  # fmt: skip
    health |= {name: before[name] for name in _LASTING} if before else {}
    if rtt_ms is not None:
        health["answered_at"] = now
    if is_trusted and rtt_ms is not None:
        health |= {"silent_since": None, "silent_packets": 0}
    elif is_trusted and packets:
        health["silent_since"] = health["silent_since"] or now
        health["silent_packets"] = min(health["silent_packets"] + packets, MOST_COUNTED)
    return health


def _save(outcome: Outcome, now: datetime) -> None:
    told = [
        {
            "id": one.agreed.pk, "state": one.verdict.state.value, "value": one.verdict.value,
            "used_share": one.verdict.used_share, "samples": one.verdict.samples, "judged_at": now,
        }
        for one in outcome.judged
    ]  # fmt: skip
    bulk.update(Agreement, told)
    bulk.upsert(SiteHealth, list(outcome.healths.values()), Site, "site")


def delete_old_samples(before: datetime) -> int:
    """Delete the samples sent before then, a piece at a time so that nobody waits long; return how many.

    On PostgreSQL whole days are dropped: see `models.partition.drop`.
    """
    if partition.is_partitioned():
        return partition.drop(StampSample._meta.db_table, before)  # noqa: SLF001  Django's public name
    count = 0
    while True:
        keys = list(
            StampSample.objects.filter(sent_at__lt=before)
            .order_by("sent_at")
            .values_list("pk", flat=True)[:DELETE_AT_ONCE]
        )
        if not keys:
            return count
        count += StampSample.objects.filter(pk__in=keys).delete()[0]


def _tell(outcome: Outcome, now: datetime) -> None:
    rows = {key: _row(outcome.slugs[key], health) for key, health in outcome.healths.items() if key in outcome.slugs}
    told = list(rows.values())
    for start in range(0, max(len(told), 1), TOLD_AT_ONCE):
        hub.publish(SitesMeasured(at=now, organisation=None, sites=told[start : start + TOLD_AT_ONCE]))
    own: dict[tuple[int, int], list[dict[str, object]]] = defaultdict(list)
    for one in outcome.judged:
        if one.agreed.site_id in outcome.changed_sites:
            own[one.agreed.site_id, one.agreed.organisation].append(_agreement_row(one, now))
    for key in sorted(outcome.changed_sites):
        hub.publish(SlaChanged(at=now, organisation=None, site=rows[key]))
    for (key, owner), agreements in sorted(own.items(), key=lambda one: one[0]):
        hub.publish(AgreementsJudged(at=now, site=outcome.slugs[key], agreements=agreements, organisation=owner))


def _row(slug: str, health: Health) -> dict[str, object]:
    return {"slug": slug, **{name: health[name] for name in _TOLD}}


def _agreement_row(one: Judged, now: datetime) -> dict[str, object]:
    return {
        "id": one.agreed.pk, "metric": one.agreed.metric.value, "objective": one.agreed.objective,
        "state": one.verdict.state.value, "value": one.verdict.value, "used_share": one.verdict.used_share,
        "samples": one.verdict.samples, "judged_at": now,
    }  # fmt: skip


def _time(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / 1e9, UTC)
