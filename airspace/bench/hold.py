"""Bench `hold`: every process is killed with -9 in turn under a load, and what was accepted is looked for.

The load and the ledger are those of `manage.py chaos`, in an installation of its own.
"""

import json
from collections.abc import Iterator

from airspace.bench.load import say
from console.bench import Row, bench
from console.chaos.scratch import run_inside

ROUNDS, RATE, READINGS = 2, 2_000, 40


@bench("hold")
def hold() -> Iterator[Row]:
    """Yield how many accepted items were lost or doubled, and how long the slowest answer took.

    Raises:
        RuntimeError: the run gave no ledger.
    """
    say("hold: every process killed twice, under load")
    words = ["chaos", "--inside", f"--rounds={ROUNDS}", f"--rate={RATE}", f"--readings={READINGS}", "--json"]
    done = run_inside(words, captured=True)
    lines = done.stdout.splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"the run gave no ledger: {done.stdout[-2000:]}")
    ledger = json.loads(lines[-1])
    accepted = ", ".join(f"{row['accepted']} {name}" for name, row in ledger["loads"].items())
    note = f"lost {ledger['lost']}, doubled {ledger['doubled']} of {accepted}, through {len(ledger['faults'])} kills"
    yield Row("hold_lost", ledger["lost"] + ledger["doubled"], "1", note=note)
    whole = f"whole again within {ledger['longest_until_whole_s']} s of a kill, after {ledger['not_whole']} not at all"
    yield Row("hold_longest_wait_s", ledger["longest_wait_s"], "s", note=whole)
