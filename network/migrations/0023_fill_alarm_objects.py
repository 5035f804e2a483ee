import re

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Substr

from network.migrations._alarm_objects import UNKNOWN, chunks, end_twins, identify, identify_holds

_METRICS = {
    "rtt_p99": "round-trip time",
    "loss_share": "packet loss",
    "availability": "availability",
    "jitter": "jitter",
    "coverage": "coverage",
    "deadline": "answers in time",
}
AGREEMENTS = {
    **{f"Error budget burns: {text}": f"{metric}_budget_burns" for metric, text in _METRICS.items()},
    **{f"Budget used up: {text}": f"{metric}_budget_used_up" for metric, text in _METRICS.items()},
}
SITES = {
    "Round-trip time above its objective": "rtt_p99_breached",
    "Packet loss above its objective": "loss_share_breached",
    "Availability below its objective": "availability_breached",
    "The settings of its probe cannot be used": "probe_settings_unusable",
    "Its clock is wrong: packets seem to come before they were sent": "clock_wrong",
    "Counters silent": "counters_silent",
    "Sleeping cell: on air, yet it serves nobody": "cell_sleeping",
    "Radio resources are used up": "radio_overloaded",
    "The queue of the edge node is long": "edge_queue_long",
    "Too warm in the cabinet": "cabinet_hot",
    "The site refused its settings": "settings_refused",
    "Settings were lost: it is not known whether they are in force": "settings_lost",
}
ROOTS = {
    "Link cut: everything behind it is silent": "link_cut",
    "Site failed: everything behind it is silent": "site_failed",
    "Link cut or site failed: everything behind it is silent": "link_cut_or_site_failed",
    "Everything that is reached this way is slow": "slow_behind",
}
PROBERS = {
    "Nothing is measured": "prober_silent",
    "The probe is too slow to measure": "prober_slow",
    "No site answers the probe": "prober_unanswered",
}
PLATFORM = {
    "The interface of the base stations does not answer": "counters_interface_away",
    "Redis does not answer: reports are refused, nothing is scheduled": "redis_away",
    "Redis is nearly full: soon reports are refused": "redis_full",
    "The database did not answer for a while": "database_was_away",
    "The disk is nearly full": "disk_full",
    "Scheduled health checks are overdue": "health_checks_overdue",
}
PARTS = {
    "base stations": ("base-station-interface", "基站"),
    "Redis": ("redis", "Redis"),
    "database": ("database", "数据库"),
    "disk": ("disk", "磁盘"),
    "schedule": ("schedule", "调度"),
}
ORDERS = {
    "A monthly report could not be made": "report_failed",
    "An evidence map could not be drawn": "evidence_failed",
    "A plan could not be proven": "plan_failed",
}
ORDER_KINDS = {"report_failed": "report", "evidence_failed": "evidence", "plan_failed": "plan"}
CHANNELS = {"Notices of alarms cannot be delivered": "notices_undelivered"}
CODES = {**AGREEMENTS, **SITES, **ROOTS, **PROBERS, **PLATFORM, **ORDERS, **CHANNELS}
MANY = {"site": "基站", "report": "月度报告", "evidence": "取证地图", "plan": "规划方案"}
MOST_KEY = 120
ESCALATED = re.compile(r"^(\d+) · (\d+) s(?: → (.*))?$")


class Sites:
    """Sites by key and, where a name is only one site's, by name."""

    def __init__(self, model):
        self.by_pk, self.by_slug, names = {}, {}, {}
        for pk, slug, name_en, name_zh in model.values_list("pk", "slug", "name_en", "name_zh"):
            self.by_pk[pk] = self.by_slug[slug] = (slug, name_zh)
            names.setdefault(name_en, []).append(slug)
        self.by_name = {name: slugs[0] for name, slugs in names.items() if len(slugs) == 1}
        self.all_by_name = names

    def told(self, one):
        if one.site_id is not None:
            return "site", *self.by_pk[one.site_id]
        slug = self.by_name.get(one.subject)
        return ("site", *self.by_slug[slug]) if slug else None

    def element(self, name):
        """Return kind and key of a site or link by its name, "A" or "A – B"; None where that is not plain."""
        if name in self.by_name:
            return "site", self.by_name[name]
        ends = [self.by_name.get(end) for end in name.split(" – ")]
        return ("link", "~".join(sorted(ends))) if len(ends) == 2 and all(ends) else None


def fill(apps, schema_editor):
    """Tell what alarms, holds and entries of earlier versions are about; in pieces, with plain queries only."""
    alias = schema_editor.connection.alias

    def rows(name):
        return apps.get_model("network", name)._default_manager.using(alias)

    alarms, holds, entries = rows("Alarm").all(), rows("AlarmHold").all(), rows("AlarmEntry").all()
    alarms.update(object_kind=UNKNOWN, object_key=F("subject"), problem=Substr("specific_problem", 1, 60))
    holds.update(object_kind=UNKNOWN, object_key=F("subject"), problem=Substr("specific_problem", 1, 60))
    sites = Sites(rows("Site"))
    identify(alarms, CODES, lambda piece: _tell(piece, sites, rows))
    end_twins(alarms, entries)
    maintained = {pk: str(of) for pk, of in holds.exclude(maintenance=None).values_list("pk", "maintenance")}
    known = dict(
        (hold, (kind, key))
        for hold, kind, key in alarms.exclude(hold=None)
        .exclude(object_kind=UNKNOWN)
        .order_by("pk")
        .values_list("hold", "object_kind", "object_key")
        if hold not in maintained
    )
    identify_holds(holds, CODES, lambda one: _hold(one, maintained, known, sites))
    for piece in chunks(entries.filter(kind__in=("severity", "assigned", "escalated"))):
        for one in piece:
            _entry(one)
        entries.bulk_update(
            piece, ["text", "person", "severity_before", "severity_after", "step", "after_s", "channel"]
        )


def _hold(one, maintained, known, sites):
    if one.pk in maintained:
        return "maintenance", maintained[one.pk]
    slug = sites.by_name.get(one.subject)
    return known.get(one.pk) or (("site", slug) if slug else None)


def _tell(piece, sites, rows):
    """Return what tells kind, key and Chinese name of an alarm of a piece."""
    agreements = {
        pk: (kind, key)
        for pk, kind, key in rows("Agreement")
        .filter(pk__in={one.detail.get("agreement") for one in piece} - {None})
        .values_list("pk", "kind", "key")
    }
    orders = {of for one in piece if isinstance(of := one.detail.get("of"), str)}
    digests = {
        str(uuid): digest for uuid, digest in rows("Evidence").filter(uuid__in=orders).values_list("uuid", "digest")
    }
    channels = {
        (name, owner): str(uuid)
        for name, owner, uuid in rows("NoticeChannel").values_list("name", "organisation", "uuid")
    }

    def tell(one):
        text = one.specific_problem
        if "count" in one.detail and "subjects" in one.detail:
            kind = ORDER_KINDS.get(CODES[text], "site")
            if kind == "site":
                named = (sites.all_by_name.get(name, ()) for name in one.detail["subjects"])
                one.detail["objects"] = [slug for slugs in named for slug in slugs]
            return kind, "*", MANY[kind]
        if text in ROOTS:
            return _root(one, sites)
        if text in SITES:
            return sites.told(one)
        if text in AGREEMENTS:
            return _agreement(one, agreements, sites)
        if text in PROBERS:
            return "prober", one.subject, ""
        if text in PLATFORM:
            return ("platform", *PARTS[one.subject]) if one.subject in PARTS else None
        if text in CHANNELS:
            uuid = channels.get((one.subject, one.organisation_id))
            return ("notice_channel", uuid, one.subject) if uuid else None
        return _order(one, digests)

    return tell


def _root(one, sites):
    names = one.detail.get("causes") or [one.subject]
    found = [sites.element(name) for name in names]
    if len(names) == 1 and one.site_id is not None:
        return sites.told(one)
    if not all(found):
        return None
    if len(found) == 1:
        return *found[0], ""
    sign = " + " if one.detail.get("is_every_one") else " / "
    key = sign.join(sorted(key for _, key in found))
    return ("group", key, "") if len(key) <= MOST_KEY else None


def _agreement(one, agreements, sites):
    if one.site_id is not None:
        return sites.told(one)
    if found := agreements.get(one.detail.get("agreement")):
        return *found, ""
    kind, _, key = one.subject.partition(" ")
    return (kind, key, "") if key and len(one.subject) < MOST_KEY else None


def _order(one, digests):
    kind, of = ORDER_KINDS[CODES[one.specific_problem]], one.detail.get("of")
    key = {"report": one.subject, "evidence": digests.get(of), "plan": of}[kind]
    return (kind, key, "") if key else None


def _entry(one):
    """Put into columns what the text of an entry meant."""
    before, arrow, after = one.text.partition(" → ")
    if one.kind == "severity" and arrow:
        one.severity_before, one.severity_after, one.text = before, after, ""
    elif one.kind == "assigned":
        one.person, one.text = one.text[:150], ""
    elif one.kind == "escalated" and (found := ESCALATED.match(one.text)):
        one.step, one.after_s, one.text = int(found[1]), int(found[2]), ""
        one.channel = (found[3] or "")[:80]


def forget(apps, schema_editor):
    """Going back: names tell apart again, so of what is called alike the newest stays; entries say all in words."""
    alias = schema_editor.connection.alias
    alarms, holds, entries = (
        apps.get_model("network", name)._default_manager.using(alias).all()
        for name in ("Alarm", "AlarmHold", "AlarmEntry")
    )
    end_twins(alarms, entries, ("organisation_id", "subject", "specific_problem"))
    for older, newer in _twins(holds):
        alarms.filter(hold=older.pk).update(hold=newer.pk, held=newer.kind)
        holds.filter(pk=older.pk).update(ended_at=newer.started_at)
    for piece in chunks(entries.filter(kind__in=("severity", "assigned", "escalated"))):
        for one in piece:
            one.text = _words(one)[:500]
        entries.bulk_update(piece, ["text"])


def _twins(holds):
    """Yield the holds in force of whose name there is a newer one, each with that."""
    newest = {}
    for one in holds.filter(ended_at=None).order_by("-started_at", "-pk"):
        name = (one.organisation_id, one.subject, one.specific_problem)
        if name in newest:
            yield one, newest[name]
        newest.setdefault(name, one)


def _words(one):
    if one.severity_after:
        return f"{one.severity_before} → {one.severity_after}"
    if one.step is not None:
        return f"{one.step} · {one.after_s} s" + (f" → {one.channel}" if one.channel else "")
    return one.text or one.person


class Migration(migrations.Migration):
    dependencies = [("network", "0022_alarm_objects")]
    operations = [migrations.RunPython(fill, forget)]
