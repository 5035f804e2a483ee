"""Compliance that rests on the ledger: budgets, burn rates, their alarms, what browsers hear."""

from datetime import timedelta

import pytest

from console.actions.audit.audit import Actor
from console.errors import Refused
from network.actions.alarms import operator_actions
from network.actions.service_levels import burn, compliance, ledger, overdrawn
from network.actions.service_levels.timeline import timeline
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    Alarm,
    Breach,
    ComplianceStatus,
    Maintenance,
    ServiceCount,
)
from tests.conftest import NOON
from tests.network.service_levels.conftest import MINUTE, fill, spoil, sum_anew

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


def judged(agreement) -> ComplianceStatus:
    compliance.judge_all(NOON + timedelta(seconds=31))
    return ComplianceStatus.objects.get(agreement=agreement)


def test_a_month_of_good_service_leaves_the_budget_untouched(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.999)
    fill(agreement, 4 * 24 * 60)
    status = judged(agreement)
    assert (status.state, status.achieved_share, status.budget_left_share) == ("met", 1.0, 1.0)
    assert (status.burn_5m, status.burn_1h, status.burn_6h, status.burn_3d) == (0, 0, 0, 0)
    assert status.total == 4 * 24 * 60 * 30
    assert (status.unknown_s, status.burn_alert) == (0, "")
    assert status.counted_until == NOON


def test_ten_bad_minutes_in_the_last_hour_page_somebody_and_the_alarm_ends_when_they_do(
    make_site, make_agreement, heard
):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    status = judged(agreement)
    assert status.burn_5m == pytest.approx(100)
    assert status.burn_1h == pytest.approx(10 / 60 / 0.01)  # 16.7
    assert (status.burn_alert, status.state) == ("page", "at_risk")
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.subject, alarm.specific_problem) == (
        "major",
        "BS-000",
        "Error budget burns: availability",
    )
    assert alarm.detail["burn_1h"] == pytest.approx(16.7, abs=0.1)
    spoil(5, good=30)  # five bad minutes are left: 8.3 over an hour, 0 over five minutes, 1.4 over six hours
    assert judged(agreement).burn_alert == ""


def test_a_burn_that_is_over_clears_its_alarm(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    assert judged(agreement).burn_alert == "page"
    spoil(10, good=30)
    assert judged(agreement).burn_alert == ""
    assert Alarm.objects.active().count() == 0


def test_a_burn_under_maintenance_alarms_nobody(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    Maintenance.objects.create(
        kind="site", key="bs-000", starts_at=NOON, ends_at=NOON + 9 * MINUTE, reason="swap", actor="a", made_at=NOON
    )
    assert judged(agreement).burn_alert == ""
    assert Alarm.objects.count() == 0


def test_a_new_agreement_is_not_blamed_for_the_time_before_it(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 60)
    status = judged(agreement)
    assert (status.state, status.unknown_s) == ("met", 0)
    assert status.period_started_at == NOON - timedelta(hours=1)
    assert status.burn_1h == 0
    spoil(10, good=0)
    status = judged(agreement)
    assert (status.burn_alert, status.burn_3d) == ("page", pytest.approx(10 / (3 * 24 * 60) / 0.01))


def test_unknown_time_is_shown_and_makes_the_standing_unknown(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 60)
    ServiceCount.objects.filter(span_s=60, started_at__lt=NOON - 50 * MINUTE).update(good=0, total=0, unknown_s=60)
    sum_anew()
    status = judged(agreement)
    assert (status.state, status.unknown_s, status.achieved_share) == ("unknown", 600, 1.0)


def test_an_agreement_without_a_ledger_has_no_standing(make_site, make_agreement):
    make_agreement(make_site())
    assert compliance.judge_all(NOON) == 0


def test_browsers_hear_of_what_changed_and_of_nothing_else(make_site, make_agreement, heard):
    agreement, two = make_agreement(make_site("bs-001")), make_agreement(make_site("bs-002"))
    fill(agreement, 60)
    fill(two, 60)
    compliance.judge_all(NOON + MINUTE)
    assert [row["agreement"] for row in heard[-1].rows] == [agreement.pk, two.pk]
    assert '"state": "met"' in heard[-1].as_json()
    heard.clear()
    compliance.judge_all(NOON + MINUTE)
    assert heard == []
    ServiceCount.objects.filter(agreement=two, span_s=60).update(good=0)
    ServiceCount.objects.filter(agreement=two, span_s=3_600).update(good=0)
    compliance.judge_all(NOON + MINUTE)
    assert [row["agreement"] for event in heard if type(event).__name__ == "StandingChanged" for row in event.rows] == [
        two.pk
    ]


def test_judging_asks_no_more_for_many_agreements_than_for_one(
    make_site, make_agreement, django_assert_max_num_queries
):
    for number in range(40):
        fill(make_agreement(make_site(f"bs-{number:03d}"), period=["rolling_1d", "calendar_month"][number % 2]), 3)
    with django_assert_max_num_queries(30):
        compliance.judge_all(NOON + MINUTE)


def test_calendar_periods_forget_what_was_before_them(make_site, make_agreement, settings):
    settings.TIME_ZONE = "Asia/Shanghai"  # noon of UTC is eight in the evening
    agreement = make_agreement(make_site(), target_share=0.9, period="calendar_day")
    fill(agreement, 24 * 60)
    ServiceCount.objects.filter(started_at__lt=NOON - timedelta(hours=20)).update(good=0)
    status = judged(agreement)
    assert (status.good, status.total) == (20 * 1_800, 20 * 1_800)
    assert status.period_started_at == NOON - timedelta(hours=20)


def test_every_problem_that_burning_can_name_has_its_chinese():
    from tests.messages import known_to

    for problems in (burn.PROBLEMS, overdrawn.PROBLEMS):
        texts = {problem.text for problem in problems.values()}
        assert texts <= set(known_to("network", "django"))
        assert texts <= set(known_to("network", "djangojs"))
        assert set(problems) == set(Metric)


@pytest.mark.parametrize("gone", ["agreement", "standing"])
def test_what_is_removed_while_it_is_judged_stays_away_and_pages_nobody(make_site, make_agreement, monkeypatch, gone):
    agreement, other = make_agreement(make_site(), target_share=0.99), make_agreement(make_site("bs-001"))
    for item in (agreement, other):
        fill(item, 4 * 24 * 60)
    spoil(10, good=0)
    judge = compliance.judge

    def removed_after(*result):
        removed_after = judge(*result)
        (agreement if gone == "agreement" else ComplianceStatus.objects.filter(agreement=agreement)).delete()
        return removed_after

    monkeypatch.setattr(compliance, "judge", removed_after)
    compliance.judge_all(NOON + timedelta(seconds=31))
    assert list(ComplianceStatus.objects.values_list("agreement_id", flat=True)) == [other.pk]
    assert ComplianceStatus.objects.get().judged_at == NOON + timedelta(seconds=31)
    assert not Alarm.objects.filter(subject="BS-000").exists()


def overdrawn_link():
    link = Agreement.objects.create(
        kind="link", key="a~b", metric="availability", objective=0.9, target_share=0.9, period="calendar_day", name="ab"
    )
    fill(link, 12 * 60, good=0)
    return link


def test_an_overdrawn_budget_of_a_link_opens_one_breach_and_a_new_period_closes_it(settings):
    settings.TIME_ZONE = "UTC"
    link = overdrawn_link()
    assert judged(link).state == "breached"
    judged(link)
    breach = Breach.objects.get()
    assert (breach.agreement, breach.started_at, breach.ended_at, breach.worst_value) == (link, NOON, None, 0)
    (row,) = [row for row in timeline(link, NOON - MINUTE, NOON + MINUTE, NOON) if row.kind == "breach"]
    assert row.text_en == "Breached over its period: the budget is overdrawn; least share achieved 0.0000%"
    midnight = NOON + timedelta(hours=12)
    ledger.write([link], midnight, midnight + MINUTE)  # a minute that nobody measured: unknown, of a new day
    compliance.judge_all(midnight + 2 * MINUTE)
    assert ComplianceStatus.objects.get().state == "unknown"
    assert Breach.objects.get().ended_at == midnight + 2 * MINUTE


def test_an_unknown_standing_leaves_the_breach_of_its_period_open():
    link = overdrawn_link()
    judged(link)
    compliance_status = ComplianceStatus.objects.select_related("agreement__site").get()
    compliance_status.state = "unknown"
    overdrawn.settle([compliance_status], NOON + MINUTE)
    assert Breach.objects.get().ended_at is None
    compliance_status.state = "met"
    overdrawn.settle([compliance_status], NOON + MINUTE)
    assert Breach.objects.get().ended_at == NOON + MINUTE


def test_a_used_up_budget_that_burns_no_more_keeps_its_alarm_until_there_is_budget_again(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99, period="rolling_7d")
    fill(agreement, 4 * 24 * 60)
    ServiceCount.objects.filter(span_s=60, started_at__lt=NOON - timedelta(hours=80)).update(good=0)
    sum_anew()
    status = judged(agreement)
    assert (status.burn_alert, status.state) == ("", "breached")
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.specific_problem) == ("minor", "Budget used up: availability")
    assert alarm.detail["budget_left_share"] < 0
    assert Breach.objects.count() == 0  # the short window tells the breaches of a site's availability
    with pytest.raises(Refused, match="still measured"):
        operator_actions.clear_by_hand(Actor("a"), [alarm.pk], NOON)
    spoil(4 * 24 * 60, good=30)
    judged(agreement)
    assert Alarm.objects.active().count() == 0
