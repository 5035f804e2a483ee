"""How grave an organisation takes a problem to be, where that is not what the table of severities says."""

from django.db import models

from console.models.access.organisation import Owned, ScopedQuerySet
from network.models.alarms.alarm import Severity


class SeverityRule(Owned):
    """One line of the table of severities as an organisation has changed it; without a row the line stands as it is."""

    problem = models.CharField(max_length=60)  # code, as registered
    grade = models.CharField(max_length=24, blank=True, default="")  # circumstance of it; empty: the usual one
    severity = models.CharField(max_length=13, choices=Severity.choices)
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=160)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["problem", "grade"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "problem", "grade"], name="one_severity_per_problem_and_grade"
            )
        ]

    def __str__(self) -> str:
        return f"{self.problem} {self.grade}: {self.severity}"
