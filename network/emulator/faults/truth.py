"""What truly happened: one JSON line when a fault begins and one when it ends, to score alarms against.

The console never reads it.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from network.emulator.faults.faults import Fault

MOST_BYTES = 20_000_000


class Truth:
    """The log of a run; a full file makes way once, under the name with `.1` behind it."""

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock
        file.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, event: str, fault: Fault, silent: frozenset[str], worse: frozenset[str]) -> None:
        """Write that a fault began, or that it ended."""
        line: dict[str, object] = {"at": self._now(), "event": event, "number": fault.number}
        line |= {"kind": fault.kind, "root": {fault.befalls: fault.subject}, "scenario": fault.scenario}
        if event == "began":
            line |= {"amount": fault.amount, "for_s": round(fault.until_s - fault.since_s, 3)}
            line |= {"silent": sorted(silent), "worse": sorted(worse)}
        self._write(json.dumps(line) + "\n")

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")

    def _write(self, line: str) -> None:
        with self._file.open("a") as file:
            is_full = file.tell() + len(line) > MOST_BYTES
            if not is_full:
                file.write(line)
                return
        os.replace(self._file, self._file.with_name(self._file.name + ".1"))  # noqa: PTH105  as one says it of files
        self._file.write_text(line)
