"""Names that follow: an open alarm or hold is called what its object is called now, in both languages."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from network.actions.alarms.alarm import NAMES, locked, save, tell
from network.actions.alarms.managed_object import (
    CHANNEL,
    EDGE_NODE,
    EVERY,
    EVIDENCE,
    GROUP,
    LINK,
    PLAN,
    REPORT,
    SITE,
    Name,
    is_shared,
    names_of,
    register_kind,
    renamable,
)
from network.models import Alarm, AlarmHold, EdgeNode, NoticeChannel, Site


def follow_names(now: datetime) -> int:
    """Give open alarms and holds the names that their objects have by now, and tell everyone; return how many alarms.

    What is gone, and what has ended, keeps the name that it had last.
    """
    of_kinds = Q(object_kind__in=renamable()) & ~Q(object_key=EVERY)
    rows = list(Alarm.objects.active().filter(of_kinds).values_list("pk", "object_kind", "object_key", *NAMES))
    holds = [one for one in AlarmHold.objects.filter(of_kinds, ended_at=None) if is_shared(one.object_kind)]
    names = names_of(
        {*((kind, key) for _, kind, key, *_ in rows), *((one.object_kind, one.object_key) for one in holds)}
    )
    stale = [pk for pk, kind, key, *shown in rows if names.get((kind, key), tuple(shown)) != tuple(shown)]
    for hold in holds:
        name = names.get((hold.object_kind, hold.object_key))
        if name and name != (hold.subject, hold.subject_zh):
            AlarmHold.objects.filter(pk=hold.pk).update(subject=name.en, subject_zh=name.zh)
    return _rename(stale, names, now) if stale else 0


def _rename(pks: Collection[int], names: Mapping[tuple[str, str], Name], now: datetime) -> int:
    with transaction.atomic():
        alarms = list(locked(Alarm.objects.active().filter(pk__in=pks)))
        for alarm in alarms:
            alarm.subject, alarm.subject_zh = names[alarm.object_kind, alarm.object_key]
        save(alarms, list(NAMES), now)
        tell(alarms, now)
    return len(alarms)


def _sites(keys: Collection[str]) -> dict[str, Name]:
    rows = Site.objects.filter(slug__in=keys).order_by().values_list("slug", "name_en", "name_zh")
    return {slug: Name(en, zh) for slug, en, zh in rows}


def _links(keys: Collection[str]) -> dict[str, Name]:
    """Return the names of links `a~b`: those of their ends, in the order of the alphabet."""
    sites = _sites({slug for key in keys for slug in key.split("~")})
    ends = {key: [sites[slug] for slug in key.split("~") if slug in sites] for key in keys}
    return {
        key: _joint(" – ", sorted(pair), sorted(one.zh for one in pair)) for key, pair in ends.items() if len(pair) == 2
    }


def _joint(sign: str, names: Collection[Name], chinese: Collection[str]) -> Name:
    return Name(sign.join(one.en for one in names), sign.join(chinese))


def _edge_nodes(keys: Collection[str]) -> dict[str, Name]:
    rows = EdgeNode.objects.filter(slug__in=keys).values_list("slug", "name_en", "name_zh")
    return {slug: Name(en, zh) for slug, en, zh in rows}


def _channels(keys: Collection[str]) -> dict[str, Name]:
    rows = NoticeChannel.objects.filter(uuid__in=keys).values_list("uuid", "name")
    return {str(uuid): Name(name, name) for uuid, name in rows}


register_kind(SITE, Name("base stations", "基站"), _sites, is_shared=True)
register_kind(LINK, Name("links", "链路"), _links, is_shared=True)
register_kind(EDGE_NODE, Name("edge nodes", "边缘节点"), _edge_nodes, is_shared=True)
register_kind(CHANNEL, Name("notice channels", "通知渠道"), _channels)
register_kind(GROUP, Name("sites and links", "站点和链路"))
register_kind(REPORT, Name("monthly reports", "月度报告"))
register_kind(EVIDENCE, Name("evidence maps", "取证地图"))
register_kind(PLAN, Name("plans", "规划方案"))
