"""What people of an organisation do about a problem, where that is not the standard text."""

from django.db import models

from console.models.access.organisation import Owned, ScopedQuerySet

MOST_TEXT = 4_000


class Runbook(Owned):
    """The text that an organisation wrote for one problem; without a row the standard text stands."""

    problem = models.CharField(max_length=60)  # code, as registered
    text_en = models.TextField(max_length=MOST_TEXT, blank=True, default="")
    text_zh = models.TextField(max_length=MOST_TEXT, blank=True, default="")
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=160)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["problem"]
        constraints = [models.UniqueConstraint(fields=["organisation", "problem"], name="one_runbook_per_problem")]

    def __str__(self) -> str:
        return self.problem
