"""A query or body becomes a value of its type, or a 400 that names field, value and what was expected."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import get_resolver
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from console.models import Organisation
from console.rest import parse
from console.rest.handler import problem
from console.rest.parsers import JsonParser
from console.serializers.organisation import OrganisationChangeSerializer

MADE_BY_VALIDATE = {"HeatQuerySerializer"}
"""Shapes whose `validate` returns other names than their fields have, and fills in what was not said."""
WANTED_BY_VALIDATE = {("AsOfSerializer", "as_of")}
"""Fields that may be left out by themselves, without which `validate` refuses the whole."""


@dataclass(frozen=True)
class Window:
    since_s: int
    until_s: int | None = None


class WindowSerializer(parse.Typed[Window]):
    since_s = serializers.IntegerField(min_value=0)
    until_s = serializers.IntegerField(required=False)
    makes = Window


class NameSerializer(parse.Typed[str]):
    name = serializers.CharField(max_length=3)

    def made(self) -> str:
        return str(self.validated_data["name"])


def asking(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/{query}"))


def sending(body: object) -> Request:
    return Request(APIRequestFactory().post("/", body, format="json"), parsers=[JsonParser()])


def test_a_query_becomes_a_value_with_figures_for_words():
    assert parse.query(asking("?since_s=3&other=1"), WindowSerializer) == Window(3)
    assert parse.query(asking("?since_s=3&until_s=9"), WindowSerializer) == Window(3, 9)


def test_a_body_becomes_a_value():
    assert parse.body(sending({"since_s": 3}), WindowSerializer) == Window(3)
    assert parse.body(sending({"name": "abc"}), NameSerializer) == "abc"


def test_a_part_that_a_view_picks_out_becomes_a_value():
    assert parse.value(asking(""), WindowSerializer, {"since_s": "4"}) == Window(4)


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"since_s": -5}, [("since_s", -5, "Ensure this value is greater than or equal to 0.")]),
        ({}, [("since_s", None, "This field is required.")]),
        (
            {"since_s": "x", "until_s": [1]},
            [("since_s", "x", "A valid integer is required."), ("until_s", "[1]", "A valid integer is required.")],
        ),
    ],
)
def test_what_does_not_fit_is_told_by_field_value_and_expectation(sent, errors):
    request = sending(sent)
    with pytest.raises(ValidationError) as caught:
        parse.body(request, WindowSerializer)
    answer = problem(caught.value, {"request": request})
    assert (answer.status_code, answer.data["title"]) == (400, "Invalid input")
    assert [(error["field"], error["value"], error["expected"]) for error in answer.data["errors"]] == errors


def test_of_a_part_that_a_view_picks_out_the_values_are_named_too():
    """The request itself has them nowhere, or elsewhere: its body may be bytes, or a file."""
    request = Request(APIRequestFactory().get("/?since_s=7"))
    with pytest.raises(ValidationError) as caught:
        parse.value(request, WindowSerializer, {"since_s": -4, "until_s": "x"})
    errors = problem(caught.value, {"request": request}).data["errors"]
    assert [(error["field"], error["value"]) for error in errors] == [("since_s", -4), ("until_s", "x")]


@pytest.mark.parametrize("sent", [[], "x", 3, None])
def test_a_body_that_is_no_object_is_told_as_that(sent):
    with pytest.raises(ValidationError):
        parse.body(sending(sent), WindowSerializer)


def test_of_a_row_that_exists_only_what_was_sent_counts():
    row = Organisation(slug="red", name_en="Red", name_zh="红", kinds=["operator"])
    assert parse.fields(sending({"name_en": "Blue"}), OrganisationChangeSerializer, row) == {"name_en": "Blue"}
    with pytest.raises(ValidationError) as caught:
        parse.fields(sending({"name_en": "Blue"}), OrganisationChangeSerializer)
    assert "name_zh" in caught.value.detail


def test_of_a_query_only_what_is_there_counts():
    assert parse.query_fields(asking("?since_s=1"), WindowSerializer) == {"since_s": 1}


def shapes(kind: type = parse.Typed) -> Iterator[type[parse.Typed]]:
    """Yield every typed shape of Loft; the routes have loaded them all."""
    for subclass in kind.__subclasses__():
        if subclass.__module__.partition(".")[0] != "tests":
            yield subclass
        yield from shapes(subclass)


def test_every_shape_gives_its_value_the_fields_that_it_takes():
    assert get_resolver().url_patterns
    kinds = {kind for kind in shapes() if kind.made is parse.Typed.made and kind.__name__ not in MADE_BY_VALIDATE}
    assert len(kinds) > 15
    for shape in kinds:
        takes, fields = inspect.signature(shape.makes).parameters, shape().get_fields()
        assert set(takes) == set(fields), shape.__name__
        for name in takes:
            is_wanted = fields[name].required or (shape.__name__, name) in WANTED_BY_VALIDATE
            is_always_there = is_wanted or fields[name].default is not empty
            assert is_always_there or takes[name].default is not inspect.Parameter.empty, (shape.__name__, name)


class SeeingSerializer(parse.Typed[tuple]):
    """Tells what a shape may go by: the request, and the row that is to be changed."""

    name = serializers.CharField(required=False)

    def validate(self, attrs: dict) -> dict:
        return {"request": self.context["request"], "row": self.instance}

    def made(self) -> tuple:
        return self.validated_data["request"], self.validated_data["row"]


def test_a_shape_may_go_by_the_request_and_by_the_row():
    asked, sent, row = asking("?name=x"), sending({"name": "x"}), Organisation(slug="red")
    assert parse.query(asked, SeeingSerializer) == (asked, None)
    assert parse.body(sent, SeeingSerializer) == (sent, None)
    assert parse.value(sent, SeeingSerializer, {}) == (sent, None)
    assert parse.fields(sent, SeeingSerializer, row) == {"request": sent, "row": row}
    assert parse.query_fields(asked, SeeingSerializer) == {"request": asked, "row": None}
