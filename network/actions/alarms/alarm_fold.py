"""One outage of a site is one alarm: what follows from its silence comes below it, such as budgets that burn.

What silences several sites at once is a root cause (`alarm_root`), and takes all of theirs.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from console.actions.audit.audit import SYSTEM
from network.actions.alarms.alarm import Facts, locked, note, save, tell
from network.actions.alarms.problem import outages, symptoms
from network.models import Alarm, EntryKind, stale_after_s

MOST_AT_ONCE = 5_000
"""So many are put below in one round; the next takes the rest."""


def fold(now: datetime) -> None:
    """Put what was raised of a silent site since its outage began below the alarm of that outage.

    Of one owner: who sees the one sees the other. What stood before has another reason, and what is held or already
    below another stays where it is.
    """
    silent = Alarm.objects.annunciated().filter(problem__in=outages(), site__health__silent_packets__gt=0)
    heads = {(alarm.site_id, alarm.organisation_id): alarm for alarm in silent.whole()}
    if not heads:
        return
    codes = set(symptoms()) - set(outages())
    below = Alarm.objects.annunciated().filter(problem__in=codes, site__in=silent.order_by().values("site"))
    rows = below.order_by().values_list("pk", "site", "organisation", "started_at")
    follow = [pk for pk, site, owner, at in rows if (head := heads.get((site, owner))) and _follows(at, head)]
    if not follow:
        return
    with transaction.atomic():  # another worker may be at it for its own round: each alarm is put below once
        alarms = locked(Alarm.objects.annunciated().filter(pk__in=follow[:MOST_AT_ONCE]))
        _put_below([(alarm, heads[alarm.site_id, alarm.organisation_id]) for alarm in alarms], now)


def _follows(started_at: datetime, head: Alarm) -> bool:
    return started_at >= head.started_at - timedelta(seconds=stale_after_s())


def _put_below(pairs: list[tuple[Alarm, Alarm]], now: datetime) -> None:
    if not pairs:
        return
    folded = [alarm for alarm, _ in pairs]
    for alarm, head in pairs:
        alarm.root = head
    note(folded, EntryKind.CORRELATED, SYSTEM, now, [Facts(head.subject, root_id=head.pk) for _, head in pairs])
    save(folded, ["root"], now)
    heads = list({head.pk: head for _, head in pairs}.values())
    rows = Alarm.objects.filter(root__in=heads).order_by().values_list("root").annotate(count=Count("pk"))
    counts = dict(rows)
    for head in heads:
        head.child_count = counts[head.pk]
    save(heads, ["child_count"], now)
    tell([*heads, *folded], now)
