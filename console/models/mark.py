"""Times that work goes on from: how far it came, or from where it has to be done again."""

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction


class TimeMarkQuerySet(models.QuerySet["TimeMark"]):
    """Ways to read and set marks."""

    def under(self, name: str) -> "TimeMark | None":
        """Return the mark of a name, if there is one."""
        return self.filter(name=name).first()

    @transaction.atomic
    def lower(self, name: str, at: datetime) -> None:
        """Set a mark, where it does not stand earlier already; whoever moves it on learns of it in any case."""
        mark, _ = self.select_for_update().get_or_create(name=name, defaults={"at": at})
        mark.at, mark.revision = min(mark.at, at), mark.revision + 1
        mark.save()

    def put(self, name: str, at: datetime) -> None:
        """Set a mark wherever it stands."""
        self.update_or_create(name=name, defaults={"at": at})


class TimeMark(models.Model):
    """A time under a name; what it means says whoever keeps it."""

    shared_because: ClassVar[str] = "how far work has come tells nothing of anybody"

    name = models.CharField(primary_key=True, max_length=60)
    at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)

    objects = TimeMarkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"

    def move(self, to: datetime) -> bool:
        """Set it later; return False where it was set anew since it was read."""
        self.at = to
        return bool(self._as_read().update(at=to))

    def end(self) -> None:
        """Delete it, unless it was set anew since it was read."""
        self._as_read().delete()

    def _as_read(self) -> "models.QuerySet[TimeMark]":
        return TimeMark.objects.filter(name=self.name, revision=self.revision)
