"""The document of a report: one file that opens and prints without any network. Made in a worker only."""

import base64
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from network.actions.evidence import html, png
from network.actions.evidence.sheet import name_of
from network.actions.service_levels.report.figures import Line, Month
from network.actions.service_levels.report.sheet import sheet_of
from network.actions.service_levels.report.words import (
    PER_MS,
    STATES,
    definition_of,
    duration_of,
    objective_of,
    rule_of,
    share_of,
)
from network.kernels.sla.sla import GRAVITY, State
from network.models import METRICS, Breach, Maintenance, subject

TEMPLATE = "network/report_document.html"
PLACE = "<!--map-->"
DAY_PX = 32
_METRIC_WORDS = dict(METRICS)


def document(month: Month, digest: str, language: str) -> bytes:
    """Return a month as a document of one file. Equal months give equal bytes.

    Args:
        month: what it reports.
        digest: of what it reports; printed on it.
        language: of its words, "en" or "zh-hans".
    """
    with override(language):
        sheet = sheet_of(month, language)
        words = render_to_string(TEMPLATE, _context(month, digest, language, sheet))
    with override(language if png.writes(language) else "en"):
        still = png.drawing(sheet_of(month, language if png.writes(language) else "en"), (_("Figures"), _("Legend")))
    picture = f'<img id="still" alt="" src="data:image/png;base64,{base64.b64encode(still).decode()}">'
    page = html.page(replace(sheet, title=sheet.title))
    return page.replace(f"<body>\n{html.MAP}", words.replace(PLACE, html.MAP + picture, 1), 1).encode()


def _context(month: Month, digest: str, language: str, sheet: Any) -> dict[str, Any]:
    span, counts = month.span, Counter(line.state for line in month.lines)
    states = sorted(State, key=GRAVITY.__getitem__, reverse=True)
    lines = sorted(month.lines, key=lambda line: -GRAVITY[State(line.state)])  # of equal gravity as in the table
    return {
        "title": _("Service levels of %(region)s, %(month)s")
        % {"region": name_of(month.region, language), "month": span.month},
        "since": _at(span.since), "until": _at(span.until), "zone": settings.TIME_ZONE, "is_whole": span.is_whole,
        "counts": [{"key": state.value, "word": STATES[state], "count": counts[state]} for state in states],
        "lines": [_line(line) for line in lines], "digest": digest, "map_lead": sheet.lead,
        "legend": sheet.legend,
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    agreement = line.agreement
    more = line.breach_count - len(line.breaches)
    is_ms = agreement.metric in PER_MS and agreement.is_judged_by_round  # of the others the worst is a share
    return {
        "id": agreement.pk, "name": agreement.display_name, "kind": subject.label_of(agreement.kind),
        "key": agreement.key,
        "ended": _at(line.ended_at) if line.ended_at else "", "metric": _METRIC_WORDS[agreement.metric],
        "source": agreement.source,
        "source_word": _("modelled") if agreement.source == "modelled" else _("measured"),
        "state": line.state, "state_word": STATES[line.state], "achieved": share_of(line.achieved_share, _unknown),
        "left": _unknown() if line.budget_left_share is None else f"{line.budget_left_share * 100:.1f} %",
        "objective": objective_of(agreement), "events": f"{line.good:,} / {line.total:,}",
        "elapsed": duration_of(line.elapsed_s), "unknown": duration_of(line.unknown_s),
        "excluded": duration_of(line.excluded_s), "days": list(_days(line)), "width": len(line.days) * DAY_PX,
        "definition": definition_of(agreement), "rule": rule_of(agreement), "breach_count": line.breach_count,
        "breaches": [_breach(breach, is_ms=is_ms) for breach in line.breaches] + ([f"+ {more}"] if more else []),
        "exclusions": [_exclusion(exclusion) for exclusion in line.exclusions],
    }  # fmt: skip


def _days(line: Line) -> Iterable[dict[str, Any]]:
    for number, day in enumerate(line.days):
        look = "nothing" if day.is_kept is None else "kept" if day.is_kept else "missed"
        word = f"{day.on.isoformat()}: {share_of(day.achieved_share, _unknown)}"
        if 0 < day.known_share < 1:
            word += f" ({_('known')}: {day.known_share * 100:.1f} %)"
        yield {"look": look, "x": number * DAY_PX + 1, "word": word}


def _breach(breach: Breach, *, is_ms: bool) -> str:
    worst = breach.worst_value
    value = _unknown() if worst is None else f"{worst:.3g} ms" if is_ms else f"{worst * 100:.4g} %"
    until = _at(breach.ended_at) if breach.ended_at else _("not over")
    return f"{_at(breach.started_at)} - {until}; {_('worst value')}: {value}"


def _exclusion(maintenance: Maintenance) -> str:
    words = _("announced by %(actor)s at %(at)s") % {"actor": maintenance.actor, "at": _at(maintenance.made_at)}
    if not maintenance.actor:  # which a customer is not told
        words = _("announced at %(at)s") % {"at": _at(maintenance.made_at)}
    reason = f": {maintenance.reason}" if maintenance.reason else ""
    return f"{_at(maintenance.counts_from)} - {_at(maintenance.counts_until)}{reason} ({words})"


def _at(at: datetime) -> str:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M:%S")


def _unknown() -> str:
    return _("unknown")
