"""The energy of a base station, by the published table."""

import pytest

from network.kernels.radio.energy import power_w


@pytest.mark.parametrize(
    ("kind", "full_w", "idle_w", "asleep_w"),
    [("macro", 1_344.0, 780.0, 450.0), ("remote_radio_head", 840.0, 504.0, 336.0), ("micro", 144.76, 112.0, 78.0)],
)
def test_a_station_draws_what_the_table_says(kind, full_w, idle_w, asleep_w):
    assert power_w(kind, 1.0) == pytest.approx(full_w)
    assert power_w(kind, 0.0) == pytest.approx(idle_w)
    assert power_w(kind, 0.7, is_asleep=True) == pytest.approx(asleep_w)


def test_half_the_load_and_half_the_power_cost_the_same():
    assert power_w("macro", 0.5) == power_w("macro", 1.0, out_share=0.5) == pytest.approx(1_062.0)


@pytest.mark.parametrize(("load_share", "out_share"), [(-0.1, 1.0), (1.1, 1.0), (0.5, 0.0)])
def test_what_cannot_be_is_refused(load_share, out_share):
    with pytest.raises(ValueError, match="expected"):
        power_w("macro", load_share, out_share=out_share)
