"""What Loft itself has just started is unknown, never a breach: the prober, the simulated stations, all of it."""

import os
from datetime import timedelta

import pytest

from console.run import starts
from network.actions.equipment import counters
from network.actions.measurement import latency_histogram, prober_health, settling
from network.actions.measurement.settling import Settling
from network.actions.sla import probing
from network.models import Agreement, Alarm, Breach, SampleDigest, SiteHealth, StampSample
from network.probes.stamp import PROBER, Measured, Round
from network.probes.stations import Away
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    monkeypatch.setattr(probing, "_settling", Settling())


@pytest.fixture
def started(settings, tmp_path):
    """Note that a process started so many seconds after noon."""
    settings.LOFT_RUN_DIR = tmp_path

    def note(name, second=0.0):
        file, at_s = tmp_path / f"{name}.pid", NOON.timestamp() + second
        file.write_text("1\n")
        os.utime(file, (at_s, at_s))

    return note


def at(second):
    return NOON + timedelta(seconds=second)


def round_of(sites, second, lost=0, is_well=True):
    at_ns = int(at(second).timestamp() * 1e9)
    rtts_ms = [None] * lost + [1.0] * (3 - lost)
    return Round([Measured(site.pk, at_ns, rtts_ms, 0, 0, 0.1) for site in sites], 1.0, True, is_well, at_ns)


def measure(sites, second, lost=0, is_well=True):
    probing.measure([site.pk for site in sites], at(second), ask=lambda *_: round_of(sites, second, lost, is_well))


def states():
    return {*Agreement.objects.values_list("state", flat=True)}


def test_rounds_after_a_start_are_kept_and_are_unknown_until_it_is_calm(started, make_site, make_agreement):
    site = make_site()
    make_agreement(site, min_samples=2)
    started("worker-probes")
    for second in range(1, 10, 2):
        measure([site], second, lost=3)
    assert (states(), Breach.objects.count(), Alarm.objects.count()) == ({"unknown"}, 0, 0)
    for second in range(11, 17, 2):
        assert states() == {"unknown"}
        measure([site], second)
    assert StampSample.objects.filter(is_trusted=False).count() == 7
    measure([site], 17)
    assert states() == {"met"}
    assert SiteHealth.objects.get().silent_since is None


def test_the_minute_of_a_start_is_unknown_time_in_the_digest(started, make_site):
    site = make_site()
    started("worker-probes")
    for second in range(1, 60, 2):
        measure([site], second, lost=3 if second < 9 else 0)
    latency_histogram.draw_minutes(at(120))
    sample_digest = SampleDigest.objects.get()
    assert (sample_digest.untrusted_rounds, sample_digest.rounds, sample_digest.answered_rounds) == (6, 24, 24)


def test_a_restart_of_the_simulated_stations_breaks_nothing_even_in_the_round_that_it_cuts(
    started, make_site, make_agreement, settings
):
    settings.LOFT_DEMO = True
    sites = [make_site(f"bs-00{number}") for number in range(4)]
    for site in sites:
        make_agreement(site, min_samples=1)
    started("worker-probes", -600)
    started("basestations", -600)
    measure(sites, 0)
    assert states() == {"met"}
    started("basestations", 2.4)  # while its answers were awaited
    for second, lost in ((2.0, 3), (4, 3), (6, 1), (8, 0), (10, 0), (12, 0)):
        measure(sites, second, lost=lost)
        assert states() == {"unknown"}
    measure(sites, 14)
    assert (states(), Breach.objects.count(), Alarm.objects.count()) == ({"met"}, 0, 0)


def test_without_simulated_stations_their_start_means_nothing(started, settings):
    settings.LOFT_DEMO = False
    started("basestations")
    assert not Settling().is_on(Round([], 1.0, True, True, 0), at(1))


def test_a_site_that_is_truly_down_is_told_of_a_minute_after_a_start_at_the_latest(started, make_site, make_agreement):
    sites = [make_site("bs-000"), make_site("bs-001")]
    make_agreement(sites[0], min_samples=1)
    started("worker-probes")
    for second in range(1, 60, 2):
        measure(sites, second, lost=3)
    assert (states(), Alarm.objects.count()) == ({"unknown"}, 0)
    measure(sites, 61, lost=3)
    assert (states(), Breach.objects.count()) == ({"breached"}, 1)


def test_one_site_of_a_hundred_that_is_down_does_not_prolong_the_settling(started):
    state = Settling()
    started("worker-probes")
    measured = [Measured(key, 0, [None] * 3 if key == 7 else [1.0] * 3, 0, 0, 0.1) for key in range(100)]
    rounds = [state.is_on(Round(measured, 1.0, True, True, 0), at(second)) for second in (1, 3, 5, 7, 9, 11)]
    assert rounds == [True] * 5 + [False]


def test_once_settled_a_fault_counts_at_once(started, make_site):
    state, sites = Settling(), [make_site()]
    started("worker-probes")
    assert [state.is_on(round_of(sites, s), at(s)) for s in (6, 8, 10)] == [True, True, False]
    assert not state.is_on(round_of(sites, 12, lost=3), at(12))


def test_a_probe_that_is_unwell_only_because_it_starts_is_no_alarm(started, make_site):
    site = make_site()
    started("worker-probes")
    measure([site], 1, is_well=False)
    assert Alarm.objects.count() == 0
    measure([site], 61, is_well=False)
    assert Alarm.objects.get().subject == PROBER


def test_that_nothing_was_measured_while_loft_was_away_is_no_alarm(started, make_site):
    measure([make_site(probe_port=9)], 0)
    starts.note_console_start(at(300))
    assert not prober_health.report_silence(at(330))
    assert prober_health.report_silence(at(361))
    assert Alarm.objects.get().specific_problem == prober_health.PROBE_SILENT.text


def test_counters_that_are_silent_because_loft_or_who_counts_starts_are_no_alarm(started, settings):
    settings.LOFT_DEMO = True
    starts.note_console_start(at(0))
    started("basestations", 200)

    def nobody():
        raise Away("refused")

    limit_s = counters.counters_stale_after().total_seconds()
    for second in (1, limit_s - 1, 200.5, 200 + limit_s - 1):
        counters.read("", "zzz", at(second), nobody)
        assert Alarm.objects.count() == 0
    counters.read("", "zzz", at(200 + limit_s), nobody)
    assert Alarm.objects.get().specific_problem == counters.INTERFACE_AWAY.text


def test_every_probe_has_a_process_whose_start_is_known():
    assert {*settling.PROCESSES.values()} == {"worker-probes", "worker-checks"}


def test_a_round_in_which_the_clock_was_set_is_unknown_and_so_are_the_next_ten_seconds(hands, settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    for step_s in (3_600, -3_600, -20, 5):
        state, heard = Settling(), []
        hands.pass_s(2)
        heard.append(state.is_on(round_of([], 0), hands.at))
        hands.set_by_s(step_s)
        for _ in range(7):
            heard.append(state.is_on(round_of([], 0), hands.at))
            hands.pass_s(2)
        assert heard == [False, True, True, True, True, True, False, False]


def test_what_was_measured_while_the_clock_was_set_is_no_breach(
    hands, settings, tmp_path, make_site, make_agreement, monkeypatch
):
    settings.LOFT_RUN_DIR = tmp_path
    monkeypatch.setattr(probing, "_settling", Settling())
    site = make_site()
    make_agreement(site, min_samples=2)
    for second in (0, 2, 4):
        measure([site], second)
    assert states() == {"met"}
    hands.set_by_s(30)
    for second in (36, 38, 40):
        measure([site], second, lost=3)
    assert not Breach.objects.exists()
    assert StampSample.objects.filter(is_trusted=False).count() == 3
