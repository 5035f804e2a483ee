"""One outage of a site is one alarm: what follows from it stands below it."""

from datetime import timedelta

import pytest

from console.access.actor import HOME_PK
from console.actions.audit.audit import SYSTEM
from network.actions.alarms.alarm import apply, end, summary
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.alarm_fold import fold
from network.actions.alarms.managed_object import of_site
from network.actions.service_levels import burn
from network.actions.sla import sla_breaches
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, SiteHealth
from tests.conftest import NOON
from tests.network.alarms.test_alarm_root import healthy, network, play, quiet, roots  # noqa: F401  two are fixtures
from tests.network.owners.rows import RED, customer

pytestmark = pytest.mark.django_db
BURNS = burn.PROBLEMS[Metric.AVAILABILITY]
OUTAGE = sla_breaches.PROBLEMS[Metric.AVAILABILITY]
DARK = "bs-0-07"


def burns(site, second: float, owner=HOME_PK) -> Alarm:
    """Let a budget of a site begin to burn."""
    condition = AlarmCondition(of_site(site), BURNS, None, burn.FAST, owner)
    return apply(Delta([condition]), NOON + timedelta(seconds=second)).raised[0]


def outage() -> Alarm:
    return Alarm.objects.get(problem="availability_breached", site__slug=DARK)


def test_a_budget_that_burns_in_an_outage_stands_below_it(network):  # noqa: F811
    healthy(network)
    play(network, 20, (DARK,))
    burning = burns(network[DARK], 21)
    play(network, 22, (DARK,))
    burning.refresh_from_db()
    assert (burning.root, outage().child_count, outage().root) == (outage(), 1, None)
    counts = summary(NOON)
    assert (sum(counts["counts"].values()), counts["consequences"], counts["gravest"]["id"]) == (1, 1, outage().pk)
    play(network, 24, (DARK,))
    assert AlarmEntry.objects.filter(alarm=burning, kind="correlated", text=outage().subject).count() == 1


def test_what_burnt_before_has_another_reason(network):  # noqa: F811
    burning = burns(network[DARK], -600)
    healthy(network)
    for second in (20, 22):
        play(network, second, (DARK,))
    burning.refresh_from_db()
    assert (burning.root, outage().child_count) == (None, 0)


def test_other_sites_and_other_owners_keep_their_alarms(network):  # noqa: F811
    red = customer(RED)
    healthy(network)
    play(network, 20, (DARK,))
    others = [burns(network["bs-0-08"], 21), burns(network[DARK], 21, red.pk)]
    play(network, 22, (DARK,))
    assert [Alarm.objects.get(pk=alarm.pk).root for alarm in others] == [None, None]


def test_a_root_cause_of_several_sites_takes_what_stood_below_their_outages(network):  # noqa: F811
    healthy(network)
    play(network, 20, (DARK,))
    burning = burns(network[DARK], 21)
    play(network, 22, (DARK,))
    for second in (24, 26, 28):
        play(network, second, ("oa-0", "bs-0"))
    burning.refresh_from_db()
    root = roots().filter(root=None).get()
    assert (burning.root, outage().root, outage().child_count) == (root, root, 0)
    assert root.child_count == Alarm.objects.filter(root=root).count()


def test_once_the_site_answers_a_budget_that_goes_on_burning_stands_on_its_own(network):  # noqa: F811
    healthy(network)
    play(network, 20, (DARK,))
    burning = burns(network[DARK], 21)
    for second in (22, 24):
        play(network, second, (DARK,))
    for second in range(26, 220, 4):
        play(network, second)
    burning.refresh_from_db()
    assert (outage().ended_at is not None, burning.ended_at, burning.root) == (True, None, None)


def test_an_outage_long_before_a_root_cause_keeps_what_stands_below_it(network):  # noqa: F811
    healthy(network)
    play(network, 20, (DARK,))
    burning = burns(network[DARK], 21)
    for second in range(22, 120, 4):
        play(network, second, (DARK,))
    for second in (120, 122, 124, 126):
        play(network, second, ("oa-0", "bs-0"))
    assert DARK in roots().filter(root=None).get().detail["members"]
    burning.refresh_from_db()
    assert (burning.root, outage().root, outage().child_count) == (outage(), None, 1)


def test_what_is_over_below_an_outage_goes_along_to_the_root_cause_and_can_be_acknowledged_there(network):  # noqa: F811
    healthy(network)
    play(network, 20, (DARK,))
    burning = burns(network[DARK], 21)
    play(network, 22, (DARK,))
    end([burning], SYSTEM, NOON + timedelta(seconds=23))
    for second in (24, 26, 28):
        play(network, second, ("oa-0", "bs-0"))
    burning.refresh_from_db()
    root = roots().filter(root=None).get()
    assert (burning.root, outage().root) == (root, root)
    assert root.child_count == Alarm.objects.filter(root=root).count()


def test_what_follows_from_many_outages_is_put_below_them_in_a_few_queries(
    make_site, django_assert_max_num_queries, monkeypatch
):
    sites = [make_site(f"s-{number:02d}") for number in range(30)]
    SiteHealth.objects.bulk_create(SiteHealth(site=site, silent_packets=6, silent_since=NOON) for site in sites)
    apply(Delta([AlarmCondition(of_site(site), OUTAGE) for site in sites]), NOON)
    apply(Delta([AlarmCondition(of_site(site), BURNS, None, burn.FAST) for site in sites]), NOON)
    monkeypatch.setattr("network.actions.alarms.alarm_fold.MOST_AT_ONCE", 25)
    with django_assert_max_num_queries(12):
        fold(NOON)
    assert Alarm.objects.filter(problem=BURNS.code, root__isnull=False).count() == 25
    fold(NOON)
    below = Alarm.objects.filter(problem=BURNS.code).select_related("root")
    assert all(alarm.root and alarm.root.site_id == alarm.site_id for alarm in below)
    assert set(Alarm.objects.filter(problem=OUTAGE.code).values_list("child_count", flat=True)) == {1}
    texts = dict(AlarmEntry.objects.filter(kind="correlated").values_list("alarm", "text"))
    assert texts == {alarm.pk: alarm.root.subject for alarm in below if alarm.root}
