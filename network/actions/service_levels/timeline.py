"""What happened to an agreement's subject, in the order of time: for people, in both languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext, override

from console.actions.audit.audit import SYSTEM, Actor
from network.actions.maintenance import affected, maintenance
from network.actions.service_levels import burn, overdrawn
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    Alarm,
    Breach,
    Change,
    CountSpan,
    Maintenance,
    RecordKind,
    ServiceCount,
    SubjectKind,
)

MOST_ROWS = 1_000
MOST_ASKED = 10_000
MINUTES_KEPT = timedelta(hours=8)
_REACHING = (SubjectKind.SITE, SubjectKind.LINK, affected.REGION)
_TIMES = (Metric.RTT_P99, Metric.JITTER)


@dataclass(frozen=True)
class Row:
    """One thing that happened; it lasts while `until` is null."""

    at: datetime
    until: datetime | None
    kind: str  # breach, unknown, maintenance, alarm, change, push
    text_en: str
    text_zh: str
    severity: str = ""
    ref: str = ""


def timeline(agreement: Agreement, since: datetime, until: datetime, now: datetime, actor: Actor = SYSTEM) -> list[Row]:
    """Return what happened in [since, until), the oldest first, at most the newest thousand rows.

    Why the network is under maintenance, and what was changed of it, only those see who see every organisation; who
    changed it only those who run it.
    """
    sees_all = actor.sees is None
    rows = [
        *_breaches(agreement, since, until),
        *_unknown(agreement, since, until, now),
        *_maintenances(agreement, since, until, sees_all=sees_all),
        *_alarms(agreement, since, until, actor),
        *(_changes(agreement, since, until, names=actor.runs_the_network) if sees_all else ()),
    ]
    return sorted(rows, key=lambda row: (row.at, row.kind))[-MOST_ROWS:]


def _breaches(agreement: Agreement, since: datetime, until: datetime) -> Iterator[Row]:
    scoped = Breach.objects.filter(overlaps(since, until), agreement=agreement)
    for breach in scoped.order_by("-started_at")[:MOST_ROWS]:
        if not agreement.is_judged_by_round:
            yield _overdrawn(breach)
            continue
        worst = _value(agreement.metric, breach.worst_value)
        yield Row(
            breach.started_at,
            breach.ended_at,
            "breach",
            f"Breached over its short window; worst {worst or 'unknown'}",
            f"短时窗口内违约；最差值{worst or '未知'}",
            ref="/api/v1/breaches",
        )


def _overdrawn(breach: Breach) -> Row:
    share = "" if breach.worst_value is None else f"{breach.worst_value:.4%}"
    return Row(
        breach.started_at,
        breach.ended_at,
        "breach",
        f"Breached over its period: the budget is overdrawn; least share achieved {share or 'unknown'}",
        f"周期内违约：预算已超支；最低达成率{share or '未知'}",
        ref="/api/v1/breaches",
    )


def _unknown(agreement: Agreement, since: datetime, until: datetime, now: datetime) -> Iterator[Row]:
    """Yield the times that nobody measured, joined: by the minute where minutes are kept, before that by the hour."""
    edge = min(max(since, now - MINUTES_KEPT).replace(minute=0, second=0, microsecond=0), until)
    older, newer = _holes(agreement, CountSpan.HOUR, since, edge), _holes(agreement, CountSpan.MINUTE, edge, until)
    for start, end, unknown_s in _joined([*older, *newer]):
        minutes = max(round(unknown_s / 60), 1)
        yield Row(
            start, end, "unknown", f"{minutes} min unknown: nobody measured", f"{minutes}分钟未知：没有测量",
            ref=f"/api/v1/agreements/{agreement.pk}/history",
        )  # fmt: skip


def _holes(
    agreement: Agreement, span: CountSpan, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, float]]:
    rows = ServiceCount.objects.filter(
        agreement=agreement, span_s=span, started_at__gte=since, started_at__lt=until, unknown_s__gt=0
    )
    for started_at, unknown_s in rows.order_by("started_at").values_list("started_at", "unknown_s"):
        yield started_at, started_at + timedelta(seconds=span), unknown_s


def _joined(times: Iterable[tuple[datetime, datetime, float]]) -> list[tuple[datetime, datetime, float]]:
    joined: list[tuple[datetime, datetime, float]] = []
    for start, end, unknown_s in times:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end, joined[-1][2] + unknown_s)
        else:
            joined.append((start, end, unknown_s))
    return joined[-MOST_ROWS:]


def _maintenances(agreement: Agreement, since: datetime, until: datetime, *, sees_all: bool) -> Iterator[Row]:
    about = Q(kind=agreement.kind, key=agreement.key) | Q(kind__in=_REACHING)
    rows = Maintenance.objects.filter(about, starts_at__lt=until, ends_at__gt=since).order_by("-starts_at")
    for window in maintenance.of_agreement(rows[:MOST_ASKED], [agreement])[agreement.pk][:MOST_ROWS]:
        yield maintenance_row(window, sees_all=sees_all)


def maintenance_row(window: Maintenance, *, sees_all: bool) -> Row:
    """Return a maintenance as a row; why it is, only those are told who see every organisation."""
    is_early = window.made_at <= window.starts_at
    word_en = "announced before" if is_early else "announced late: counts from the announcement on"
    word_zh = "提前公告" if is_early else "公告较晚：自公告起不计入"
    if window.withdrawn_at is not None:
        word_en, word_zh = f"{word_en}; withdrawn", f"{word_zh}；已撤回"
    return Row(
        window.starts_at,
        max(window.counts_until, window.starts_at),
        "maintenance",
        f"Maintenance ({word_en})" + (f": {window.reason}" if sees_all else ""),
        f"维护（{word_zh}）" + (f"：{window.reason}" if sees_all else ""),
        ref="/api/v1/maintenance",
    )


def _alarms(agreement: Agreement, since: datetime, until: datetime, actor: Actor) -> Iterator[Row]:
    codes = [source.identity(agreement).problem for source in (burn, overdrawn)]
    about = Q(
        organisation=agreement.organisation_id, object_kind=agreement.kind, object_key=agreement.key, problem__in=codes
    )
    if agreement.site_id is not None:
        about |= Q(site=agreement.site_id)
    yield from alarm_rows(about & overlaps(since, until), actor)


def alarm_rows(which: Q, actor: Actor) -> Iterator[Row]:
    """Yield the newest of these alarms that the actor may see."""
    for alarm in Alarm.objects.visible_to(actor).filter(which).order_by("-started_at")[:MOST_ROWS]:
        text_en, text_zh = _both(alarm.specific_problem)
        yield Row(
            alarm.started_at, alarm.ended_at, "alarm", f"{alarm.subject}: {text_en}",
            f"{alarm.subject_zh or alarm.subject}：{text_zh}",
            alarm.severity, f"/api/v1/alarms/{alarm.pk}",
        )  # fmt: skip


def _changes(agreement: Agreement, since: datetime, until: datetime, *, names: bool) -> Iterator[Row]:
    """Yield what was changed of the subject's record; of those subjects that are records of the inventory."""
    if agreement.kind not in RecordKind.values:
        return
    yield from change_rows(agreement.kind, agreement.key, (since, until), names=names)


def change_rows(kind: str, key: str, times: tuple[datetime, datetime], *, names: bool) -> Iterator[Row]:
    """Yield what was changed of a record in these times, of a site's sectors as well; by whom where `names`."""
    about = Q(kind=kind, key=key)
    if kind == SubjectKind.SITE:
        about |= Q(kind=RecordKind.SECTOR) & (Q(values__site=key) | Q(before__site=key))
    changes = Change.objects.filter(about, valid_from__gte=times[0], valid_from__lt=times[1], applied_at__isnull=False)
    for change in changes.order_by("-valid_from")[:MOST_ROWS]:
        changed = ", ".join(_changed(change))[:200]
        by_en, by_zh = (f" by {change.actor}", change.actor) if names else ("", "")
        yield Row(
            change.valid_from,
            change.valid_from,
            "change",
            f"{change.key} {_VERBS[change.values is None, change.before is None][0]}{by_en}: {changed}",
            f"{by_zh}{_VERBS[change.values is None, change.before is None][1]}{change.key}：{changed}",
            ref="/api/v1/inventory/changes",
        )


_VERBS = {
    (False, True): ("added", "新增"),
    (False, False): ("changed", "修改"),
    (True, False): ("removed", "移除"),
    (True, True): ("removed", "移除"),
}  # (values are gone, nothing was before)


def _changed(change: Change) -> list[str]:
    before, after = change.before or {}, change.values or {}
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def overlaps(since: datetime, until: datetime) -> Q:
    """Return the condition that something was going on in [since, until)."""
    return Q(started_at__lt=until) & (Q(ended_at=None) | Q(ended_at__gt=since))


def _both(text: str) -> tuple[str, str]:
    with override("en"):
        text_en = gettext(text)
    with override("zh-hans"):
        return text_en, gettext(text)


def _value(metric: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g} ms" if metric in _TIMES else f"{value:.4%}"
