"""What the circle means: said in full, checked, and never mixed."""

import dataclasses

import pytest

from network.kernels.topology import definition
from network.kernels.topology.definition import Definition, Denominator, Direction, Failure, Layer


def test_the_official_reading_comes_first():
    assert definition.STANDARD[0] == definition.OFFICIAL
    assert definition.OFFICIAL.as_json() == {
        "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "denominator": "key_sites", "failure": "none",
        "version": 1,
    }  # fmt: skip


def test_optical_round_trip_and_end_to_end_stand_beside_it_and_none_twice():
    kinds = {(meaning.layer, meaning.direction) for meaning in definition.STANDARD}
    assert {(Layer.OPTICAL, Direction.ROUND_TRIP), (Layer.END_TO_END, Direction.ONE_WAY)} <= kinds
    assert len({meaning.key for meaning in definition.STANDARD}) == len(definition.STANDARD)


def test_a_definition_survives_the_wire():
    for meaning in definition.STANDARD:
        assert definition.from_json(meaning.as_json()) == meaning


def test_definitions_that_differ_in_one_field_have_different_keys():
    others = [
        dataclasses.replace(definition.OFFICIAL, **change)
        for change in (
            {"layer": Layer.IP},
            {"direction": Direction.ROUND_TRIP},
            {"threshold_ms": 2.0},
            {"denominator": Denominator.AREA},
            {"failure": Failure.WORST_SINGLE},
        )
    ]
    assert len({meaning.key for meaning in [definition.OFFICIAL, *others]}) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layer": "copper"}, "layer: 'copper' given; expected one of optical, ip, end_to_end"),
        ({"direction": None}, "direction"),
        ({"denominator": "trees"}, "denominator"),
        ({"failure": "two"}, "failure"),
        ({"threshold_ms": 0.0}, "threshold_ms: 0.0 given; expected above 0"),
        ({"threshold_ms": float("nan")}, "threshold_ms"),
        ({"threshold_ms": 1e9}, "threshold_ms"),
        ({"threshold_ms": "1"}, "expected a number"),
        ({"threshold_ms": True}, "expected a number"),
        ({"version": 2}, "version: 2 given; expected 1"),
    ],
)
def test_a_wrong_field_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        definition.from_json({"layer": "optical", "direction": "one_way", **change})


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"layer": "ip"}, "direction.*missing"), ({"layer": "ip", "direction": "one_way", "x": 1}, "x.*unknown")],
)
def test_fields_are_neither_missing_nor_unknown(fields, words):
    with pytest.raises(ValueError, match=words):
        definition.from_json(fields)


def test_a_definition_is_a_value():
    assert Definition("optical", "one_way") == definition.OFFICIAL
    with pytest.raises(dataclasses.FrozenInstanceError):
        definition.OFFICIAL.threshold_ms = 2.0
