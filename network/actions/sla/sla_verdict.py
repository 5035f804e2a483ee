"""Verdicts on the short windows of agreements: from what this process holds of the last minutes, or read anew."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from console.access.actor import HOME_PK
from network.actions.sla import sla_window
from network.kernels.measurement import window
from network.kernels.sla.sla import P99, ROUND_METRICS, Metric, State, Verdict, judge, judge_counts, judge_quantile
from network.models import Agreement, StampSample, is_fresh

LONGEST_HELD_S = 900
"""Windows up to so long are held in the process; for a longer one its sites' samples are read anew every time. [s]."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is promised for a site, as a round judges it, and how it stood before."""

    pk: int
    site_id: int
    slug: str
    method: str
    metric: Metric
    objective: float
    window_s: int
    min_samples: int
    state: str
    judged_at: datetime | None
    organisation: int = HOME_PK

    def state_at(self, now: datetime) -> State:
        """Return the state, unknown when it was judged too long ago."""
        return State(self.state) if is_fresh(self.judged_at, now) else State.UNKNOWN


def agreed(site_ids: Sequence[int]) -> list[Agreed]:
    """Return what is promised for these sites and judged by the round."""
    columns: Iterable[tuple[Any, ...]] = (
        Agreement.objects.in_force().filter(site__in=site_ids, metric__in=ROUND_METRICS)
        .order_by("pk")
        .values_list(
            "pk", "site_id", "site__slug", "site__probe_method", "metric", "objective", "window_s", "min_samples",
            "state", "judged_at", "organisation",
        )
    )  # fmt: skip
    return [Agreed(*(*row[:4], Metric(row[4]), *row[5:])) for row in columns]


def verdicts(agreements: Sequence[Agreed], now: datetime, stored: int) -> list[Verdict]:
    """Judge agreements on the trusted samples of their windows that end now; in the order given.

    Args:
        agreements: what to judge.
        now: the end of their windows.
        stored: how many rounds this process has just stored.
    """
    verdicts: dict[int, Verdict] = {}
    short = [agreement for agreement in agreements if agreement.window_s <= LONGEST_HELD_S]
    if short:
        verdicts |= _held_verdicts(short, now, stored)
    anew = [agreement for agreement in agreements if agreement.pk not in verdicts]
    verdicts |= dict(zip([agreement.pk for agreement in anew], judge_all(anew, now), strict=True))
    return [verdicts[agreement.pk] for agreement in agreements]


def judge_all(agreements: Sequence[Agreed], now: datetime) -> list[Verdict]:
    """Judge as `verdicts` does, with every sample of the windows read from the database."""
    judgements: dict[int, Verdict] = {}
    for (window_s, is_time), group in _by_window(agreements).items():
        samples = StampSample.objects.filter(
            site__in={agreement.site_id for agreement in group},
            is_trusted=True,
            sent_at__gt=now - timedelta(seconds=window_s),
            sent_at__lte=now,
            method=F("site__probe_method"),
        ).order_by()
        judgements |= _judge_times(group, samples) if is_time else _judge_counts(group, samples)
    return [judgements[agreement.pk] for agreement in agreements]


def _by_window(agreements: Iterable[Agreed]) -> dict[tuple[int, bool], list[Agreed]]:
    groups: dict[tuple[int, bool], list[Agreed]] = defaultdict(list)
    for agreement in agreements:
        groups[agreement.window_s, agreement.metric is Metric.RTT_P99].append(agreement)
    return groups


def _held_verdicts(agreements: Sequence[Agreed], now: datetime, stored: int) -> dict[int, Verdict]:
    rounds = sla_window.rounds(now, _longest_s(), stored)
    methods = {agreement.site_id: sla_window.METHODS.index(agreement.method) for agreement in agreements}
    where = {site_id: place for place, site_id in enumerate(methods)}
    place = window.places(rounds, list(methods), list(methods.values()))
    until_us, judgements = sla_window.micros(now), {}
    for (window_s, is_time), group in _by_window(agreements).items():
        is_in = window.window(rounds, until_us - window_s * 1_000_000, until_us)
        if is_time:
            quantiles_ms = window.quantiles_ms(rounds, place, is_in, len(where), P99)
            values, answered = quantiles_ms[0].tolist(), quantiles_ms[1].tolist()
            for agreement in group:
                at = where[agreement.site_id]
                judgements[agreement.pk] = judge_quantile(
                    values[at], answered[at], agreement.objective, agreement.min_samples
                )
        else:
            counted = window.counts(rounds, place, is_in, len(where)).of_sites()
            judgements |= {
                agreement.pk: _of_counts(agreement, *counted[where[agreement.site_id]]) for agreement in group
            }
    return judgements


def _longest_s() -> int:
    """Return the longest window that any agreement needs held, of whatever site: so that it is always the same."""
    held = Agreement.objects.in_force().filter(metric__in=ROUND_METRICS, window_s__lte=LONGEST_HELD_S)
    return int(held.aggregate(longest=Max("window_s"))["longest"] or 0)


def _judge_times(group: list[Agreed], samples: QuerySet[StampSample]) -> dict[int, Verdict]:
    times_ms: dict[int, list[float]] = defaultdict(list)
    rows = list(samples.values_list("site_id", Cast("rtts_ms", TextField())))
    rounds = json.loads(f"[{','.join(text for _, text in rows)}]")  # at one go: one by one takes three times as long
    for (site_id, _), rtts_ms in zip(rows, rounds, strict=True):
        times_ms[site_id] += [np.nan if rtt is None else rtt for rtt in rtts_ms]
    return {
        agreement.pk: judge(times_ms[agreement.site_id], agreement.metric, agreement.objective, agreement.min_samples)
        for agreement in group
    }


def _judge_counts(group: list[Agreed], samples: QuerySet[StampSample]) -> dict[int, Verdict]:
    rows = samples.values("site_id").annotate(
        rounds=Count("pk"), answered=Count("rtt_ms"), sent=Sum("packets"), gone=Sum("lost")
    )
    counted = {row["site_id"]: (row["rounds"], row["answered"], row["sent"], row["gone"]) for row in rows}
    return {agreement.pk: _of_counts(agreement, *counted.get(agreement.site_id, (0, 0, 0, 0))) for agreement in group}


def _of_counts(agreement: Agreed, rounds: int, answered: int, packets: int, lost: int) -> Verdict:
    of = (rounds, rounds - answered) if agreement.metric is Metric.AVAILABILITY else (packets, lost)
    return judge_counts(*of, agreement.metric, agreement.objective, agreement.min_samples)
