"""Many terminals at once: the very figures of the direct formulas, at the cost of what is within reach."""

from dataclasses import replace

import numpy as np
import pytest

from network.kernels.radio import terminals
from network.kernels.radio.sector import NOWHERE, Sector, Signals, signals_at

RNG = np.random.default_rng(7)
HALF_M = 12_000.0


def city(sites, rng=RNG):
    """Return sites of three sectors each, no two alike."""
    made = []
    for east_m, north_m in rng.uniform(-HALF_M, HALF_M, (sites, 2)).tolist():
        scenario, pattern = str(rng.choice(["UMa", "UMi", "RMa"])), str(rng.choice(["column", "sector", "omni"]))
        made += [
            Sector(
                east_m, north_m, float(rng.uniform(10, 60)), bearing_deg, float(rng.integers(0, 15)), 46.0,
                float(rng.choice([2.6, 3.5])), 100e6, scenario, pattern, load_share=float(rng.uniform(0, 1)),
            )
            for bearing_deg in (0.0, 120.0, 240.0)
        ]  # fmt: skip
    return made


def places(count, rng=RNG):
    east_m, north_m = rng.uniform(-2 * HALF_M, 2 * HALF_M, (2, count))
    return east_m, north_m, rng.uniform(1.5, 300, count)


def signals(sectors, place, is_on_air=None):
    if is_on_air is None:
        is_on_air = np.ones(len(sectors), bool)
    pieces = [piece.signals(is_on_air) for piece in terminals.received(terminals.senders_of(sectors), place)]
    return Signals(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in vars(pieces[0])))


def same(found, expected):
    for name in vars(expected):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-9)


def test_what_many_terminals_find_is_what_the_direct_formulas_say():
    sectors, place = city(40), places(300)
    expected = signals_at(sectors, *place)
    assert (expected.server == NOWHERE).any()
    assert (expected.server != NOWHERE).sum() > 100
    same(signals(sectors, place), expected)


@pytest.mark.parametrize("most", [1, 50, 10_000])
def test_pieces_of_any_size_agree(monkeypatch, most):
    sectors, place = city(10), places(40)
    monkeypatch.setattr(terminals, "MOST_PAIRS_AT_ONCE", most)
    same(signals(sectors, place), signals_at(sectors, *place))


def test_who_is_silent_neither_serves_nor_disturbs():
    sectors, place = city(20), places(200)
    is_on_air = np.arange(len(sectors)) % 3 > 0
    silent = [replace(sector, is_on_air=bool(on)) for sector, on in zip(sectors, is_on_air, strict=True)]
    same(signals(sectors, place, is_on_air), signals_at(silent, *place))


def test_of_equal_sectors_the_first_serves():
    alike = [Sector(0.0, 0.0, 30.0, 0.0, 0.0, 46.0, 2.6, 100e6, pattern="omni")] * 3
    assert signals(alike, (np.array([50.0]), np.zeros(1), np.array([60.0]))).server.tolist() == [0]


def test_no_sector_and_no_place_are_no_error():
    found = signals([], places(3))
    assert found.server.tolist() == [NOWHERE] * 3
    assert np.isnan(found.rsrp_dbm).all()
    assert list(terminals.received(terminals.senders_of(city(2)), (np.zeros(0),) * 3)) == []


def test_a_city_costs_what_is_within_reach_and_not_every_pair():
    """Sites 60 km apart from each other: each terminal meets the three sectors of its own, out of six hundred."""
    sectors = [replace(sector, east_m=60e3 * (n // 3), north_m=0.0) for n, sector in enumerate(city(200))]
    east_m = 60e3 * np.arange(200) + 100.0
    starts, ends, _ = terminals._candidates(
        terminals.senders_of(sectors).where, 10_000.0, (east_m, np.zeros(200), np.full(200, 60.0))
    )
    assert (ends - starts).sum(axis=1).tolist() == [3] * 200
