"""What simulated sites hide: slow decay by the calendar, neighbours that disturb, a backhaul that fills by the hour."""

import numpy as np
import pytest

from network.emulator.equipment.configuration import APPLY_AFTER_S
from network.emulator.equipment.hidden import DAY_S, MOST_LOST_DB, backhaul_use_share, profile_of
from network.emulator.faults.faults import Fault
from network.emulator.reflector import waits_ms
from network.kernels.topology.latency import mm1_ms
from tests.network.emulator.test_counters import NOON_S, World, mean_dbm, place


def wearing(least_db_a_day: float = 0.1):
    """Return the name and profile of a site whose amplifiers lose power fast."""
    profiles = ((f"s-{number}", profile_of(place(f"s-{number}"), 1)) for number in range(2_000))
    return next(
        (slug, site_profile) for slug, site_profile in profiles if 0.25 > site_profile.decay_db_a_day > least_db_a_day
    )


def received_dbm(values: dict) -> float:
    return sum(mean_dbm(cell) for cell in values["cells"]) / len(values["cells"])


def test_amplifiers_and_fans_wear_by_the_calendar_however_often_the_emulator_starts():
    slug, profile = wearing()
    repaired_s = (profile.repaired_d + 500 * profile.repair_d) * DAY_S
    worn_d = int(profile.repair_d) - 1

    def counters_after(days: int) -> dict:
        world = World(place(slug, east_m=50_000.0))
        world.now_s = repaired_s + days * DAY_S + 10.0
        return world.counters(slug)

    new, worn, repaired = counters_after(0), counters_after(worn_d), counters_after(int(profile.repair_d) + 1)
    expected_db = min(worn_d * profile.decay_db_a_day, MOST_LOST_DB)
    assert profile.lost_db(repaired_s + worn_d * DAY_S) == pytest.approx(expected_db, abs=0.06) != 0.0
    assert profile.warmer_c(repaired_s + worn_d * DAY_S) > profile.warmer_c(repaired_s + DAY_S) > 0.0
    assert received_dbm(new) - received_dbm(worn) == pytest.approx(expected_db, abs=2.0)  # classes are 10 dB wide
    assert received_dbm(new) - received_dbm(repaired) == pytest.approx(0.0, abs=1.0)


def test_lost_power_costs_rate_so_that_the_same_traffic_fills_more_of_the_cell():
    world = World()
    setting = world.equipment.setting("one")
    new = world.equipment._air.receptions("one", setting)
    worn = world.equipment._air.receptions("one", setting, 6.0)
    for cell, reception in new.items():
        assert worn[cell].rate_bps < 0.95 * reception.rate_bps
        assert worn[cell].built_bps == reception.built_bps == reception.rate_bps


def test_a_neighbour_that_is_turned_down_or_put_to_sleep_disturbs_less():
    world = World(place("near", east_m=600.0))
    air, setting = world.equipment._air, world.equipment.setting("one")

    def sinr_db() -> float:
        return float(
            np.mean(np.concatenate([reception.sinr_db for reception in air.receptions("one", setting).values()]))
        )

    def pushed(**cell) -> float:
        world.push("near", cells={f"bs-{number}": cell for number in range(3)})
        world.now_s += APPLY_AFTER_S
        return sinr_db()

    loud = sinr_db()
    quiet = pushed(power_dbm=33.0)
    silent = pushed(is_asleep=True)
    assert loud + 1.0 < quiet < silent
    assert pushed(is_asleep=False, power_dbm=53.0) == pytest.approx(loud)


def test_a_site_in_its_usual_traffic_is_never_full():
    world = World(*(place(f"s-{number}", east_m=700.0 * number) for number in range(8)))
    shares = []
    for hour in range(24):
        world.now_s = NOON_S + 3_600 * hour
        for number in range(8):
            shares += [cell["prb_use_share"] for cell in world.counters(f"s-{number}")["cells"]]
    assert 0.4 < max(shares) < 0.9


def test_a_backhaul_delays_more_at_the_busy_hour_as_an_m_m_1_queue_does():
    profile = profile_of(place("one"), 1)
    peak_s, night_s = (NOON_S + 3_600 * (profile.peak_h - 20 + later) for later in (0, 12))
    busy, quiet = (backhaul_use_share(profile, at_s) for at_s in (peak_s, night_s))
    assert (busy, quiet) == pytest.approx((0.6, 0.09), abs=0.01)
    found_ms = waits_ms(0.012, busy, np.random.default_rng(1), (200_000,))
    assert found_ms.mean() == pytest.approx(float(mm1_ms(0.012, busy)) - 0.012, rel=0.02)
    assert waits_ms(0.012, quiet, np.random.default_rng(1), (200_000,)).mean() < 0.1 * found_ms.mean()


def test_an_overloaded_site_queues_at_its_backhaul(make_reflector_closed):
    reflector = make_reflector_closed(backhaul_gbps=1.0, fixed_ms=1.0)
    calm_ms = [reflector._passage(reflector._faults.condition("bs-000")).forward_ns / 1e6 for _ in range(2_000)]
    reflector._faults.inject(Fault("bs-000", "overload", 1.5, until_s=60.0))
    full_ms = [reflector._passage(reflector._faults.condition("bs-000")).forward_ns / 1e6 for _ in range(2_000)]
    assert np.mean(full_ms) - np.mean(calm_ms) == pytest.approx(0.4, abs=0.05)  # 12 us of service at 97 % use
