"""Measuring sites and judging their agreements: samples in, verdicts, breaches and alarms out."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from console import hub
from network.actions.alarm import Trouble, clear_alarms, raise_alarms
from network.actions.alarm_root import correlate
from network.events import SitesMeasured, SlaChanged
from network.kernels.sla import ROUND_METRICS, Metric, State, Verdict, judge, judge_counts, worst
from network.models import (
    STALE_AFTER_S,
    Agreement,
    AlarmType,
    Breach,
    ProbeMethod,
    Severity,
    Site,
    SiteHealth,
    SiteKind,
    StampSample,
    partition,
)
from network.probes.stamp import CHECKER, PROBER, Measured, Round

DELETE_AT_ONCE = 2_000
TOLD_AT_ONCE = 100
PROBE_UNWELL = "The probe is too slow to measure"
PROBE_CUT_OFF = "No site answers the probe"
MOST_COUNTED = 1_000_000
MOST_OF_A_ROUND = 32_767  # whoever sends an answer back more often is told as this often
CUT_OFF_ROUNDS = 3  # a restart of everything takes less
PROBE_SILENT = "Nothing is measured"
PROBLEMS = {
    Metric.RTT_P99: "Round-trip time above its objective",
    Metric.LOSS_SHARE: "Packet loss above its objective",
    Metric.AVAILABILITY: "Availability below its objective",
}
SEVERITIES = {Metric.RTT_P99: Severity.MINOR, Metric.LOSS_SHARE: Severity.MAJOR, Metric.AVAILABILITY: Severity.MAJOR}


@dataclass
class Outcome:
    """What judging one round changed."""

    agreements: list[Agreement]
    healths: list[SiteHealth]
    changed_sites: set[int] = field(default_factory=set)


def check(found: Round) -> None:
    """Keep a round's samples, judge the agreements of its sites, open and close breaches, raise and clear alarms.

    Args:
        found: what the probe measured. Of a probe that is unwell, or that nobody answers, nothing is concluded:
            everything is unknown, and an alarm says why.
    """
    now = _time(found.ended_ns)
    store(found)
    _report_probe(found, now)
    if not found.measured:
        return
    ids = [measured.key for measured in found.measured]
    agreements = list(Agreement.objects.select_related("site").filter(site__in=ids, metric__in=ROUND_METRICS))
    verdicts = _unknown(agreements) if not found.is_trusted else judge_all(agreements, now)
    outcome = _outcome(found, agreements, verdicts, now)
    with transaction.atomic():
        _save(outcome)
        _settle_breaches(agreements, now)
        _tell(outcome, now)
    if found.is_trusted:
        correlate(now)


def store(found: Round) -> None:
    """Keep a round's samples."""
    StampSample.objects.bulk_create(
        StampSample(
            site_id=measured.key, sent_at=_time(measured.sent_ns), method=measured.method,
            rtt_ms=measured.rtt_ms, rtts_ms=measured.rtts_ms,
            packets=len(measured.rtts_ms), lost=measured.lost, lost_forward=measured.lost_forward,
            lost_backward=measured.lost_backward, residence_ms=measured.residence_ms, forward_ms=measured.forward_ms,
            backward_ms=measured.backward_ms, one_way_error_ms=measured.one_way_error_ms,
            one_way_refusal=measured.one_way_refusal or "", jitter_ms=measured.jitter_ms,
            jitter_forward_ms=measured.jitter_forward_ms, jitter_backward_ms=measured.jitter_backward_ms,
            spread_ms=measured.spread_ms, reordered=_counted(measured.reordered),
            duplicates=_counted(measured.duplicates), held=_counted(measured.held),
            probe_delay_ms=round(found.delay_ms, 3), is_trusted=found.is_trusted, is_second_look=found.is_second_look,
        )
        for measured in found.measured if measured.rtts_ms
    )  # fmt: skip


def _counted(count: int | None) -> int | None:
    return None if count is None else min(count, MOST_OF_A_ROUND)


def judge_all(agreements: Sequence[Agreement], now: datetime) -> list[Verdict]:
    """Judge agreements on the trusted samples of their windows that end now; in the order given."""
    by_window: dict[tuple[int, bool], list[Agreement]] = defaultdict(list)
    for agreement in agreements:
        by_window[agreement.window_s, agreement.metric == Metric.RTT_P99].append(agreement)
    verdicts: dict[int, Verdict] = {}
    for (window_s, is_time), group in by_window.items():
        samples = StampSample.objects.filter(
            site__in={agreement.site_id for agreement in group}, is_trusted=True,
            sent_at__gt=now - timedelta(seconds=window_s), sent_at__lte=now, method=F("site__probe_method"),
        ).order_by()  # fmt: skip
        verdicts |= _judge_times(group, samples) if is_time else _judge_counts(group, samples)
    return [verdicts[agreement.pk] for agreement in agreements]


def _judge_times(group: list[Agreement], samples: QuerySet[StampSample]) -> dict[int, Verdict]:
    times_ms: dict[int, list[float]] = defaultdict(list)
    rows = list(samples.values_list("site_id", Cast("rtts_ms", TextField())))
    rounds = json.loads(f"[{','.join(text for _, text in rows)}]")  # at one go: one by one takes three times as long
    for (site_id, _), rtts_ms in zip(rows, rounds, strict=True):
        times_ms[site_id] += [np.nan if rtt is None else rtt for rtt in rtts_ms]
    metric = Metric.RTT_P99
    return {one.pk: judge(times_ms[one.site_id or 0], metric, one.objective, one.min_samples) for one in group}


def _judge_counts(group: list[Agreement], samples: QuerySet[StampSample]) -> dict[int, Verdict]:
    rows = samples.values("site_id").annotate(
        rounds=Count("pk"), answered=Count("rtt_ms"), sent=Sum("packets"), gone=Sum("lost")
    )
    counted = {row["site_id"]: row for row in rows}
    verdicts = {}
    for agreement in group:
        row = counted.get(agreement.site_id or 0, {"rounds": 0, "answered": 0, "sent": 0, "gone": 0})
        metric = Metric(agreement.metric)
        of_rounds = (row["rounds"], row["rounds"] - row["answered"])
        count, lost = of_rounds if metric is Metric.AVAILABILITY else (row["sent"], row["gone"])
        verdicts[agreement.pk] = judge_counts(count, lost, metric, agreement.objective, agreement.min_samples)
    return verdicts


def _unknown(agreements: Sequence[Agreement]) -> list[Verdict]:
    return [Verdict(State.UNKNOWN, None, None, 0) for _ in agreements]


def _outcome(found: Round, agreements: list[Agreement], verdicts: list[Verdict], now: datetime) -> Outcome:
    """Write the verdicts into the agreements and work out how each site is."""
    changed: set[int] = set()
    states: dict[int, list[State]] = defaultdict(list)
    for agreement, verdict in zip(agreements, verdicts, strict=True):
        if agreement.state_at(now) != verdict.state:
            changed.add(_site(agreement).pk)
        agreement.state, agreement.value, agreement.used_share = verdict.state.value, verdict.value, verdict.used_share
        agreement.samples, agreement.judged_at = verdict.samples, now
        states[_site(agreement).pk].append(verdict.state)
    before = SiteHealth.objects.in_bulk([measured.key for measured in found.measured])
    healths = [_health(before.get(one.key), one, worst(states[one.key]), now) for one in found.measured]
    if found.is_trusted:
        _note_silence(healths, now)
    return Outcome(agreements, healths, changed)


def _health(before: SiteHealth | None, measured: Measured, state: State, now: datetime) -> SiteHealth:
    health = before or SiteHealth(site_id=measured.key)
    health.state, health.rtt_ms, health.measured_at = state.value, measured.rtt_ms, now
    health.lost, health.packets = measured.lost, len(measured.rtts_ms)
    if measured.rtt_ms is not None:
        health.answered_at = now
    return health


def _note_silence(healths: list[SiteHealth], now: datetime) -> None:
    """Count for how long, and over how many packets, each site has not answered."""
    for health in healths:
        if health.rtt_ms is not None:
            health.silent_since, health.silent_packets = None, 0
        elif health.packets:
            health.silent_since = health.silent_since or now
            health.silent_packets = min(health.silent_packets + health.packets, MOST_COUNTED)


def _save(outcome: Outcome) -> None:
    Agreement.objects.bulk_create(
        outcome.agreements, update_conflicts=True, unique_fields=["id"],
        update_fields=["state", "value", "used_share", "samples", "judged_at"],
    )  # fmt: skip
    SiteHealth.objects.bulk_create(
        outcome.healths, update_conflicts=True, unique_fields=["site"],
        update_fields=[
            "state", "rtt_ms", "lost", "packets", "measured_at", "answered_at", "silent_since", "silent_packets",
        ],
    )  # fmt: skip


def _settle_breaches(agreements: Sequence[Agreement], now: datetime) -> None:
    """Open a breach, with its alarm, where there is none for a breached agreement; close it where all is well again.

    An unknown state settles nothing: what was open stays open.
    """
    open_ones = {
        breach.agreement_id: breach for breach in Breach.objects.filter(agreement__in=agreements, ended_at=None)
    }
    broken = [one for one in agreements if one.state == State.BREACHED and one.pk not in open_ones]
    healed = [one for one in agreements if one.state in (State.MET, State.AT_RISK) and one.pk in open_ones]
    Breach.objects.bulk_create(Breach(agreement=one, started_at=now, worst_value=one.value) for one in broken)
    Breach.objects.filter(pk__in=[open_ones[one.pk].pk for one in healed]).update(ended_at=now)
    _note_worst([one for one in agreements if one.state == State.BREACHED and one.pk in open_ones], open_ones)
    raise_alarms([_trouble(one) for one in broken], now)
    clear_alarms([(_site(one).name_en, PROBLEMS[Metric(one.metric)]) for one in healed], now)


def _note_worst(agreements: list[Agreement], open_ones: dict[int, Breach]) -> None:
    """Keep the worst value that each lasting breach has seen."""
    worse = []
    for agreement in agreements:
        breach, pick = open_ones[agreement.pk], min if agreement.metric == Metric.AVAILABILITY else max
        seen = [value for value in (breach.worst_value, agreement.value) if value is not None]
        if seen and pick(seen) != breach.worst_value:
            breach.worst_value = pick(seen)
            worse.append(breach)
    Breach.objects.bulk_update(worse, ["worst_value"])


def _site(agreement: Agreement) -> Site:
    assert agreement.site is not None, f"agreement {agreement.pk} is of a {agreement.kind}"
    return agreement.site


def _trouble(agreement: Agreement) -> Trouble:
    metric, site = Metric(agreement.metric), _site(agreement)
    is_down = metric is Metric.AVAILABILITY
    is_grave = is_down and site.kind == SiteKind.DATA_CENTRE
    return Trouble(
        subject=site.name_en,
        specific_problem=PROBLEMS[metric],
        severity=Severity.CRITICAL if is_grave else SEVERITIES[metric],
        alarm_type=AlarmType.COMMUNICATIONS if is_down else AlarmType.QUALITY_OF_SERVICE,
        probable_cause="lossOfSignal" if is_down else "thresholdCrossed",
        site=site,
        detail={"metric": metric.value, "value": agreement.value, "objective": agreement.objective},
    )


def _report_probe(found: Round, now: datetime) -> None:
    """Raise or clear what concerns the probe itself."""
    over = [PROBE_SILENT]
    over += [PROBE_UNWELL] if found.is_well else []
    over += [] if found.is_cut_off else [PROBE_CUT_OFF]
    clear_alarms([(found.prober, problem) for problem in over], now)
    if not found.is_well:
        detail: dict[str, object] = {"delay_ms": round(found.delay_ms, 1)}
        raise_alarms([_probe_trouble(found.prober, PROBE_UNWELL, Severity.MINOR, detail)], now)
    if found.is_cut_off and _untrusted_rounds(found.measured[0].key, now) >= CUT_OFF_ROUNDS:
        detail = {"sites": len(found.measured)}
        raise_alarms([_probe_trouble(found.prober, PROBE_CUT_OFF, Severity.CRITICAL, detail)], now)


def _untrusted_rounds(site_id: int, now: datetime) -> int:
    since = now - timedelta(seconds=STALE_AFTER_S)
    return StampSample.objects.filter(site=site_id, sent_at__gt=since, is_trusted=False).count()


def report_silence(now: datetime) -> bool:
    """Raise an alarm when sites were measured before and none has been for long; return whether that is so.

    What is measured by STAMP and what is checked otherwise are told apart, as they are measured by different processes.
    """
    is_stamp = Q(site__probe_method=ProbeMethod.STAMP)
    told = SiteHealth.objects.filter(site__probe_port__isnull=False).aggregate(
        by_prober=Max("measured_at", filter=is_stamp), by_checker=Max("measured_at", filter=~is_stamp)
    )
    silent = [
        _probe_trouble(name, PROBE_SILENT, Severity.MAJOR, {"last_measured_at": newest.isoformat()})
        for name, newest in ((PROBER, told["by_prober"]), (CHECKER, told["by_checker"]))
        if newest is not None and now - newest > timedelta(seconds=STALE_AFTER_S)
    ]
    raise_alarms(silent, now)
    return bool(silent)


def _probe_trouble(prober: str, problem: str, severity: Severity, detail: dict[str, object]) -> Trouble:
    return Trouble(prober, problem, severity, AlarmType.PROCESSING, "performanceDegraded", detail=detail)


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
    slugs = {agreement.site_id: _site(agreement).slug for agreement in outcome.agreements}
    if without := [health.site_id for health in outcome.healths if health.site_id not in slugs]:
        slugs |= dict(Site.objects.filter(pk__in=without).values_list("pk", "slug"))
    rows = {
        health.site_id: _row(slugs[health.site_id], health) for health in outcome.healths if health.site_id in slugs
    }
    told = list(rows.values())
    for start in range(0, max(len(told), 1), TOLD_AT_ONCE):
        hub.publish(SitesMeasured(at=now, sites=told[start : start + TOLD_AT_ONCE]))
    for site_id in sorted(outcome.changed_sites):
        own = [_agreement_row(one) for one in outcome.agreements if one.site_id == site_id]
        hub.publish(SlaChanged(at=now, site=rows[site_id], agreements=own))


def _row(slug: str, health: SiteHealth) -> dict[str, object]:
    return {
        "slug": slug, "state": health.state, "rtt_ms": health.rtt_ms, "lost": health.lost,
        "packets": health.packets, "measured_at": health.measured_at, "answered_at": health.answered_at,
    }  # fmt: skip


def _agreement_row(agreement: Agreement) -> dict[str, object]:
    return {
        "id": agreement.pk, "metric": agreement.metric, "objective": agreement.objective, "state": agreement.state,
        "value": agreement.value, "used_share": agreement.used_share, "samples": agreement.samples,
        "judged_at": agreement.judged_at,
    }  # fmt: skip


def _time(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / 1e9, UTC)
