"""Faults that are injected into simulated sites, each for a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KINDS = ("down", "delay", "loss")
MAX_FOR_S = 86_400.0
MAX_FAULTS = 1_000
MAX_DELAY_MS = 10_000.0


@dataclass(frozen=True)
class Fault:
    """One fault. `amount` is the added round-trip delay [ms] or the share of packets lost; unused for "down"."""

    site: str
    kind: str
    amount: float
    until_s: float

    @staticmethod
    def read(request: Any, sites: set[str], now_s: float) -> "Fault":
        """Make a fault of a request's JSON.

        Raises:
            ValueError: a field is wrong; the message names field, value and what is expected.
        """
        if not isinstance(request, dict):
            raise ValueError("the body is no JSON object; expected site, kind, for_s, amount")  # noqa: TRY004  as all others
        site, kind = request.get("site"), request.get("kind")
        if site not in sites:
            raise ValueError(f"site is {site!r}; expected the slug of a simulated site")
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
        for_s = _number(request, "for_s", 60.0, MAX_FOR_S)
        most = {"down": 1.0, "delay": MAX_DELAY_MS, "loss": 1.0}[kind]
        amount = _number(request, "amount", {"down": 1.0, "delay": 20.0, "loss": 0.3}[kind], most)
        return Fault(str(site), str(kind), amount, now_s + for_s)


def _number(request: dict[str, Any], name: str, default: float, most: float) -> float:
    value = request.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise ValueError(f"{name} is {value!r}; expected a number above 0, at most {most:g}")
    return float(value)


class Faults:
    """The faults in force: at most one of each kind per site; the newest counts."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._faults: dict[tuple[str, str], Fault] = {}

    def inject(self, fault: Fault) -> None:
        """Put a fault in force.

        Raises:
            ValueError: there are too many already.
        """
        self._forget_old()
        if len(self._faults) >= MAX_FAULTS:
            raise ValueError(f"there are {MAX_FAULTS} faults already; clear some first")
        self._faults[fault.site, fault.kind] = fault

    def clear(self, site: str) -> int:
        """End every fault of a site; return how many there were."""
        gone = [key for key in self._faults if key[0] == site]
        for key in gone:
            del self._faults[key]
        return len(gone)

    def listed(self) -> list[dict[str, Any]]:
        """Return what is in force, as JSON can carry it."""
        self._forget_old()
        now_s = self._clock()
        return [
            {"site": fault.site, "kind": fault.kind, "amount": fault.amount, "left_s": round(fault.until_s - now_s, 1)}
            for fault in self._faults.values()
        ]

    def amount(self, site: str, kind: str) -> float:
        """Return the amount of a site's fault, 0 when it has none of this kind."""
        fault = self._faults.get((site, kind))
        return fault.amount if fault and fault.until_s > self._clock() else 0.0

    def _forget_old(self) -> None:
        now_s = self._clock()
        self._faults = {key: fault for key, fault in self._faults.items() if fault.until_s > now_s}
