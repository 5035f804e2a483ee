"""Industry's load for `manage.py chaos`: readings, and the jobs that are made of them, each of which scores once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from console.chaos.load import Ask, Verdict, register
from industry.models import Job, Reading
from industry.models.job import OPEN_STATES, JobState

MACHINES = 10
PREFIX = "CHAOS-"
VALUES = {
    "type": "M", "air_temperature_k": 300.1, "process_temperature_k": 310.2, "rotational_speed_rpm": 1500,
    "torque_nm": 42.0, "tool_wear_min": 10,
}  # fmt: skip
_PIECE = 500


@register("readings")
class Readings:
    """Ten machines of one factory are read together; the factory's models score them."""

    name, key, items = "readings", "demo-factory", MACHINES

    def __init__(self) -> None:
        self._accepted: set[int] = set()
        self._jobs: set[UUID] = set()
        self._factory = ""

    def begin(self, ask: Ask) -> None:
        """Ask for a factory of the key's organisation."""
        self._factory = ask("/api/v1/factories")["results"][0]["slug"]

    def post(self, at_ms: int) -> tuple[str, list[dict[str, Any]]]:
        """Return a reading of every machine."""
        at = _time(at_ms).isoformat()
        body = [{"machine": f"{PREFIX}{number}", "at": at, **VALUES} for number in range(MACHINES)]
        return f"/api/v1/factories/{self._factory}/readings", body

    def accepted(self, at_ms: int, answer: Any) -> int:
        """Note the post and its jobs; what was stored by a try whose answer was lost is *repeated* in the next."""
        self._accepted.add(at_ms)
        self._jobs.update(UUID(job["id"]) for job in answer["jobs"])
        return int(answer["accepted"]) + int(answer["repeated"])

    def judge(self) -> Verdict:
        """Count the readings of each time, and look what became of each job."""
        rows = Reading.objects.filter(machine__factory__slug=self._factory, machine__name__startswith=PREFIX).order_by()
        stored = {round(at.timestamp() * 1000): count for at, count in rows.values_list("at").annotate(Count("pk"))}
        batches = rows.values("batch").distinct()
        jobs = Job.objects.filter(batch__in=batches).annotate(scored=Count("scores")).order_by()
        ends = {
            pk: (state, rows, scored) for pk, state, rows, scored in jobs.values_list("pk", "state", "rows", "scored")
        }
        lost = sum(max(0, MACHINES - stored.get(at_ms, 0)) for at_ms in self._accepted)
        lost += sum(pk not in ends for pk in self._jobs)
        ended = [(state, rows, scored) for state, rows, scored in ends.values() if state not in OPEN_STATES]
        lost += sum(state != JobState.DONE or scored < rows for state, rows, scored in ended)
        doubled = sum(max(0, count - MACHINES) for count in stored.values())
        doubled += sum(scored > rows for _, rows, scored in ends.values())
        kept = sum(stored.get(at_ms, 0) for at_ms in self._accepted)
        return Verdict(kept, lost, doubled, len(ends) - len(ended))


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
