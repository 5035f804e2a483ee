"""Believable milling machines for demonstrations. Pure: the random numbers are an argument.

Ranges and spreads follow the published AI4I 2020 table: air around 300 K, process about 10 K above it, torque around
40 N·m, speed such that power stays near 6 kW, tool wear growing with use until the tool is changed.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

WEAR_PER_READING_MIN = 1.2
CHANGED_BETWEEN_MIN = (200.0, 245.0)
NOMINAL_POWER_W = 6_280.0
AIR_K, AIR_SPREAD_K = 300.0, 2.0
WARMING_K, WARMING_SPREAD_K = 10.0, 0.3
TORQUE_NM, TORQUE_SPREAD_NM = 40.0, 5.0
SPEED_LOW_RPM, SPEED_HIGH_RPM = 1_180.0, 2_850.0
FAULT_CHANCE = 0.001
FAULT_READINGS = 20


@dataclass(frozen=True)
class Mill:
    """A machine at a moment. `fault_left` counts the readings left of a spell of clogged cooling and heavy cuts."""

    name: str
    variant: str
    wear_min: float
    change_at_min: float
    air_k: float
    fault_left: int = 0


def new_mill(name: str, rng: np.random.Generator) -> Mill:
    """Return a machine somewhere in the life of its tool. Wear [min], temperature [K]."""
    wear_min = float(rng.uniform(0, CHANGED_BETWEEN_MIN[0]))
    variant = str(rng.choice(["L", "M", "H"], p=[0.6, 0.3, 0.1]))
    return Mill(
        name, variant, wear_min, float(rng.uniform(*CHANGED_BETWEEN_MIN)), float(rng.normal(AIR_K, AIR_SPREAD_K))
    )


def step(mill: Mill, rng: np.random.Generator) -> Mill:
    """Return the machine one reading later: the tool wears or is changed, the air drifts, faults come and go.

    Args:
        mill: the machine now. Wear [min], temperature [K].
        rng: source of chance.
    """
    wear_min = mill.wear_min + float(rng.uniform(0.5, 1.5)) * WEAR_PER_READING_MIN
    change_at_min = mill.change_at_min
    if wear_min > change_at_min:
        wear_min, change_at_min = 0.0, float(rng.uniform(*CHANGED_BETWEEN_MIN))
    fault_left = max(0, mill.fault_left - 1)
    if not fault_left and rng.random() < FAULT_CHANCE:
        fault_left = FAULT_READINGS
    air_k = float(np.clip(mill.air_k + rng.normal(0, 0.05), AIR_K - 5, AIR_K + 5))
    return replace(mill, wear_min=wear_min, change_at_min=change_at_min, air_k=air_k, fault_left=fault_left)


def reading(mill: Mill, rng: np.random.Generator) -> dict[str, Any]:
    """Return what the machine's sensors say now: [K], [rpm], [N·m], [min].

    In a fault the cut is heavy and slow and the heat does not leave, which is how such machines fail.
    """
    torque_nm = float(np.clip(rng.normal(TORQUE_NM + (18.0 if mill.fault_left else 0.0), TORQUE_SPREAD_NM), 5.0, 76.0))
    speed_rpm = NOMINAL_POWER_W / torque_nm * 60 / (2 * np.pi) * rng.normal(1.0, 0.02)
    warming_k = rng.normal(WARMING_K - (2.2 if mill.fault_left else 0.0), WARMING_SPREAD_K)
    return {
        "machine": mill.name,
        "type": mill.variant,
        "air_temperature_k": round(mill.air_k, 2),
        "process_temperature_k": round(mill.air_k + float(warming_k), 2),
        "rotational_speed_rpm": round(float(np.clip(speed_rpm, SPEED_LOW_RPM, SPEED_HIGH_RPM))),
        "torque_nm": round(torque_nm, 1),
        "tool_wear_min": round(mill.wear_min),
    }
