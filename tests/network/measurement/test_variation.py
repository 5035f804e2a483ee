"""Jitter, spread and one-way delay, by numbers worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.measurement.variation import OneWay, Refusal, jitter_ms, one_way, spread_ms

SET = (10e-6, 20e-6)  # two clocks that are right to within 30 us together


def test_jitter_moves_a_sixteenth_of_the_way_towards_each_difference():
    value, last = jitter_ms(0.0, [10.0, 26.0, 26.0], None)
    assert value == pytest.approx(1.0 - 1.0 / 16)  # 16/16, then a sixteenth back
    assert last == 26.0


def test_jitter_carries_on_from_round_to_round():
    whole = jitter_ms(0.0, [1.0, 5.0, 2.0, 9.0], None)
    half = jitter_ms(0.0, [1.0, 5.0], None)
    assert jitter_ms(half[0], [2.0, 9.0], half[1]) == whole


@given(st.lists(st.floats(0, 1e3), min_size=1), st.floats(-1e6, 1e6))
def test_the_offset_of_a_clock_does_not_matter_to_jitter(transits, offset):
    plain = jitter_ms(0.0, transits, None)[0]
    assert jitter_ms(0.0, [transit + offset for transit in transits], None)[0] == pytest.approx(plain, abs=1e-6)


def test_no_packet_leaves_the_jitter_as_it_was():
    assert jitter_ms(3.0, [], 7.0) == (3.0, 7.0)


def test_the_spread_is_how_far_a_percentile_lies_above_the_least():
    assert spread_ms([float(number) for number in range(100)]) == 94.0  # the 95th of a hundred, less the least
    assert spread_ms([5.0] * 19 + [9.0]) == 0.0  # the 19th of twenty
    assert spread_ms([5.0] * 18 + [9.0] * 2) == 4.0
    assert spread_ms([1.0] * 19) is None


def test_one_way_delays_are_medians_with_their_error():
    way = one_way([1.0, 3.0, 2.0], [4.0, 6.0], SET, 0.5)
    assert (way.forward_ms, way.backward_ms, way.refusal) == (2.0, 5.0, None)
    assert way.error_ms == pytest.approx(0.03)


@pytest.mark.parametrize("errors", [(None, 1e-6), (1e-6, None), (None, None)])
def test_no_one_way_delay_by_a_clock_that_nobody_has_set(errors):
    way = one_way([1.0], [1.0], errors, 0.5)
    assert (way.forward_ms, way.refusal) == (None, Refusal.UNSYNCHRONISED)


def test_no_one_way_delay_where_the_error_is_too_large():
    way = one_way([1.0], [1.0], (400e-6, 200e-6), 0.5)
    assert (way.backward_ms, way.refusal) == (None, Refusal.ERROR_TOO_LARGE)
    assert way.error_ms == pytest.approx(0.6)


def test_a_packet_that_came_before_it_was_sent_shows_that_a_clock_lies():
    assert one_way([6.0], [-4.0], SET, 0.5).refusal is Refusal.IMPOSSIBLE
    assert one_way([-0.031], [2.0], SET, 0.5).refusal is Refusal.IMPOSSIBLE
    assert one_way([-0.029], [2.0], SET, 0.5).forward_ms == 0.0  # within the error: never below nothing


def test_without_an_answer_there_is_nothing_to_tell():
    assert one_way([], [], SET, 0.5).refusal is Refusal.NO_ANSWER


def test_without_a_clock_nothing_is_told_and_what_is_known_of_the_error_is():
    assert one_way([1.0], [1.0], (None, 1e-6), 0.5) == OneWay(None, None, None, Refusal.UNSYNCHRONISED)
    assert one_way([1.0], [1.0], (3e-4, 2.5e-4), 0.5) == OneWay(
        None, None, pytest.approx(0.55), Refusal.ERROR_TOO_LARGE
    )
    assert one_way([], [1.0], SET, 0.5) == OneWay(None, None, pytest.approx(0.03), Refusal.NO_ANSWER)
    assert one_way([1.0], [], SET, 0.5) == OneWay(None, None, pytest.approx(0.03), Refusal.NO_ANSWER)
    assert one_way([6.0], [-4.0], SET, 0.5) == OneWay(None, None, pytest.approx(0.03), Refusal.IMPOSSIBLE)


def test_the_largest_error_that_is_allowed_still_gives_a_verdict():
    assert one_way([1.0], [2.0], (0.25e-3, 0.25e-3), 0.5) == OneWay(1.0, 2.0, 0.5, None)
    assert one_way([-0.5], [2.0], (0.25e-3, 0.25e-3), 0.5) == OneWay(0.0, 2.0, 0.5, None)
    assert one_way([2.0], [-0.5], (0.25e-3, 0.25e-3), 0.5) == OneWay(2.0, 0.0, 0.5, None)


def test_the_middle_of_an_even_number_lies_between_two():
    assert one_way([4.0, 1.0, 2.0, 9.0], [1.0, 8.0, 5.0, 6.0, 7.0], SET, 0.5).forward_ms == 3.0
    assert one_way([4.0], [1.0, 8.0, 5.0, 6.0, 7.0], SET, 0.5).backward_ms == 6.0


def test_another_percentile_of_the_spread_is_that_of_the_nearest_rank():
    delays_ms = [float(number) for number in range(10, 31)]  # 21 of them
    assert spread_ms(delays_ms, 0.5) == 10.0  # 10.5: the 11th
    assert spread_ms(delays_ms, 1.0) == 20.0
    assert spread_ms(delays_ms, 0.0) == 0.0
