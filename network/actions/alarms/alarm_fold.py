"""One outage of a site is one alarm: what follows from its silence comes below it, such as budgets that burn.

What silences several sites at once is a root cause (`alarm_root`), and takes all of theirs.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from console.actions.audit.audit import SYSTEM
from network.actions.alarms.alarm import Facts, note, save, tell
from network.actions.alarms.problem import outages, symptoms
from network.models import Alarm, EntryKind, stale_after_s


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
    below = Alarm.objects.annunciated().filter(problem__in=codes, site__in=[site for site, _ in heads])
    pairs = [(alarm, heads.get((alarm.site_id, alarm.organisation_id))) for alarm in below.whole()]
    with transaction.atomic():
        _put_below([(alarm, head) for alarm, head in pairs if head and _follows(alarm, head)], now)


def _follows(alarm: Alarm, head: Alarm) -> bool:
    return alarm.started_at >= head.started_at - timedelta(seconds=stale_after_s())


def _put_below(pairs: list[tuple[Alarm, Alarm]], now: datetime) -> None:
    if not pairs:
        return
    folded = [alarm for alarm, _ in pairs]
    for alarm, head in pairs:
        alarm.root = head
        note([alarm], EntryKind.CORRELATED, SYSTEM, now, Facts(head.subject, root_id=head.pk))
    save(folded, ["root"], now)
    heads = list({head.pk: head for _, head in pairs}.values())
    rows = Alarm.objects.filter(root__in=heads).order_by().values_list("root").annotate(count=Count("pk"))
    counts = dict(rows)
    for head in heads:
        head.child_count = counts[head.pk]
    save(heads, ["child_count"], now)
    tell([*heads, *folded], now)
