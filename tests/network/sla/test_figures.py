"""What was promised and what is: figures of alarms as they are now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from console.models import Organisation
from network.actions.alarms.alarm import end
from network.actions.sla.figures import figures
from network.kernels.sla.sla import Metric
from network.models import Alarm, SiteHealth
from tests.network.alarms.conditions import condition, raised

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 3, 31, tzinfo=UTC)
SILENT = NOW - timedelta(seconds=55)
UNAVAILABLE, SLOW, LOSSY = (
    "Availability below its objective", "Round-trip time above its objective", "Packet loss above its objective",
)  # fmt: skip
FAILED = "Site failed: everything behind it is silent"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def site(make_site):
    return make_site()


def measured(site, age_s=1.0, **fields):
    """Note how a site was in its last round."""
    at = NOW - timedelta(seconds=age_s)
    return SiteHealth.objects.create(site=site, measured_at=at, packets=3, **fields)


def figure_of(site, text):
    """Return the present figure of an alarm that is raised of the site."""
    raised([condition(site.name_en, text, site=site, detail={"metric": "m", "value": 0.867, "objective": 0.9})], NOW)
    alarms = list(Alarm.objects.whole().select_related("site__health"))
    return figures(alarms, NOW).get(alarms[0].pk)


def promise(make_agreement, site, metric=Metric.AVAILABILITY, objective=0.9, **fields):
    return make_agreement(site, metric, objective, **{"state": "breached", "judged_at": NOW, **fields})


def test_of_a_silent_site_nothing_is_available_though_the_window_still_holds_answers(site, make_agreement):
    promise(make_agreement, site, value=0.867)
    health = measured(site, silent_since=SILENT, silent_packets=60)
    figure = figure_of(site, UNAVAILABLE)
    assert (figure.metric, figure.value, figure.promised) == ("availability", 0.0, 0.9)
    assert (figure.silent_since, figure.at, figure.source) == (SILENT, health.measured_at, "measured")


def test_a_site_that_answers_again_is_told_by_its_window(site, make_agreement):
    promise(make_agreement, site, value=0.5)
    measured(site, rtt_ms=1.0)
    figure = figure_of(site, UNAVAILABLE)
    assert (figure.value, figure.promised, figure.at, figure.silent_since) == (0.5, 0.9, NOW, None)


@pytest.mark.parametrize(("text", "metric"), [(SLOW, Metric.RTT_P99), (LOSSY, Metric.LOSS_SHARE)])
def test_while_nothing_answers_neither_time_nor_loss_is_known(site, make_agreement, text, metric):
    promise(make_agreement, site, metric, 0.02, value=0.4)
    measured(site, silent_since=SILENT, silent_packets=60)
    figure = figure_of(site, text)
    assert (figure.metric, figure.value, figure.promised, figure.silent_since) == (metric.value, None, 0.02, SILENT)


def test_what_was_measured_long_ago_is_unknown_and_no_silence_either(site, make_agreement):
    promise(make_agreement, site, value=0.5, judged_at=NOW - timedelta(minutes=5))
    measured(site, age_s=300, silent_since=SILENT, silent_packets=60)
    figure = figure_of(site, UNAVAILABLE)
    assert (figure.value, figure.promised, figure.silent_since) == (None, 0.9, None)
    assert figure.at == NOW - timedelta(minutes=5)


def test_a_promise_that_was_withdrawn_is_none(site, make_agreement):
    promise(make_agreement, site, value=0.5, ended_at=NOW)
    measured(site, rtt_ms=1.0)
    figure = figure_of(site, UNAVAILABLE)
    assert (figure.value, figure.promised) == (None, None)


def test_the_promise_is_that_of_whoever_owns_the_alarm(site, make_agreement):
    other = Organisation.objects.create(slug="o", name_en="O", name_zh="O", kinds=[], made_at=NOW)
    promise(make_agreement, site, value=0.5, organisation=other)
    measured(site, rtt_ms=1.0)
    assert figure_of(site, UNAVAILABLE).promised is None


def test_a_root_cause_tells_since_when_its_site_is_silent_and_promises_nothing(site):
    measured(site, silent_since=SILENT, silent_packets=60)
    figure = figure_of(site, FAILED)
    assert (figure.metric, figure.value, figure.promised, figure.silent_since) == ("", None, None, SILENT)


@pytest.mark.parametrize("text", ["Too warm in the cabinet", FAILED])
def test_what_is_not_measured_round_by_round_or_is_not_silent_has_no_figure(site, text):
    measured(site, rtt_ms=1.0)
    assert figure_of(site, text) is None


def test_a_site_that_was_never_measured_is_unknown(site, make_agreement):
    promise(make_agreement, site, state="unknown", judged_at=None)
    figure = figure_of(site, UNAVAILABLE)
    assert (figure.value, figure.promised, figure.at, figure.silent_since) == (None, 0.9, None, None)


def test_an_alarm_that_is_over_has_no_present_figure(site, make_agreement):
    promise(make_agreement, site, value=0.5)
    alarms = raised([condition("BS", UNAVAILABLE, site=site)], NOW)
    assert set(figures(alarms, NOW)) == {alarms[0].pk}
    assert figures(end(alarms, SYSTEM, NOW), NOW) == {}


def test_many_alarms_cost_one_question(make_site, make_agreement, django_assert_num_queries):
    for number in range(5):
        site = make_site(f"bs-00{number}")
        promise(make_agreement, site, value=0.5)
        measured(site, rtt_ms=1.0)
        raised([condition(site.name_en, UNAVAILABLE, site=site)], NOW)
    alarms = list(Alarm.objects.whole().select_related("site__health"))
    with django_assert_num_queries(1):
        assert len(figures(alarms, NOW)) == 5


def test_list_and_detail_show_the_present_figure(site, make_agreement, signed_in):
    now = timezone.now()
    promise(make_agreement, site, value=0.867, judged_at=now)
    measured(site, age_s=(NOW - now).total_seconds(), silent_since=now - timedelta(seconds=55), silent_packets=60)
    [alarm] = raised([condition("BS", UNAVAILABLE, site=site, detail={"value": 0.867})], now)
    viewer = signed_in("viewer")
    row = viewer.get("/api/v1/alarms").json()["results"][0]
    figure = row["figure"]
    assert (figure["metric"], figure["value"], figure["promised"]) == ("availability", 0.0, 0.9)
    assert datetime.fromisoformat(figure["silent_since"]) == now - timedelta(seconds=55)
    assert row["detail"]["value"] == 0.867
    assert viewer.get(f"/api/v1/alarms/{alarm.pk}").json()["figure"] == figure
