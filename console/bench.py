"""Benches: what `manage.py bench NAME` runs. Apps register theirs in `<app>/bench.py`."""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Row:
    """One measured figure beside its baseline of the same run; ratio is what `note` says, larger is better."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    note: str = ""

    def as_json(self) -> str:
        """Return the line that the command prints.

        Raises:
            ValueError: a figure is no number; that is no measurement, and no JSON.
        """
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, allow_nan=False)


Bench = Callable[[], Iterator[Row]]
_benches: dict[str, Bench] = {}


def bench(name: str) -> Callable[[Bench], Bench]:
    """Register a bench under its name."""

    def register(function: Bench) -> Bench:
        _benches[name] = function
        return function

    return register


def benches() -> dict[str, Bench]:
    """Return every registered bench by name."""
    autodiscover_modules("bench", "run.start_bench")
    return dict(_benches)


def apart(environment: Mapping[str, str], words: Sequence[str]) -> list[str]:
    """Return a command line that runs with these settings, and with none of those the caller's own Loft has."""
    ours = sorted(name for name in os.environ if name.startswith("LOFT_") or name in ("REDIS_URL", "DATABASE_URL"))
    unset = [word for name in ours for word in ("-u", name)]
    return ["env", *unset, *(f"{name}={value}" for name, value in environment.items()), *words]
