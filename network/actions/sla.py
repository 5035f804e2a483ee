"""Measuring sites and judging their agreements: samples in, verdicts, breaches and alarms out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from console import hub, starts
from console.actor import HOME_PK
from network.actions import loss, prober_health
from network.actions.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.actions.alarm_root import correlate
from network.actions.prober_health import PROBE_CUT_OFF, PROBE_UNWELL
from network.actions.sla_verdict import Agreed, agreed, verdicts
from network.events import AgreementsJudged, SitesMeasured, SlaChanged
from network.kernels.sla import Metric, State, Verdict, worst
from network.models import (
    Agreement,
    AlarmType,
    Breach,
    ProbeMethod,
    Severity,
    Site,
    SiteHealth,
    SiteKind,
    StampSample,
    bulk,
    partition,
    stale_after_s,
)
from network.probes.stamp import CHECKER, PROBER, Measured, Round

Health = dict[str, Any]
DELETE_AT_ONCE = 2_000
TOLD_AT_ONCE = 100
MOST_COUNTED = 1_000_000
MOST_OF_A_ROUND = 32_767  # a site that comes back after hours may have lost more since its last answer
CUT_OFF_ROUNDS = 3  # a restart of everything takes less
START = timedelta(seconds=60)
"""So long after its own start Loft may take until it measures."""
PROBE_SILENT = "Nothing is measured"
UNKNOWN = Verdict(State.UNKNOWN, None, None, 0)
_TOLD = ("state", "rtt_ms", "lost", "packets", "measured_at", "answered_at")
_LASTING = ("answered_at", "silent_since", "silent_packets")
PROBLEMS = {
    Metric.RTT_P99: "Round-trip time above its objective",
    Metric.LOSS_SHARE: "Packet loss above its objective",
    Metric.AVAILABILITY: "Availability below its objective",
}
SEVERITIES = {Metric.RTT_P99: Severity.MINOR, Metric.LOSS_SHARE: Severity.MAJOR, Metric.AVAILABILITY: Severity.MAJOR}


@dataclass(slots=True)
class Judged:
    """An agreement with the verdict of a round."""

    agreed: Agreed
    verdict: Verdict


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
    _report_probe(found, now)
    if not found.measured:
        return
    agreements = agreed([measured.key for measured in found.measured])
    told = verdicts(agreements, now, stored) if found.is_trusted else [UNKNOWN] * len(agreements)
    judged = [Judged(one, verdict) for one, verdict in zip(agreements, told, strict=True)]
    with transaction.atomic():
        outcome = _outcome(found, judged, now)
        _save(outcome, now)
        _settle_breaches(judged, now)
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


def _settle_breaches(judged: Sequence[Judged], now: datetime) -> None:
    """Open a breach, with its alarm, where there is none for a breached agreement; close it where all is well again.

    An unknown state settles nothing: what was open stays open.
    """
    states = {one.agreed.pk: one.verdict for one in judged}
    open_ones = {one.agreement_id: one for one in Breach.objects.filter(ended_at=None) if one.agreement_id in states}
    broken = [pk for pk, told in states.items() if told.state is State.BREACHED and pk not in open_ones]
    healed = [pk for pk in open_ones if states[pk].state in (State.MET, State.AT_RISK)]
    lossy = loss.of_the_answered([one.agreed for one in judged if one.verdict.state is State.BREACHED], now)
    told = [*broken, *healed, *lossy]
    found = Agreement.objects.select_related("site").in_bulk(told) if told else {}
    broken, healed, lossy = ([pk for pk in group if pk in found] for group in (broken, healed, lossy))
    Breach.objects.bulk_create(Breach(agreement_id=pk, started_at=now, worst_value=states[pk].value) for pk in broken)
    Breach.objects.filter(pk__in=[open_ones[pk].pk for pk in healed]).update(ended_at=now)
    _note_worst([one for one in judged if one.agreed.pk in open_ones], open_ones)
    apart = loss.told_otherwise([found[pk] for pk in broken])
    raise_alarms([_trouble(found[pk], states[pk].value) for pk in {*broken} - apart | {*lossy}], now)
    clear_alarms([round_pair(found[pk]) for pk in healed], now)


def _note_worst(judged: list[Judged], open_ones: dict[int, Breach]) -> None:
    """Keep the worst value that each lasting breach has seen."""
    worse = []
    for one in judged:
        if one.verdict.state is not State.BREACHED:
            continue
        breach, pick = open_ones[one.agreed.pk], min if one.agreed.metric is Metric.AVAILABILITY else max
        seen = [value for value in (breach.worst_value, one.verdict.value) if value is not None]
        if seen and pick(seen) != breach.worst_value:
            breach.worst_value = pick(seen)
            worse.append(breach)
    bulk.update(Breach, [{"id": breach.pk, "worst_value": breach.worst_value} for breach in worse])


def round_pair(agreement: Agreement) -> Pair:
    """Return what tells the alarm apart that a round raises for an agreement of a site."""
    return Pair(_site(agreement).name_en, PROBLEMS[Metric(agreement.metric)], agreement.owner_pk)


def _site(agreement: Agreement) -> Site:
    assert agreement.site is not None, f"agreement {agreement.pk} is of a {agreement.kind}"
    return agreement.site


def _trouble(agreement: Agreement, value: float | None) -> Trouble:
    metric, site = Metric(agreement.metric), _site(agreement)
    is_down = metric is Metric.AVAILABILITY
    is_grave = is_down and site.kind == SiteKind.DATA_CENTRE
    return Trouble(
        subject=site.name_en,
        specific_problem=PROBLEMS[metric],
        organisation=agreement.owner_pk,
        severity=Severity.CRITICAL if is_grave else SEVERITIES[metric],
        alarm_type=AlarmType.COMMUNICATIONS if is_down else AlarmType.QUALITY_OF_SERVICE,
        probable_cause="lossOfSignal" if is_down else "thresholdCrossed",
        site=site,
        detail={"metric": metric.value, "value": value, "objective": agreement.objective},
    )


def _report_probe(found: Round, now: datetime) -> None:
    """Raise or clear what concerns the probe itself."""
    prober_health.note(found, now)
    over = [(found.prober, PROBE_SILENT)]
    over += [(found.subject, PROBE_UNWELL)] if found.is_well else []
    over += [] if found.is_cut_off else [(found.subject, PROBE_CUT_OFF)]
    clear_alarms(over, now)
    if found.is_settling:
        return
    if not found.is_well:
        detail = prober_health.detail_of(found)
        raise_alarms([_probe_trouble(found.subject, PROBE_UNWELL, Severity.MINOR, detail)], now)
    if found.is_cut_off and _untrusted_rounds(found.measured[0].key, now) >= CUT_OFF_ROUNDS:
        detail = {"sites": len(found.measured)}
        raise_alarms([_probe_trouble(found.subject, PROBE_CUT_OFF, Severity.CRITICAL, detail)], now)


def _untrusted_rounds(site_id: int, now: datetime) -> int:
    since = now - timedelta(seconds=stale_after_s())
    return StampSample.objects.filter(site=site_id, sent_at__gt=since, is_trusted=False).count()


def report_silence(now: datetime) -> bool:
    """Raise an alarm when sites were measured before and none has been for long; return whether that is so.

    What is measured by STAMP and what is checked otherwise are told apart, as they are measured by different processes.
    """
    stale = timedelta(seconds=stale_after_s())
    is_stamp = Q(site__probe_method=ProbeMethod.STAMP)
    told = SiteHealth.objects.filter(site__probe_port__isnull=False).aggregate(
        by_prober=Max("measured_at", filter=is_stamp), by_checker=Max("measured_at", filter=~is_stamp)
    )
    silent = [
        _probe_trouble(name, PROBE_SILENT, Severity.MAJOR, {"last_measured_at": newest.isoformat()})
        for name, newest in ((PROBER, told["by_prober"]), (CHECKER, told["by_checker"]))
        if newest is not None and now - newest > stale and starts.has_listened_for(START, now)
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
