"""What machines report, and what models made of it. Measured and inferred values are rows of different tables."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import OuterRef, Subquery

from console.models import ScopedQuerySet
from industry.kernels.catalogue import risk
from industry.models.catalogue import ModelVersion
from industry.models.factory import Machine


class ReadingQuerySet(ScopedQuerySet["Reading"]):
    """Ways to pick readings."""

    def newest_of(self, machines: Iterable[int]) -> "ReadingQuerySet":
        """Return the newest reading of each machine that has one."""
        own = Reading.objects.filter(machine=OuterRef("pk")).order_by("-at")
        newest = Machine.objects.filter(pk__in=machines).order_by().values(newest=Subquery(own.values("pk")[:1]))
        return self.filter(pk__in=newest)


class ScoreQuerySet(ScopedQuerySet["Score"]):
    """Ways to pick scores."""

    def newest_of(self, machines: Iterable[int], since: datetime | None = None) -> "ScoreQuerySet":
        """Return the score of each machine's newest scored reading, where that is not older than `since`."""
        own = Reading.objects.filter(machine=OuterRef("pk"), scores__isnull=False)
        own = (own.filter(at__gte=since) if since else own).order_by("-at", "-scores__version__number")
        newest = (
            Machine.objects.filter(pk__in=machines).order_by().values(newest=Subquery(own.values("scores__pk")[:1]))
        )
        return self.filter(pk__in=newest)


class Reading(models.Model):
    """One state of a machine, measured at `at`, received at `received_at` in the batch `batch`.

    A second reading of the same machine and time has no effect.
    """

    machine = models.ForeignKey(Machine, models.CASCADE, related_name="readings", db_index=False)
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)
    batch = models.UUIDField(db_index=True)
    values: "models.JSONField[Any]" = models.JSONField()

    owner_path: ClassVar[str] = "machine__factory__organisation"
    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["machine", "at"], name="one_reading_per_machine_and_time")]

    def __str__(self) -> str:
        return f"{self.machine_id} {self.at:%Y-%m-%d %H:%M:%S}"


class Score(models.Model):
    """The risk that a model version inferred from one reading, 0 to 1."""

    reading = models.ForeignKey(Reading, models.CASCADE, related_name="scores", db_index=False)
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    job = models.ForeignKey("industry.Job", models.CASCADE, related_name="scores")
    risk = models.FloatField()
    scored_at = models.DateTimeField()

    owner_path: ClassVar[str] = "reading__machine__factory__organisation"
    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-reading__at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["reading", "version"], name="one_score_per_reading_and_version")]

    def __str__(self) -> str:
        return f"{self.reading_id} {self.risk:.3f}"


def plain_machine(machine: Machine, reading: Reading | None, score: Score | None) -> dict[str, Any]:
    """Return a machine with its newest reading (measured) and the newest risk made of one (inferred)."""
    return {
        "id": machine.pk,
        "name": machine.name,
        "registered_at": machine.registered_at,
        "reading": reading
        and {
            "at": reading.at,
            "received_at": reading.received_at,
            "source": "measured",
            "values": reading.values,
        },
        "risk": score
        and {
            "value": round(score.risk, 4),
            "level": risk.level(score.risk, score.version.threshold),
            "threshold": score.version.threshold,
            "at": score.reading.at,
            "scored_at": score.scored_at,
            "model": str(score.version),
            "source": "inferred",
        },
    }
