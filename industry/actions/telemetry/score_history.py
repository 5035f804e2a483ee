"""What was inferred of one machine over a time, by the reading, minute or hour: what its chart draws."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Max
from django.db.models.functions import TruncHour, TruncMinute

from industry.models import Machine, Score

READING = "reading"
_TRUNCATIONS = {"minute": TruncMinute, "hour": TruncHour}
SPANS = (READING, *_TRUNCATIONS)


def history(machine: Machine, span: str, between: tuple[datetime, datetime], most: int) -> list[dict[str, Any]]:
    """Return the highest risk of each reading, minute or hour, the oldest first.

    Args:
        machine: whose.
        span: one of `SPANS`.
        between: since when, and until when the readings were taken.
        most: of more rows than that, the newest.

    Returns:
        `at` (when the reading was taken, or the minute or hour began, in UTC), `highest_risk` in [0, 1], and `scores`,
        of how many. A time in which nothing was inferred has no row.
    """
    scores: Any = Score.objects.filter(
        reading__machine=machine, reading__at__gte=between[0], reading__at__lt=between[1]
    )
    began_at = _TRUNCATIONS[span]("reading__at", tzinfo=UTC) if span in _TRUNCATIONS else F("reading__at")
    by_time = scores.order_by().annotate(at=began_at).values("at")
    summed = by_time.annotate(highest_risk=Max("risk"), scores=Count("pk"))
    return list(summed.order_by("-at")[:most])[::-1]
