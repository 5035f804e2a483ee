"""The alarm system against the truth: random faults of the emulator, probed, judged and correlated as in service.

What each packet suffers is decided by the emulator's own faults and reflectors on a simulated clock; what is measured
goes through the console's own actions into rows of a temporary database, and what then stands on the alarm list is
scored against the emulator's log of what truly happened. docs/operations.md says by which rule.
"""

import logging
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import django
import numpy as np
from django.conf import settings

from console.bench import Row, bench
from network.bench.alarms import play, score, truth
from network.bench.alarms.score import Score
from network.emulator.faults.scenario import random_scenario

SCENARIOS, SEED, MOST_PROCESSES = 50, 2026, 2


@bench("alarms")
def run() -> Iterator[Row]:
    """Yield precision, recall and the time to the alarm, beside those of one alarm per breached site."""
    yield from rows(score_many(SCENARIOS), SCENARIOS)


def score_many(scenarios: int) -> Score:
    """Play and score as many scenarios, in two processes where there are processors; they depend on nothing else."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    total = Score()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=django.setup) as pool:
        for part in pool.map(score_some, [list(range(first, scenarios, processes)) for first in range(processes)]):
            total.add(part)
    return total


def score_some(numbers: list[int]) -> Score:
    """Play and score scenarios in this process, one after another."""
    total = Score()
    logging.getLogger("network.actions.sla.sla_window").setLevel(logging.WARNING)  # it reads everything anew each time
    with play.stage(SEED) as stage:
        inventory = stage.world.inventory
        key = score.Key(stage.names, truth.alike(inventory.routes, inventory.slugs), settings.LOFT_PROBE_PERIOD_S)
        for number in numbers:
            scenario = random_scenario(inventory, SEED + number)
            played = stage.play(scenario, number)
            tally = score.score(
                key, played, truth.faults_of(stage.log, inventory.routes, inventory.slugs, scenario.name)
            )
            total.add(tally)
            _say(number, tally, played.rounds)
    return total


def _say(number: int, tally: Score, rounds_played: int) -> None:
    total = tally.ours.found_visible.total()
    words = f"scenario {number}: {tally.faults.total()} faults, {tally.visible.total()} visible to a probe, "
    words += f"{total} of these "
    words += f"named; {tally.ours.right} of {tally.ours.named} alarms right; {rounds_played} rounds"
    sys.stderr.write("\n  wrong: ".join([words, *tally.wrong]) + "\n")


def rows(total: Score, scenarios: int) -> Iterator[Row]:
    """Yield what was scored; each note says what the figure leaves out."""
    ours, plain = total.ours, total.plain
    seen, every = total.visible.total(), total.faults.total()
    note = f"{scenarios} random scenarios, {every} faults; {ours.named} alarms stood by themselves, of {plain.named} "
    note += "broken agreements, which are the baseline; goal 0.95"
    yield Row("alarms_precision", round(ours.precision, 4), "share", round(plain.precision, 4), note=note)
    share, base = (round(tally.found_visible.total() / max(seen, 1), 4) for tally in (ours, plain))
    note = (
        f"named of the {seen} faults that probing can see; of all {every}: {ours.found.total() / max(every, 1):.4f}; "
    )
    note += f"by kind, named of visible of all: {_kinds(total)}; goal 0.95"
    yield Row("alarms_recall", share, "share", base, note=note)
    yield _detection(total)
    right = total.attached_right / total.attached if total.attached else 1.0
    note = f"{total.attached} alarms were put below a root cause; right is what its true fault concerns"
    yield Row("alarms_children_right", round(right, 4), "share", note=note)
    yield Row("alarms_false_again", total.again, "alarms", note="came to stand by themselves anew, without a fault")
    middle_s, worst_s = _middle(total.clears_s), max(total.clears_s, default=np.nan)
    note = f"median from the end of a fault to that of its last alarm; worst {worst_s:.1f} s; {total.left} did not end"
    yield Row("alarms_clearing_s", round(middle_s, 1), "s", note=note)


def _detection(total: Score) -> Row:
    delays_s, theirs_s = total.ours.all_delays_s, total.plain.all_delays_s
    period_s = settings.LOFT_PROBE_PERIOD_S
    within = np.mean(np.array(delays_s) <= 2 * period_s) if delays_s else np.nan
    kinds = ", ".join(f"{kind} {np.mean(many):.1f}" for kind, many in sorted(total.ours.delays_s.items()))
    note = f"mean from when a probe could see it; median {_middle(delays_s):.2f} s, {within:.3f} within two periods of "
    note += f"{period_s:g} s, 95 % within {_quantile(delays_s, 0.95):.2f} s, all within "
    note += f"{max(delays_s, default=np.nan):.2f} s; by kind: {kinds}; {total.hidden_first} were at first hidden by "
    note += "another fault; goal two periods"
    return Row("alarms_detection_s", round(_mean(delays_s), 2), "s", round(_mean(theirs_s), 2), note=note)


def _kinds(total: Score) -> str:
    ours = total.ours
    return ", ".join(
        f"{kind} {ours.found_visible[kind]}/{total.visible[kind]}/{count}"
        + (f" ({ours.found[kind]} by other means)" if not total.visible[kind] and ours.found[kind] else "")
        for kind, count in sorted(total.faults.items())
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def _middle(values: list[float]) -> float:
    return _quantile(values, 0.5)


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else np.nan
