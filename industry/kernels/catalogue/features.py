"""What the machine-failure model looks at: six readings of a machine and three physical quantities made of them.

The same code serves training and inference, so that both see the same features. Pure functions of arrays.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TYPES = "LMH"
"""Quality variants of the product being made, from low to high; the model sees their place in this text."""


@dataclass(frozen=True)
class Input:
    """One number of a reading: its name, unit and the range in which a machine can be."""

    name: str
    unit: str
    low: float
    high: float


INPUTS = (
    Input("air_temperature_k", "K", 230.0, 340.0),
    Input("process_temperature_k", "K", 230.0, 500.0),
    Input("rotational_speed_rpm", "rpm", 0.0, 30_000.0),
    Input("torque_nm", "N·m", 0.0, 2_000.0),
    Input("tool_wear_min", "min", 0.0, 10_000.0),
)
FEATURES = ("type", *(input_.name for input_ in INPUTS), "temperature_difference_k", "power_w", "strain_minnm")


def failure_features(type_code: Array, inputs: Array) -> NDArray[np.float32]:
    """Join readings with the physical quantities that make these machines fail.

    Args:
        type_code: place of the variant in `TYPES`, shape (n,). [1]
        inputs: readings in the order of `INPUTS`, shape (n, 5). [K, K, rpm, N·m, min]

    Returns:
        Shape (n, 9), in the order of `FEATURES`: what was given, then temperature difference (process - air) [K],
        mechanical power [W] and strain of the tool [min·N·m].

    Raises:
        ValueError: the shapes do not fit.

    Source: Matzka, Explainable Artificial Intelligence for Predictive Maintenance Applications, AI4I 2020:
    heat dissipation, power and overstrain failures depend on these three.
    """
    if inputs.ndim != 2 or inputs.shape[1] != len(INPUTS) or type_code.shape != (len(inputs),):
        raise ValueError(f"inputs: {inputs.shape} and {type_code.shape} given; expected (n, {len(INPUTS)}) and (n,)")
    air_k, process_k, speed_rpm, torque_nm, wear_min = inputs.T
    derived = (process_k - air_k, power_w(torque_nm, speed_rpm), wear_min * torque_nm)
    return np.column_stack([type_code, inputs, *derived]).astype(np.float32)


def power_w(torque_nm: Array, speed_rpm: Array) -> Array:
    """Return mechanical power: torque [N·m] times angular speed, from revolutions per minute [rpm], in W.

    Source: P = M w with w = 2 pi n / 60.
    """
    return torque_nm * speed_rpm * (2 * pi / 60)
