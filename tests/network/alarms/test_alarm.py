"""The life of an alarm after ISA-18.2."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.alarm import FLAP_QUIET_S, Deed, Hold, Life, after, clears_s, is_flapping, life

FRESH = {"is_active": True, "is_acknowledged": False, "hold": Hold.NONE}


def state(is_active, is_acknowledged, hold=Hold.NONE) -> Life:
    return life(is_active=is_active, is_acknowledged=is_acknowledged, hold=hold)


@pytest.mark.parametrize(
    ("is_active", "is_acknowledged", "expected"),
    [
        (True, False, "unacknowledged"),
        (True, True, "acknowledged"),
        (False, False, "returned"),
        (False, True, "normal"),
    ],
)
def test_without_a_hold_an_alarm_has_four_states(is_active, is_acknowledged, expected):
    assert state(is_active, is_acknowledged) == expected


@pytest.mark.parametrize("hold", [Hold.SHELVED, Hold.SUPPRESSED, Hold.OUT_OF_SERVICE])
def test_a_hold_outweighs_the_rest(hold):
    for is_active, is_acknowledged in product([True, False], repeat=2):
        assert state(is_active, is_acknowledged, hold) == hold.value


def test_the_usual_walk_is_raise_acknowledge_clear():
    seen = after(Deed.ACKNOWLEDGE, **FRESH)
    assert state(*seen) is Life.ACKNOWLEDGED
    gone = after(Deed.CLEAR, is_active=seen[0], is_acknowledged=seen[1], hold=seen[2])
    assert state(*gone) is Life.NORMAL


def test_an_alarm_that_left_before_anyone_looked_still_waits():
    gone = after(Deed.CLEAR, **FRESH)
    assert state(*gone) is Life.RETURNED
    seen = after(Deed.ACKNOWLEDGE, is_active=gone[0], is_acknowledged=gone[1], hold=gone[2])
    assert state(*seen) is Life.NORMAL


def test_a_new_raise_after_the_end_wants_to_be_seen_again_but_a_repeated_one_does_not():
    assert after(Deed.RAISE, is_active=False, is_acknowledged=True, hold=Hold.NONE) == (True, False, Hold.NONE)
    assert after(Deed.RAISE, is_active=True, is_acknowledged=True, hold=Hold.NONE) == (True, True, Hold.NONE)


@pytest.mark.parametrize(
    ("deed", "given_state", "why"),
    [
        (Deed.ACKNOWLEDGE, {**FRESH, "is_acknowledged": True}, "before"),
        (Deed.SHELVE, {**FRESH, "hold": Hold.SUPPRESSED}, "suppressed; release it first"),
        (Deed.SUPPRESS, {**FRESH, "hold": Hold.OUT_OF_SERVICE}, "out of service; release"),
        (Deed.SHELVE, {**FRESH, "is_active": False}, "gone"),
        (Deed.RELEASE, FRESH, "nothing holds it"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(deed, given_state, why):
    with pytest.raises(ValueError, match=why):
        after(deed, **given_state)


def test_a_held_alarm_comes_back_as_it_would_have_been():
    held = after(Deed.SHELVE, **FRESH)
    gone = after(Deed.CLEAR, is_active=held[0], is_acknowledged=held[1], hold=held[2])
    assert state(*gone) is Life.SHELVED
    assert state(*after(Deed.RELEASE, is_active=gone[0], is_acknowledged=gone[1], hold=gone[2])) is Life.RETURNED


@given(st.lists(st.sampled_from(list(Deed)), max_size=30))
def test_no_walk_leaves_the_seven_states_or_forgets_that_the_cause_holds(deeds):
    now = (True, False, Hold.NONE)
    active = True
    for deed in deeds:
        try:
            now = after(deed, is_active=now[0], is_acknowledged=now[1], hold=now[2])
        except ValueError:
            continue
        active = True if deed is Deed.RAISE else False if deed is Deed.CLEAR else active
        assert now[0] is active
        assert state(*now) in Life


def test_three_raises_in_ten_minutes_flap_and_two_do_not():
    assert not is_flapping([0, 300], 300)
    assert is_flapping([0, 300, 600], 600)
    assert not is_flapping([0, 300, 601], 601)


def test_a_flapping_alarm_ends_only_after_two_quiet_minutes():
    assert clears_s(50.0, flaps=False) == 50.0
    assert clears_s(50.0, flaps=True) == 50.0 + FLAP_QUIET_S == 170.0
