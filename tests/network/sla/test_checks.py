"""From a round of measurements to verdicts, breaches and alarms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.run.process_states import ENDED, UP
from network.actions.measurement import latency_histogram, prober_health
from network.actions.sla import probing, sla, sla_breaches
from network.kernels.sla.sla import Metric
from network.models import Agreement, Alarm, Breach, Site, SiteHealth, StampSample
from network.probes.stamp import Measured, Round
from tests.conftest import NOON
from tests.retention import deleted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


def measured(site: Site, rtts_ms, at) -> Measured:
    return Measured(site.pk, int((at - timedelta(milliseconds=500)).timestamp() * 1e9), rtts_ms, 0, 0, 0.1)


def check(site: Site, second: float, rtts_ms, *, is_well: bool = True) -> None:
    at = NOON + timedelta(seconds=second)
    sla.check(Round([measured(site, rtts_ms, at)], 1.0, True, is_well, int(at.timestamp() * 1e9)))


def test_a_site_that_falls_silent_is_breached_alarmed_and_later_cleared(make_site, make_agreement, heard):
    site = make_site()
    agreement = make_agreement(site)
    for second in range(0, 20, 2):
        check(site, second, [1.0, 1.1])
    assert Agreement.objects.get().state == "met"
    for second in range(20, 26, 2):
        check(site, second, [None, None])
    breach, alarm = Breach.objects.get(), Alarm.objects.get()
    assert (breach.agreement, breach.ended_at) == (agreement, None)
    assert breach.started_at == NOON + timedelta(seconds=22)
    assert (alarm.severity, alarm.subject, alarm.state) == ("major", "BS-000", "unacknowledged")
    assert SiteHealth.objects.get().state == "breached"
    for second in range(26, 60, 2):
        check(site, second, [1.0, 1.1])
    breach.refresh_from_db()
    alarm.refresh_from_db()
    assert breach.ended_at == alarm.ended_at == NOON + timedelta(seconds=52)
    assert breach.worst_value == pytest.approx(10 / 13)
    assert [type(event).__name__ for event in heard].count("AlarmChanged") == 2


def test_only_one_breach_is_open_at_a_time(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for second in range(0, 40, 2):
        check(site, second, [None])
    assert Breach.objects.count() == Alarm.objects.count() == 1


def test_a_slow_site_breaks_its_promise_of_time_but_not_of_availability(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    make_agreement(site, Metric.RTT_P99, 4.0, window_s=60, min_samples=5)
    for second in range(0, 10, 2):
        check(site, second, [9.0, 9.0])
    assert dict(Agreement.objects.values_list("metric", "state")) == {"availability": "met", "rtt_p99": "breached"}
    assert Alarm.objects.get().specific_problem == "Round-trip time above its objective"
    assert Alarm.objects.get().detail == {"metric": "rtt_p99", "value": 9.0, "objective": 4.0}


def test_loss_is_judged_over_packets(make_site, make_agreement):
    site = make_site()
    make_agreement(site, Metric.LOSS_SHARE, 0.1)
    for second in range(0, 10, 2):
        check(site, second, [1.0, None, 1.0])
    assert Agreement.objects.get().value == pytest.approx(1 / 3)
    assert Alarm.objects.get().specific_problem == "Packet loss above its objective"


def test_before_there_are_enough_samples_a_site_is_unknown(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    check(site, 0, [1.0])
    assert Agreement.objects.get().state == "unknown"
    assert SiteHealth.objects.get().state == "unknown"


def test_an_unwell_probe_concludes_nothing_and_says_so(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for second in range(0, 20, 2):
        check(site, second, [1.0])
    for second in range(20, 40, 2):
        check(site, second, [None], is_well=False)
    assert Agreement.objects.get().state == "unknown"
    assert Breach.objects.count() == 0
    assert Alarm.objects.get().specific_problem == "The probe is too slow to measure"
    check(site, 40, [1.0])
    assert Alarm.objects.active().count() == 0


def test_an_open_breach_stays_open_while_nothing_is_known(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for second in range(0, 10, 2):
        check(site, second, [None])
    check(site, 12, [1.0], is_well=False)
    assert Breach.objects.get().ended_at is None


def test_when_no_site_answers_the_probe_is_cut_off_and_no_site_is_blamed(make_site, make_agreement):
    sites = [make_site(f"bs-00{number}") for number in range(6)]
    for site in sites:
        make_agreement(site)
    for second in range(0, 12, 2):
        at = NOON + timedelta(seconds=second)
        rows = [measured(site, [None], at) for site in sites]
        sla.check(Round(rows, 1.0, True, True, int(at.timestamp() * 1e9)))
    assert set(Agreement.objects.values_list("state", flat=True)) == {"unknown"}
    assert [alarm.specific_problem for alarm in Alarm.objects.all()] == ["No site answers the probe"]


def test_old_knowledge_is_none(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for second in range(0, 10, 2):
        check(site, second, [1.0])
    health, agreement = SiteHealth.objects.get(), Agreement.objects.get()
    assert health.state_at(NOON + timedelta(seconds=20)) == agreement.state_at(NOON + timedelta(seconds=20)) == "met"
    assert (
        health.state_at(NOON + timedelta(seconds=24)) == agreement.state_at(NOON + timedelta(seconds=24)) == "unknown"
    )


def test_a_silent_probe_raises_an_alarm_that_the_next_round_clears(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    assert not prober_health.report_silence(NOON)  # never measured: nothing has fallen silent
    check(site, 0, [1.0])
    assert not prober_health.report_silence(NOON + timedelta(seconds=10))
    assert prober_health.report_silence(NOON + timedelta(seconds=20))
    assert Alarm.objects.get().specific_problem == "Nothing is measured"
    check(site, 22, [1.0])
    assert Alarm.objects.active().count() == 0


def test_browsers_hear_one_event_per_round_and_one_per_change(make_site, make_agreement, heard):
    site = make_site()
    make_agreement(site)
    for second in range(0, 10, 2):
        check(site, second, [1.0])
    names = [type(event).__name__ for event in heard]
    assert (names.count("SitesMeasured"), names.count("SlaChanged"), names.count("AgreementsJudged")) == (5, 1, 1)
    (result,) = [event for event in heard if event.topic == "agreements"]
    assert (result.right, result.site, result.agreements[0]["state"]) == ("network.view_agreement", "bs-000", "met")
    assert heard[-1].sites[0]["slug"] == "bs-000"
    assert '"measured_at": "2026-06-01T12:00:08+00:00"' in heard[-1].as_json()


def test_a_round_costs_few_statements_however_many_sites_it_has(
    make_site, make_agreement, django_assert_max_num_queries
):
    sites = [make_site(f"bs-{number:03d}") for number in range(30)]
    for site in sites:
        make_agreement(site)
        make_agreement(site, Metric.RTT_P99, 4.0)
    rows = [measured(site, [1.0], NOON) for site in sites]
    with django_assert_max_num_queries(20):
        sla.check(Round(rows, 1.0, True, True, int(NOON.timestamp() * 1e9)))


def test_old_samples_are_deleted_and_young_ones_kept(make_site):
    site = make_site()
    for hour in range(10):
        StampSample.objects.create(
            site=site, sent_at=NOON - timedelta(hours=hour), packets=1, lost=0, rtts_ms=[1.0], probe_delay_ms=0
        )
    now = NOON + timedelta(hours=19.5)  # of 24 hours
    latency_histogram.draw_minutes(now)
    assert deleted("samples", now, rows=3) == 5
    assert StampSample.objects.count() == 5


def test_shards_hold_the_keys_of_probed_sites_only(make_site, settings):
    settings.LOFT_PROBE_SHARD_SITES = 2
    keys = [make_site(f"bs-00{number}").pk for number in range(5)]
    make_site("core", probe_port=None)
    assert probing.shards() == [keys[:2], keys[2:4], keys[4:]]


def test_every_problem_that_an_alarm_can_name_has_its_chinese():
    from tests.messages import known_to

    probers = (prober_health.PROBE_UNWELL, prober_health.PROBE_SILENT, prober_health.PROBE_CUT_OFF)
    problems = {problem.text for problem in (*sla_breaches.PROBLEMS.values(), *probers)}
    assert problems <= set(known_to("network", "django"))
    assert problems <= set(known_to("network", "djangojs"))


def all_checked(sites, second: float, rtt_ms: float | None) -> None:
    at = NOON + timedelta(seconds=second)
    sla.check(Round([measured(site, [rtt_ms], at) for site in sites], 1.0, True, True, int(at.timestamp() * 1e9)))


def test_between_rare_rounds_nothing_is_stale_and_three_that_nobody_answers_are_told(make_site, settings):
    settings.LOFT_PROBE_PERIOD_S = 20
    sites = [make_site(f"bs-00{number}") for number in range(5)]
    all_checked(sites, 0, 1.0)
    assert not prober_health.report_silence(NOON + timedelta(seconds=59))
    assert prober_health.report_silence(NOON + timedelta(seconds=61))
    for second in (80, 100, 120):
        all_checked(sites, second, None)
    assert Alarm.objects.active().get().specific_problem == prober_health.PROBE_CUT_OFF.text


def test_between_rare_rounds_a_site_keeps_its_state(make_site, make_agreement, settings):
    settings.LOFT_PROBE_PERIOD_S = 20
    make_agreement(make_site(), min_samples=1, window_s=60)
    all_checked(Site.objects.all(), 0, 1.0)
    health = SiteHealth.objects.get()
    ages = [health.state_at(NOON + timedelta(seconds=second)).value for second in (20, 60, 61)]
    assert ages == ["met", "met", "unknown"]


def test_a_site_that_comes_back_after_hours_has_lost_more_than_a_column_holds_and_spoils_no_round(make_site):
    back, well = make_site(), make_site("bs-001")
    measurement = replace(measured(back, [1.0], NOON), lost_forward=43_200, duplicates=70_000)
    sla.check(Round([measurement, measured(well, [1.0], NOON)], 1.0, True, True, int(NOON.timestamp() * 1e9)))
    assert list(StampSample.objects.order_by("site").values_list("lost_forward", "duplicates")) == [
        (32_767, 32_767),
        (0, None),
    ]


def test_while_the_prober_does_not_run_that_is_the_alarm(make_site, make_agreement, runs):
    make_agreement(site := make_site())
    check(site, 0, [1.0])
    runs("worker-probes", ENDED)
    assert prober_health.report_silence(NOON + timedelta(seconds=20))
    assert not Alarm.objects.exists()
    runs("worker-probes", UP)
    assert prober_health.report_silence(NOON + timedelta(seconds=22))
    assert Alarm.objects.get().specific_problem == "Nothing is measured"
