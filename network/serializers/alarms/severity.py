"""Wire shapes of the table of severities."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.alarms.severity import Line
from network.models import AlarmType, Severity


class SeverityLineSerializer(serializers.Serializer[Any]):
    """A line of the table: a problem in one of its circumstances, and how grave that is for the organisation."""

    key = serializers.CharField(help_text="What tells the line apart: `problem`, with `.grade` in a circumstance.")
    problem = serializers.CharField(help_text="Code of the problem, as alarms have it.")
    grade = serializers.CharField(allow_blank=True, help_text="Code of the circumstance; empty: the usual one.")
    specific_problem = serializers.CharField(help_text="The problem in the reader's language.")
    circumstance = serializers.CharField(allow_blank=True, help_text="The circumstance in the reader's language.")
    alarm_type = serializers.ChoiceField(choices=AlarmType.choices)
    probable_cause = serializers.CharField()
    standard_severity = serializers.ChoiceField(choices=Severity.choices, help_text="Where nobody says otherwise.")
    severity = serializers.ChoiceField(choices=Severity.choices, help_text="Of alarms of what the organisation owns.")
    changed_at = serializers.DateTimeField(allow_null=True, help_text="Null: it is the standard one.")
    changed_by = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Line) -> dict[str, Any]:
        """Show the line, its words translated."""
        problem, grade, rule = instance.problem, instance.grade, instance.rule
        row = {
            "key": instance.key, "problem": problem.code, "grade": grade.code if grade else "",
            "specific_problem": gettext(problem.text), "circumstance": gettext(grade.text) if grade else "",
            "alarm_type": problem.alarm_type, "probable_cause": problem.probable_cause,
            "standard_severity": instance.standard, "severity": instance.severity,
            "changed_at": rule.changed_at if rule else None, "changed_by": rule.actor if rule else "",
        }  # fmt: skip
        return super().to_representation(row)


class RateSerializer(Typed[Severity | None]):
    """How grave a line is from now on."""

    severity = serializers.ChoiceField(choices=Severity.choices, allow_null=True, help_text="Null: the standard one.")

    def made(self) -> Severity | None:
        severity = self.validated_data["severity"]
        return Severity(severity) if severity else None
