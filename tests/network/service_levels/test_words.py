"""Definitions that the server sends are in the language of whoever asks, and say the same figures in both."""

import re

import pytest
from django.utils.translation import override

from network.actions.placement import placement
from network.actions.radio import connectivity, coverage, layers, radio_link, raster
from network.serializers.words import WordsField

CONSTANTS = [
    coverage.DEFINITION, connectivity.DEFINITION, radio_link.DEFINITION, placement.COST, raster.DEFINITION, layers.ON_LAND,
    layers.ANYWHERE, *raster.DEFINITIONS.values(),
]  # fmt: skip
CHINESE = re.compile("[一-鿿]")
FIGURES = re.compile(r"%\(\w+\)s|\{\w+\}|TR \d+\.\d+")


@pytest.fixture
def viewer(signed_in, make_site, make_sector):
    make_sector(make_site("bs-000"))
    return signed_in("viewer")


def get(viewer, path, language, **query):
    answer = viewer.get(f"/api/v1/{path}", {"region": "here", **query}, HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("text", CONSTANTS, ids=lambda text: text[:30])
def test_every_definition_has_its_chinese_with_the_same_figures(text):
    field = WordsField()
    with override("en"):
        assert field.to_representation(text) == text
    with override("zh-hans"):
        representation = field.to_representation(text)
    assert CHINESE.search(representation)
    if not text.startswith("The strongest sector: byte"):  # what follows concerns octets
        assert set(FIGURES.findall(representation)) == set(FIGURES.findall(text))


def test_the_definition_of_coverage_is_in_the_language_of_the_page_and_not_of_whoever_asked_first(viewer):
    english, chinese = (get(viewer, "coverage/kpis", language)["definition"] for language in ("en", "zh-hans"))
    assert english.startswith("Covered is where RSRP is at least -110 dBm and SINR at least -3 dB.")
    assert not CHINESE.search(english)
    assert chinese.startswith("RSRP 不低于 -110 dBm 且 SINR 不低于 -3 dB")
    assert "方格边长 150 m" in chinese  # 30 km to either side in 400 cells
    assert "squares of 150 m" in english
    assert get(viewer, "coverage/kpis", "en")["definition"] == english


def test_maps_places_and_the_programme_tell_their_definitions_in_chinese(viewer):
    about = get(viewer, "coverage/layers", "zh-hans")
    assert all(CHINESE.search(value_row["definition"]) for value_row in [about, *about["values"]])
    place = get(viewer, "coverage/at", "zh-hans", lat_deg=29.001, lon_deg=123.5, height_m=60)
    assert CHINESE.search(place["definition"])
    rows = get(viewer, "programme", "zh-hans")["rows"]
    assert rows
    assert all(CHINESE.search(row["definition"]) for row in rows)


def test_an_answer_says_that_it_depends_on_the_language(viewer):
    answer = viewer.get("/api/v1/coverage/kpis?region=here", HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert "Accept-Language" in answer["Vary"]
    assert answer["Content-Language"] == "zh-hans"
