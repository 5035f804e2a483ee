"""Benches: what `manage.py bench NAME` runs. Apps register theirs in `<app>/bench.py`."""

import dataclasses
import json
from collections.abc import Callable, Iterator
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
        """Return the line that the command prints."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)


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
    autodiscover_modules("bench", "start_bench")
    return dict(_benches)
