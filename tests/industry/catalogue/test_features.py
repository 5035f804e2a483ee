"""Physical features, by hand."""

import numpy as np
import pytest

from industry.kernels.catalogue.features import FEATURES, failure_features, power_w

ROW = np.array([[298.0, 308.5, 1500.0, 40.0, 200.0]])


def test_power_is_torque_times_angular_speed():
    assert power_w(np.array([40.0]), np.array([1500.0]))[0] == pytest.approx(40 * 157.0796327)


def test_a_row_gains_temperature_difference_power_and_strain():
    row = dict(zip(FEATURES, failure_features(np.array([2.0]), ROW)[0], strict=True))
    assert row["type"] == 2
    assert row["temperature_difference_k"] == pytest.approx(10.5, abs=1e-4)
    assert row["power_w"] == pytest.approx(6283.185, abs=1e-2)
    assert row["strain_minnm"] == pytest.approx(8000.0)


def test_features_are_float32_in_the_published_order():
    features = failure_features(np.array([0.0]), ROW)
    assert features.dtype == np.float32
    assert features.shape == (1, len(FEATURES)) == (1, 9)


def test_no_rows_give_no_features():
    assert failure_features(np.empty(0), np.empty((0, 5))).shape == (0, 9)


@pytest.mark.parametrize("shape", [(1, 4), (5,)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        failure_features(np.zeros(1), np.zeros(shape))
