"""The table of a report: one line per agreement, with units in the names, safe to open in a spreadsheet."""

from typing import Any

from django.utils.translation import override

from console.rest.lists import CsvRenderer
from network.actions.service_levels.report.figures import Line, Month
from network.actions.service_levels.report.words import definition_of, rule_of


def table(month: Month, language: str) -> bytes:
    """Return a month as CSV. Equal months give equal bytes."""
    with override(language):
        return CsvRenderer().render([_row(month, line) for line in month.lines] or [{"agreement": ""}])


def _row(month: Month, line: Line) -> dict[str, Any]:
    agreement = line.agreement
    return {
        "agreement": agreement.pk,
        "name": agreement.name,
        "kind": agreement.kind,
        "key": agreement.key,
        "metric": agreement.metric,
        "objective": agreement.objective,
        "target_share": agreement.target_share,
        "source": agreement.source,
        "region": month.region.slug,
        "month": month.span.month,
        "since": month.span.since.isoformat(),
        "until": month.span.until.isoformat(),
        "is_whole_month": month.span.is_whole,
        "began_at": line.began_at.isoformat() if line.began_at else "",
        "ended_at": line.ended_at.isoformat() if line.ended_at else "",
        "state": line.state,
        "achieved_share": _number(line.achieved_share),
        "budget_left_share": _number(line.budget_left_share),
        "good": line.good,
        "total": line.total,
        "elapsed_s": round(line.elapsed_s),
        "known_s": round(line.known_s, 3),
        "unknown_s": round(line.unknown_s, 3),
        "excluded_s": round(line.excluded_s, 3),
        "breaches": line.breach_count,
        "definition": definition_of(agreement),
        "rule": rule_of(agreement),
    }


def _number(value: float | None) -> float | str:
    return "" if value is None else round(value, 9)
