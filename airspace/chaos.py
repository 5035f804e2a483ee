"""The airspace's load for `manage.py chaos`: positions, each post of a time of its own."""

from typing import Any

from django.db.models import Count

from airspace.models import Position
from console.chaos.load import Ask, Verdict, register

DRONES = 100
PREFIX = "CHAOS-"


@register("positions")
class Positions:
    """A hundred drones report together."""

    name, key, items = "positions", "demo-fleet", DRONES

    def __init__(self) -> None:
        self._accepted: dict[int, int] = {}  # how many, by time

    def begin(self, ask: Ask) -> None:
        """Positions need to know nothing."""

    def post(self, at_ms: int) -> tuple[str, list[dict[str, Any]]]:
        """Return a report of every drone."""
        where = {"lat_deg": 29.0 + at_ms % 10_000 * 1e-6, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}
        return "/api/v1/reports", [{"serial": f"{PREFIX}{number}", "at": at_ms, **where} for number in range(DRONES)]

    def accepted(self, at_ms: int, answer: Any) -> int:
        """Note how many were."""
        count = int(answer["accepted"])
        self._accepted[at_ms] = count
        return count

    def judge(self) -> Verdict:
        """Count the rows of each time."""
        rows = Position.objects.filter(drone__serial__startswith=PREFIX).order_by()
        stored = dict(rows.values_list("at_ms").annotate(Count("drone_id")))
        wanted = self._accepted
        lost = sum(max(0, count - stored.get(at_ms, 0)) for at_ms, count in wanted.items())
        doubled = sum(max(0, count - DRONES) for count in stored.values())
        return Verdict(sum(stored.get(at_ms, 0) for at_ms in wanted), lost, doubled)
