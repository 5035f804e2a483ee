"""The table of severities: how grave each problem is, by its consequence, and what organisations made of that.

A line is a problem in one of its grades: the circumstances in which it is graver or milder than usual. Lines are
registered with their problems; an organisation rates a line for the alarms of what it owns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.problem import Grade, Problem, registered
from network.models import Severity, SeverityRule

KEY_SIGN = "."
"""Between the code of a problem and that of its grade."""


@dataclass(frozen=True)
class Line:
    """A line of the table, for one organisation; `rule`: what it says of it itself."""

    problem: Problem
    grade: Grade | None = None
    rule: SeverityRule | None = None

    @property
    def key(self) -> str:
        """What tells the line apart."""
        return self.problem.code + (KEY_SIGN + self.grade.code if self.grade else "")

    @property
    def standard(self) -> Severity:
        """How grave it is where its organisation says nothing."""
        return self.grade.severity if self.grade else self.problem.severity

    @property
    def severity(self) -> Severity:
        """How grave it is for its organisation."""
        return Severity(self.rule.severity) if self.rule else self.standard


def table(organisation: int) -> list[Line]:
    """Return every line as an organisation has it, the gravest first."""
    rules = {(rule.problem, rule.grade): rule for rule in SeverityRule.objects.filter(organisation=organisation)}
    lines = [
        Line(problem, grade, rules.get((problem.code, grade.code if grade else "")))
        for problem in registered()
        for grade in (None, *problem.grades)
    ]
    return sorted(lines, key=lambda line: (list(Severity).index(line.standard), line.key))


def rated(conditions: Iterable[AlarmCondition]) -> Sequence[AlarmCondition]:
    """Return conditions as grave as the organisations take them to be whose they are: one query for all of them."""
    found = list(conditions)
    if not found:
        return found
    codes, owners = ({row.problem.code for row in found}, {row.organisation for row in found})
    rows = SeverityRule.objects.filter(organisation__in=owners, problem__in=codes).order_by()
    fields = ("organisation_id", "problem", "grade", "severity")
    own = {tuple(row[:3]): Severity(row[3]) for row in rows.values_list(*fields)}
    if not own:
        return found
    return [replace(row, severity=own.get((row.organisation, row.problem.code, row.grade))) for row in found]
