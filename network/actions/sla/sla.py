"""Measuring sites and judging their agreements: samples in, verdicts, breaches and alarms out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from console.access.actor import HOME_PK
from console.live import hub
from console.run.clock import MACHINE, Clock
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_fold import fold
from network.actions.alarms.alarm_root import correlate
from network.actions.measurement import latency_histogram, prober_health
from network.actions.sla import sla_breaches
from network.actions.sla.sla_breaches import Judged
from network.actions.sla.sla_verdict import agreed, verdicts
from network.events import AgreementsJudged, SitesMeasured, SlaChanged
from network.kernels.sla.sla import State, Verdict, worst
from network.models import Agreement, Site, SiteHealth, StampSample, bulk
from network.probes.stamp import Measured, Round

Health = dict[str, Any]
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


def check(round_: Round) -> None:
    """Keep a round's samples, judge the agreements of its sites, open and close breaches, raise and clear alarms.

    Args:
        round_: what the probe measured. Of a probe that is unwell, or that nobody answers, nothing is concluded:
            everything is unknown, and an alarm says why.
    """
    now = _time(round_.ended_ns)
    stored = store(round_)
    prober_health.note(round_, now)
    apply(prober_health.delta_of(round_, now), now)
    if not round_.measured:
        return
    agreements = agreed([measured.key for measured in round_.measured])
    judgements = verdicts(agreements, now, stored) if round_.is_trusted else [UNKNOWN] * len(agreements)
    judged = [Judged(agreement, verdict) for agreement, verdict in zip(agreements, judgements, strict=True)]
    with transaction.atomic():
        outcome = _outcome(round_, judged, now)
        _save(outcome, now)
        apply(sla_breaches.settle(judged, now), now)
        _tell(outcome, now)
    if round_.is_trusted:
        correlate(now)
        fold(now)


def store(round_: Round, clock: Clock = MACHINE) -> int:
    """Keep a round's samples; return how many. Whoever was held up until now may be late for the minute."""
    rows = [_sample(measured, round_) for measured in round_.measured if measured.rtts_ms]
    bulk.insert(StampSample, rows, Site, "site")
    if rows:
        latency_histogram.note_stored(min(row["sent_at"] for row in rows), clock.now())
    return len(rows)


def _sample(measured: Measured, round_: Round) -> bulk.Row:
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
        "held": _counted(measured.held), "probe_delay_ms": round(round_.delay_ms, 3), "is_trusted": round_.is_trusted,
        "is_second_look": round_.is_second_look, "failure": measured.failure,
    }  # fmt: skip


def _counted(count: int | None) -> int | None:
    return None if count is None else min(count, MOST_OF_A_ROUND)


def _outcome(round_: Round, judged: list[Judged], now: datetime) -> Outcome:
    """Work out how each site is, from the round and what those who run the network promise for it.

    How a site is everybody sees; what is promised to a customer beyond that is that customer's.
    """
    states: dict[int, list[State]] = defaultdict(list)
    for judgement in judged:
        if judgement.agreed.organisation == HOME_PK:
            states[judgement.agreed.site_id].append(judgement.verdict.state)
    before = {row["site_id"]: row for row in _healths_before(round_)}
    healths = {
        measured.key: _health(
            before.get(measured.key), measured, worst(states[measured.key]), now, is_trusted=round_.is_trusted
        )
        for measured in round_.measured
    }
    slugs = {judgement.agreed.site_id: judgement.agreed.slug for judgement in judged}
    if without := [key for key in healths if key not in slugs]:
        slugs |= dict(Site.objects.filter(pk__in=without).values_list("pk", "slug"))
    changed = {row.agreed.site_id for row in judged if row.agreed.state_at(now) != row.verdict.state}
    return Outcome(judged, healths, slugs, changed)


def _healths_before(round_: Round) -> Iterable[Health]:
    rows: Iterable[Any] = SiteHealth.objects.filter(site__in=[measured.key for measured in round_.measured]).values(
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
    rows = [
        {
            "id": row.agreed.pk, "state": row.verdict.state.value, "value": row.verdict.value,
            "used_share": row.verdict.used_share, "samples": row.verdict.samples, "judged_at": now,
        }
        for row in outcome.judged
    ]  # fmt: skip
    bulk.update(Agreement, rows)
    bulk.upsert(SiteHealth, list(outcome.healths.values()), Site, "site")


def _tell(outcome: Outcome, now: datetime) -> None:
    rows = {key: _row(outcome.slugs[key], health) for key, health in outcome.healths.items() if key in outcome.slugs}
    verdict_rows = list(rows.values())
    for start in range(0, max(len(verdict_rows), 1), TOLD_AT_ONCE):
        hub.publish(SitesMeasured(at=now, organisation=None, sites=verdict_rows[start : start + TOLD_AT_ONCE]))
    own: dict[tuple[int, int], list[dict[str, object]]] = defaultdict(list)
    for judgement in outcome.judged:
        if judgement.agreed.site_id in outcome.changed_sites:
            own[judgement.agreed.site_id, judgement.agreed.organisation].append(_agreement_row(judgement, now))
    for key in sorted(outcome.changed_sites):
        hub.publish(SlaChanged(at=now, organisation=None, site=rows[key]))
    for (key, owner), agreements in sorted(own.items(), key=lambda pair: pair[0]):
        hub.publish(AgreementsJudged(at=now, site=outcome.slugs[key], agreements=agreements, organisation=owner))


def _row(slug: str, health: Health) -> dict[str, object]:
    return {"slug": slug, **{name: health[name] for name in _TOLD}}


def _agreement_row(judged: Judged, now: datetime) -> dict[str, object]:
    return {
        "id": judged.agreed.pk, "metric": judged.agreed.metric.value, "objective": judged.agreed.objective,
        "state": judged.verdict.state.value, "value": judged.verdict.value, "used_share": judged.verdict.used_share,
        "samples": judged.verdict.samples, "judged_at": now,
    }  # fmt: skip


def _time(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / 1e9, UTC)
