"""Root causes as alarms: one for the cut or failed site that explains many, with theirs below it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce

from console.actions.audit import SYSTEM
from console.actor import HOME_PK
from network.actions import vantage
from network.actions.alarms.alarm import (
    ANEW,
    Pair,
    Trouble,
    clear_alarms,
    note,
    open_alarms,
    pair_of,
    raise_alarms,
    save,
    tell,
    wait_anew,
)
from network.actions.vantage import View
from network.kernels.alarm import FLAP_QUIET_S
from network.kernels.correlation import PACKETS, Cause, Element, Observed, explain
from network.kernels.sla import Metric, State
from network.models import (
    Agreement,
    Alarm,
    AlarmType,
    EntryKind,
    Severity,
    Site,
    SiteHealth,
    stale_after_s,
)
from network.models.alarm import AlarmQuerySet

CUT = "Link cut: everything behind it is silent"
FAILED = "Site failed: everything behind it is silent"
CUT_OR_FAILED = "Link cut or site failed: everything behind it is silent"
SLOW = "Everything that is reached this way is slow"
PROBLEMS = (CUT, FAILED, CUT_OR_FAILED, SLOW)
LEAST_SITES = 2  # one site alone is its own root cause
DETACH_AFTER = timedelta(seconds=120)
"""A consequence that outlives its root cause for so long stands on its own."""
MOST_NAMED = 2_000
Seen = dict[int, Observed]


def correlate(now: datetime) -> None:
    """Name the root causes of what is silent or slow, put its alarms below them, and clear those that are over."""
    roots = list(Alarm.objects.active().filter(specific_problem__in=PROBLEMS).whole())
    is_quiet = not SiteHealth.objects.filter(silent_packets__gt=0).exists() and not _slow_sites(now)
    if is_quiet and not roots and not _orphans(now).exists():
        return
    view = vantage.view()
    if view is None:
        return
    silent, slow = _silence(view, now), _slowness(view, now)
    named = [_trouble(view, cause, None) for cause in _large(explain(view.net, view.cut_off, silent))]
    named += [_trouble(view, cause, SLOW) for cause in _large(explain(view.net, view.carried, slow))]
    pairs = {trouble.pair for trouble in named}
    over = _over([root for root in roots if pair_of(root) not in pairs], view, silent, slow)
    named = [trouble for trouble in named if not _is_rest(trouble, over)]
    with transaction.atomic():
        raise_alarms(named, now)
        raised = open_alarms(trouble.pair for trouble in named)
        _follow(raised, named, now)
        for trouble in named:
            _attach(raised[trouble.pair], trouble.detail["members"], roots, now)
        over += [root for root in roots if root.root_id is not None and root not in over]
        clear_alarms([pair_of(root) for root in over], now)
        _detach(now)


def _silence(view: View, now: datetime) -> Seen:
    """Return who is silent and who answers; whoever was not measured lately is left out."""
    rows = SiteHealth.objects.filter(measured_at__gte=now - timedelta(seconds=stale_after_s())).order_by()
    found: Seen = {}
    fields = ("pk", "silent_since", "silent_packets", "answered_at", "lost")
    for pk, since, packets, answered_at, lost in rows.values_list(*fields):
        if packets and since:
            found[view.place[pk]] = Observed(True, since.timestamp(), packets)
        elif answered_at:
            found[view.place[pk]] = Observed(False, answered_at.timestamp(), is_unsure=lost > 0)
    return found


def _slowness(view: View, now: datetime) -> Seen:
    """Return whose round trips are too long, as those who run the network promise them."""
    rows = Agreement.objects.filter(
        organisation=HOME_PK,
        metric=Metric.RTT_P99,
        judged_at__gte=now - timedelta(seconds=stale_after_s()),
        site__health__silent_packets=0,
    ).order_by()
    fields = ("site", "state", "objective", "site__health__rtt_ms", "site__health__measured_at")
    found: Seen = {}
    for pk, state, objective_ms, rtt_ms, measured_at in rows.values_list(*fields):
        is_slow = state == State.BREACHED and rtt_ms is not None and rtt_ms > objective_ms
        if is_slow or (rtt_ms is not None and measured_at):
            found[view.place[pk]] = Observed(is_slow, 0.0 if is_slow else measured_at.timestamp(), PACKETS)
    return found


def _slow_sites(now: datetime) -> bool:
    fresh = Agreement.objects.filter(organisation=HOME_PK, judged_at__gte=now - timedelta(seconds=stale_after_s()))
    return fresh.filter(metric=Metric.RTT_P99, state=State.BREACHED).exists()


def _large(causes: Sequence[Cause]) -> list[Cause]:
    return [cause for cause in causes if len(cause.affected) >= LEAST_SITES]


def _trouble(view: View, cause: Cause, problem: str | None) -> Trouble:
    names = {site.pk: site for site in Site.objects.filter(pk__in=_ends(view, cause.elements))}
    words = [_word(view, element, names) for element in cause.elements]
    kinds = {kind for kind, _ in cause.elements}
    known = FAILED if kinds == {"node"} else CUT if kinds == {"link"} else CUT_OR_FAILED
    members = Site.objects.filter(pk__in=[view.site_ids[node] for node in cause.affected]).order_by("slug")
    joint = " + " if cause.is_all else " / "
    node = next((names[view.site_ids[number]] for kind, number in cause.elements if kind == "node"), None)
    return Trouble(
        subject=joint.join(words)[:120],
        specific_problem=problem or known,
        severity=Severity.MAJOR if problem else Severity.CRITICAL,
        alarm_type=AlarmType.QUALITY_OF_SERVICE if problem else AlarmType.COMMUNICATIONS,
        probable_cause="performanceDegraded" if problem else "transmissionError" if "link" in kinds else "lossOfSignal",
        site=node if kinds == {"node"} else None,
        detail={
            "sites": len(cause.affected),
            "causes": words[:MOST_NAMED],
            "is_every_one": cause.is_all,
            "members": list(members.values_list("slug", flat=True)[:MOST_NAMED]),
        },
    )


def _ends(view: View, elements: Sequence[Element]) -> set[int]:
    nodes = {number for kind, number in elements if kind == "node"}
    nodes |= {end for kind, number in elements if kind == "link" for end in view.net.links[number]}
    return {view.site_ids[node] for node in nodes}


def _word(view: View, element: Element, names: Mapping[int, Site]) -> str:
    kind, number = element
    if kind == "node":
        return names[view.site_ids[number]].name_en
    return " – ".join(sorted(names[view.site_ids[end]].name_en for end in view.net.links[number]))


def _follow(raised: Mapping[Pair, Alarm], named: Sequence[Trouble], now: datetime) -> None:
    """Let root causes that are open already name the sites that they explain by now."""
    changed = [(raised[one.pair], one) for one in named if raised[one.pair].detail != one.detail]
    for alarm, trouble in changed:
        alarm.detail = trouble.detail
    alarms = [alarm for alarm, _ in changed]
    save(alarms, ["detail"], now)
    tell(alarms, now)


def _attach(root: Alarm, members: list[str], roots: list[Alarm], now: datetime) -> None:
    """Put what a root cause explains below it: alarms of its sites' agreements, and smaller root causes.

    An alarm of a customer stays by itself: the customer does not see the root cause, and would see nothing.
    """
    # what was raised that long before a root cause has another reason, and goes on standing on its own
    since = root.started_at - timedelta(seconds=stale_after_s())
    fresh = Q(root=None, started_at__gte=since) | Q(root__ended_at__isnull=False)
    ours = Alarm.objects.active().filter(organisation=root.organisation_id, site__slug__in=members)
    below = ours.filter(fresh, detail__has_key="metric").exclude(pk=root.pk)
    found = [*below.whole()]
    found += [one for one in roots if one.pk != root.pk and one.root_id is None and _is_within(one, members)]
    if not found:
        return
    for alarm in found:
        alarm.root = root
    save(found, ["root"], now)
    note(found, EntryKind.CORRELATED, SYSTEM, now, root.subject)
    root.child_count = Alarm.objects.filter(root=root).aggregate(count=Count("pk"))["count"]
    save([root], ["child_count"], now)
    tell([root, *found], now)


def _is_within(root: Alarm, members: list[str]) -> bool:
    return set(root.detail["members"]) < set(members)


def _well(view: View, seen: Seen) -> set[str]:
    well = [view.site_ids[node] for node, one in seen.items() if not one.is_affected]
    return set(Site.objects.filter(pk__in=well).values_list("slug", flat=True))


def _over(roots: list[Alarm], view: View, silent: Seen, slow: Seen) -> list[Alarm]:
    """Return the root causes that a site of theirs refutes by being well again."""
    well = [_well(view, seen) for seen in (silent, slow)] if roots else []
    return [root for root in roots if not well[root.specific_problem == SLOW].isdisjoint(root.detail["members"])]


def _is_rest(trouble: Trouble, over: list[Alarm]) -> bool:
    """Whether a cause may be what is left, within one round, of a larger one that has just ended."""
    members = set(trouble.detail["members"])
    return any(root.clears_at is None and members < set(root.detail["members"]) for root in over)


def _orphans(now: datetime) -> AlarmQuerySet:
    """Return consequences that outlived their root cause: for long, or silent ever since, and asked once more.

    A root cause that flaps is held open when it is over; what does not come back with the others is not held with it.
    """
    held_s = timedelta(seconds=FLAP_QUIET_S)
    over_at = Coalesce(F("root__ended_at"), ExpressionWrapper(F("root__clears_at") - held_s, DateTimeField()))
    never_came_back = Q(site__health__silent_since__lte=F("over_at"), site__health__measured_at__gt=F("over_at"))
    found = Alarm.objects.active().filter(root__isnull=False).annotate(over_at=over_at)
    return found.filter(Q(root__ended_at__lte=now - DETACH_AFTER) | never_came_back)


def _detach(now: datetime) -> None:
    """Let consequences that outlived their root cause stand on their own."""
    found = list(_orphans(now).whole())
    for alarm in found:
        alarm.root = None
    wait_anew(found, now)
    save(found, ["root", *ANEW], now)
    note(found, EntryKind.DETACHED, SYSTEM, now)
    tell(found, now)
