"""Latency of paths: light, queues, and percentiles that do not add."""

import numpy as np
import pytest

from network.kernels.topology import latency
from network.kernels.topology.latency import Element

RHO = [0.3, 0.5, 0.7, 0.9, 0.95]


def test_light_takes_about_4_9_microseconds_per_kilometre_of_fibre():
    assert latency.propagation_ms(1_000.0) == pytest.approx(4.8967e-3, rel=1e-4)


def test_a_microwave_takes_3_34_microseconds_per_kilometre_of_air_and_is_a_part_of_its_own():
    assert latency.propagation_air_ms(1_000.0) == pytest.approx(3.3366e-3, rel=1e-4)  # 1.0003 km / c
    delay = latency.path_latency(latency.microwave_link(30_000, 10, 0.3))
    assert delay.parts_ms["microwave"] == pytest.approx(0.100099, rel=1e-4)  # fibre of that length: 0.1469
    assert delay.parts_ms["queueing"] == latency.path_latency(latency.fibre_link(30_000, 10, 0.3)).parts_ms["queueing"]
    assert "fibre" not in delay.parts_ms


@pytest.mark.parametrize(("km", "ms"), [(204.2, 1.0), (102.1, 0.5)])
def test_one_millisecond_of_fibre_is_204_kilometres(km, ms):
    assert latency.propagation_ms(km * 1_000) == pytest.approx(ms, rel=1e-3)


def test_a_faster_line_only_shortens_the_packet():
    assert latency.serialisation_ms([10, 100, 400, 800]) * 1e3 == pytest.approx([1.2, 0.12, 0.03, 0.015])


def test_queues_have_the_published_waiting():
    assert latency.mm1_ms(1.0, RHO) == pytest.approx([1.429, 2, 3.333, 10, 20], abs=5e-4)
    assert latency.md1_ms(1.0, RHO) == pytest.approx([1.214, 1.5, 2.167, 5.5, 10.5], abs=5e-4)


def test_the_spread_of_a_queue_is_that_of_a_simulated_one():
    rng = np.random.default_rng(1)
    gaps = rng.exponential(1 / 0.7, 400_000)
    waiting = np.empty(len(gaps))
    waiting[0] = 0.0
    for i in range(1, len(gaps)):  # Lindley's recursion, service 1
        waiting[i] = max(0.0, waiting[i - 1] + 1.0 - gaps[i])
    assert latency.md1_waiting_variance_ms2(1.0, 0.7) == pytest.approx(waiting.var(), rel=0.1)


@pytest.mark.parametrize("rho", [-0.1, 1.0, float("nan")])
def test_a_queue_that_is_full_has_no_mean(rho):
    with pytest.raises(ValueError, match="utilisation"):
        latency.mm1_ms(1.0, rho)


def test_a_path_is_the_sum_of_its_parts():
    delay = latency.path_latency([*latency.fibre_link(20_000, 100, 0.5), latency.optical_node(), latency.ip_node()])
    assert sum(delay.parts_ms.values()) == pytest.approx(delay.mean_ms)
    assert delay.parts_ms["fibre"] == pytest.approx(20 * 4.8967e-3, rel=1e-4)
    assert set(delay.parts_ms) == {"fibre", "queueing", "optical", "ip"}


def test_percentiles_of_hops_do_not_add():
    hop = Element("queueing", mean_ms=1.0, variance_ms2=1.0)
    delay, nine = latency.path_latency([hop]), latency.path_latency([hop] * 9)
    assert delay.p99_ms == pytest.approx(-np.log(0.01), rel=1e-6)  # an exponential hop, exactly
    assert nine.p99_ms == pytest.approx(np.quantile(np.random.default_rng(2).gamma(9, 1, 400_000), 0.99), rel=0.01)
    assert nine.p99_ms < 9 * delay.p99_ms


def test_a_path_without_spread_has_its_mean_as_every_percentile():
    delay = latency.path_latency([Element("fibre", fixed_ms=0.4)])
    assert delay.p99_ms == delay.mean_ms == 0.4


def test_the_uplink_alone_has_its_published_mean_and_percentile():
    delay = latency.path_latency([latency.radio_uplink()])
    assert delay.mean_ms == pytest.approx(2.14)
    assert delay.p99_ms == pytest.approx(3.37, rel=0.01)


def test_an_overloaded_link_is_taken_as_almost_full():
    assert latency.path_latency(latency.fibre_link(1_000, 10, 1.0)).mean_ms < 1


def test_every_part_has_its_own_percentile_and_they_do_not_add():
    delay = latency.path_latency([latency.radio_uplink(), *latency.fibre_link(20_000, 10, 0.9), latency.ip_node()])
    assert set(delay.parts) == set(delay.parts_ms)
    for name, part in delay.parts.items():
        assert part.fixed_ms + part.mean_ms == pytest.approx(delay.parts_ms[name])
        assert delay.part_p99_ms(name) >= delay.parts_ms[name] - 1e-12
    assert delay.part_p99_ms("radio") == pytest.approx(3.37, rel=0.01)
    assert sum(delay.part_p99_ms(name) for name in delay.parts) > delay.p99_ms


def test_parts_gather_the_elements_of_their_kind():
    delay, three = latency.path_latency([latency.ip_node()]), latency.path_latency([latency.ip_node()] * 3)
    assert three.parts["ip"].variance_ms2 == pytest.approx(3 * delay.parts["ip"].variance_ms2)


def test_a_link_with_two_regenerations_and_four_cross_connects_takes_202_microseconds_longer():
    bare = latency.path_latency(latency.fibre_link(20_000, 100, 0.5))
    delay = latency.path_latency([*latency.fibre_link(20_000, 100, 0.5), *latency.link_hops(4, 2)])
    assert delay.mean_ms - bare.mean_ms == pytest.approx(0.202)
    assert delay.p99_ms - bare.p99_ms == pytest.approx(0.202)
    assert latency.link_hops(0, 0) == []


def test_a_link_is_propagation_and_a_queue_of_known_spread():
    fibre, queue = latency.fibre_link(100_000, 10, 0.5)
    assert fibre == Element("fibre", fixed_ms=pytest.approx(0.48967, rel=1e-4))
    # 12,000 bits at 10 Gbit/s: 1.2 us; waiting 0.5 x 1.2 / (2 x 0.5); variance 0.6^2 + 0.5 x 1.2^2 / (3 x 0.5) us^2
    assert (queue.fixed_ms, queue.mean_ms) == (pytest.approx(1.2e-3), pytest.approx(0.6e-3))
    assert queue.variance_ms2 == pytest.approx(0.84e-6, rel=1e-6)


def test_an_empty_queue_takes_its_service_and_a_full_one_is_taken_at_99_percent():
    assert latency.mm1_ms(2.0, 0.0) == latency.md1_ms(2.0, 0.0) == 2.0
    assert latency.fibre_link(0.0, 10, 7.0)[1] == latency.fibre_link(0.0, 10, 0.99)[1]
    assert latency.fibre_link(0.0, 10, 7.0)[1].mean_ms == pytest.approx(1.2e-3 * 49.5)  # 0.99 / (2 x 0.01)


def test_the_spread_of_waiting_scales_with_the_square_of_the_service():
    # waiting 0.7 x 3 / 0.6 = 3.5 ms; 3.5^2 + 0.7 x 9 / 0.9
    assert latency.md1_waiting_variance_ms2(3.0, 0.7) == pytest.approx(19.25)


def test_nodes_add_their_hop_defaults_and_those_that_a_model_brings():
    assert latency.optical_node() == Element("optical", fixed_ms=pytest.approx(0.0305))  # 0.5 + 20 + 10 us
    assert latency.ip_node() == Element("ip", 0.0125, 0.0125, pytest.approx(0.00625**2))
    assert latency.station() == Element("station", 0.075, 0.075, pytest.approx(0.0375**2))
    slow = latency.HopDefaults(optical_ms=1.0, regeneration_ms=10.0, router_ms=4.0, station_ms=8.0)
    assert latency.ip_node(slow) == Element("ip", 2.0, 2.0, 1.0)
    assert latency.station(slow) == Element("station", 4.0, 4.0, 4.0)
    assert latency.link_hops(3, 2, slow) == [Element("optical", fixed_ms=23.0)]


def test_a_part_met_twice_is_summed_under_its_name():
    path_latency = latency.path_latency(
        [Element("ip", 1.0, 2.0, 3.0), Element("fibre", 0.5), Element("ip", 10.0, 20.0, 30.0)]
    )
    assert path_latency.parts_ms == {"ip": 33.0, "fibre": 0.5}
    assert path_latency.parts == {"ip": Element("ip", 11.0, 22.0, 33.0), "fibre": Element("fibre", 0.5)}


@pytest.mark.parametrize("element", [Element("ip", 1.0, 2.0, 0.0), Element("ip", 3.0, 0.0, 4.0)])
def test_no_percentile_is_made_of_a_spread_without_a_mean_or_a_mean_without_a_spread(element):
    assert latency.path_latency([element]).p99_ms == 3.0
