"""The life of an alarm after ISA-18.2."""

from itertools import product

import pytest

from network.kernels.alarms.alarm import FLAP_QUIET_S, Hold, Life, check_holdable, clears_s, is_flapping, life


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


@pytest.mark.parametrize(
    ("hold", "is_active", "why"),
    [
        (Hold.SUPPRESSED, True, "it is suppressed; release it first"),
        (Hold.OUT_OF_SERVICE, True, "it is out of service; release it first"),
        (Hold.SHELVED, False, "it is shelved; release it first"),
        (Hold.NONE, False, "its cause is gone, so there is nothing to hold"),
    ],
)
def test_what_is_held_or_over_cannot_be_held_and_the_reason_says_which(hold, is_active, why):
    with pytest.raises(ValueError, match=f"^{why}$"):
        check_holdable(hold, is_active=is_active)


def test_what_is_active_and_free_can_be_held():
    check_holdable(Hold.NONE, is_active=True)


def test_three_raises_in_ten_minutes_flap_and_two_do_not():
    assert not is_flapping([0, 300], 300)
    assert is_flapping([0, 300, 600], 600)
    assert not is_flapping([0, 300, 601], 601)


def test_a_flapping_alarm_ends_only_after_two_quiet_minutes():
    assert clears_s(50.0, flaps=False) == 50.0
    assert clears_s(50.0, flaps=True) == 50.0 + FLAP_QUIET_S == 170.0
