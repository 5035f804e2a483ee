"""What it costs to judge a round: from what the process holds of the last minutes, beside reading all of it anew."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from console.bench import Row, bench
from console.live import hub
from network.actions.sla import sla, sla_verdict, sla_window
from network.bench.database import cpu_s, own_database
from network.kernels.sla.sla import Metric, Verdict
from network.models import Agreement, Region, Site
from network.probes.stamp import Measured, Round

SITES, PERIOD_S, WINDOW_S, PACKETS, RUNS = 1_000, 2, 120, 3, 5
PROMISES = ((Metric.RTT_P99, 4.0), (Metric.LOSS_SHARE, 0.05), (Metric.AVAILABILITY, 0.9))
LOSS_SHARE = 0.001
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@bench("judge")
def run() -> Iterator[Row]:
    """Yield the CPU time of judging a round, and of all that a round asks for once it is measured."""
    yield from rows(SITES, WINDOW_S, RUNS)


def rows(sites: int, window_s: int, runs: int) -> list[Row]:
    """Measure verdicts on full windows both ways, and whole rounds; refuse to tell of verdicts that are not equal."""
    with own_database(), hub.muted():
        sla_window.forget()
        keys, rng = _fill(sites, window_s), np.random.default_rng(1)
        for number in range(window_s // PERIOD_S):
            sla.store(_round(keys, number, rng))
        first = window_s // PERIOD_S
        sla.check(_round(keys, first, rng))
        took_s = [_judged_s(keys, first + 2 * number + 1, rng) for number in range(runs)]
        sla_window.forget()
    ours_s, anew_s, round_s = (min(took) for took in zip(*took_s, strict=True))
    about = (
        f"{len(PROMISES) * sites} agreements of {sites} sites, windows of {window_s} s full of rounds of {PACKETS} "
        f"packets every {PERIOD_S} s, SQLite, CPU time, best of {runs}"
    )
    return [
        Row("judge_verdicts", round(ours_s * 1e3, 1), "ms", round(anew_s * 1e3, 1), round(anew_s / ours_s, 1),
            f"{about}; every sample of the windows read anew, with the same verdicts to the last bit"),
        Row("judge_round", round(round_s * 1e3, 1), "ms",
            note=f"{about}; samples and verdicts written, breaches settled, but nobody told"),
    ]  # fmt: skip


def _judged_s(keys: Sequence[int], number: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Judge two rounds; return what verdicts of the second take, what they take anew, and what the first took. [s]."""
    round_ = _round(keys, number, rng)
    round_s = cpu_s(lambda: sla.check(round_))
    round_ = _round(keys, number + 1, rng)
    verdicts: dict[str, list[Verdict]] = {}
    stored, now = sla.store(round_), datetime.fromtimestamp(round_.ended_ns / 1e9, UTC)
    agreed = sla_verdict.agreed(keys)
    ours_s = cpu_s(lambda: verdicts.update(ours=sla_verdict.verdicts(agreed, now, stored)))
    anew_s = cpu_s(lambda: verdicts.update(anew=sla_verdict.judge_all(agreed, now)))
    if verdicts["ours"] != verdicts["anew"]:
        raise ArithmeticError(f"round {number}: the verdicts are not those of reading anew")
    return ours_s, anew_s, round_s


def _fill(sites: int, window_s: int) -> list[int]:
    region = Region.objects.create(slug="bench", name_en="B", name_zh="B", lat_deg=0, lon_deg=0, radius_m=1)
    made = Site.objects.bulk_create(
        Site(region=region, slug=f"s-{number}", kind="macro", name_en=f"S{number}", name_zh=f"S{number}", lat_deg=0,
             lon_deg=0, changed_at=NOON)
        for number in range(sites)
    )  # fmt: skip
    Agreement.objects.bulk_create(
        Agreement(kind="site", key=site.slug, site=site, region=region, metric=metric.value, objective=objective,
                  window_s=window_s, min_samples=5, name=f"{site.slug} {metric.value}")
        for site in made for metric, objective in PROMISES
    )  # fmt: skip
    return [site.pk for site in made]


def _round(keys: Sequence[int], number: int, rng: np.random.Generator) -> Round:
    ended_ns = int((NOON + timedelta(seconds=PERIOD_S * number)).timestamp() * 1e9)
    times_ms = rng.gamma(4.0, 0.5, (len(keys), PACKETS)).round(6).tolist()
    lost = rng.random((len(keys), PACKETS)) < LOSS_SHARE
    measured = [
        Measured(key, ended_ns - 800_000_000 + place * 400_000, _with_losses(times_ms[place], lost[place]), 0, 0, 0.1)
        for place, key in enumerate(keys)
    ]
    return Round(measured, 1.0, True, True, ended_ns)


def _with_losses(times_ms: list[float], lost: Sequence[bool]) -> list[float | None]:
    return [None if is_lost else time_ms for time_ms, is_lost in zip(times_ms, lost, strict=True)]
