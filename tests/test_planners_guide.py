"""The planners' guide says what the code does: its constants, its formulas, its targets."""

import importlib
import re
from functools import reduce
from pathlib import Path
from types import ModuleType

import pytest

from network.actions.targets.programme import TARGETS
from network.demo.demo import DETOUR_LONG_HAUL, DETOUR_METRO
from network.kernels.radio import radio
from network.kernels.radio.connectivity import BAND_SAMPLES, Need
from network.kernels.topology import latency

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "planners.md").read_text()
CONSTANTS = re.findall(r"^\| `([a-z0-9_]+)\.([\w.]+)` \| (-?[\d.]+) \|", GUIDE, re.MULTILINE)


def kernel_of(name: str) -> ModuleType:
    """Import the kernel of that name, whichever subject's folder it is in."""
    (path,) = (ROOT / "network/kernels").rglob(f"{name}.py")
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def test_the_guide_has_its_table_of_constants():
    assert len(CONSTANTS) > 35


@pytest.mark.parametrize(("kernel", "name", "value"), CONSTANTS, ids=lambda word: word)
def test_a_constant_is_what_the_kernel_says(kernel, name, value):
    assert float(reduce(getattr, name.split("."), kernel_of(kernel))) == pytest.approx(float(value), rel=1e-12)


def test_every_kernel_it_names_is_there():
    named = set(re.findall(r"`(network/kernels/[\w/]+\.py)`", GUIDE))
    assert {"radio", "sector", "sensing", "latency", "placement"} <= {Path(name).stem for name in named}
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_light_in_fibre_is_as_slow_as_it_says():
    assert "4.8967 us per kilometre" in GUIDE
    assert latency.propagation_ms(1_000.0) * 1e3 == pytest.approx(4.8967, abs=5e-5)


def test_the_rate_has_the_floor_factor_and_cap_it_says():
    assert "0.6 log2(1 + SINR), none below -10 dB, at most 4.4 bit/s/Hz" in GUIDE
    assert float(radio.spectral_efficiency_bps_per_hz(-10.1)) == 0
    assert float(radio.spectral_efficiency_bps_per_hz(0.0)) == pytest.approx(0.6)
    assert float(radio.spectral_efficiency_bps_per_hz(60.0)) == pytest.approx(4.4)


def test_the_formulas_end_where_it_says():
    assert "5 km on the ground, 4 km in the air; rural 10 km" in GUIDE
    far = {name: (range_.ground_far_m, range_.aerial_far_m) for name, range_ in radio.RANGES.items()}
    assert far == {"UMa": (5_000, 4_000), "UMi": (5_000, 4_000), "RMa": (10_000, 10_000)}
    assert (radio.RANGES["UMa"].threshold_m, radio.RANGES["RMa"].threshold_m) == (22.5, 10.0)


def test_the_control_link_and_the_detours_are_as_it_says():
    need = Need()
    assert (need.rate_bps, need.latency_ms, BAND_SAMPLES) == (100e3, 50.0, 3)
    assert (DETOUR_METRO, DETOUR_LONG_HAUL) == (1.4, 1.8)


def test_what_the_guide_calls_unknown_is_unknown():
    for key in ("ai_traffic_use", "wlan_access_ms", "autonomy_level"):
        assert next(target for target in TARGETS if target.key == key).source == "none"
