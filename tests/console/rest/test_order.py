"""Rows that are equal in what a list is ordered by have one order, so that its pages neither repeat nor skip any."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from console.models import Person
from console.rest.lists import ListView, Order


class People(ListView):
    queryset = Person.objects.all()
    ordering_fields = ["is_active", "username"]
    ordering = ["username"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("is_active", ["is_active", "pk"]),
        ("-is_active", ["-is_active", "-pk"]),
        ("is_active,-username", ["is_active", "-username", "-pk"]),
        ("no_such_word", ["username", "pk"]),
    ],
)
def test_what_is_equal_is_in_the_order_of_its_keys(asked, expected):
    request = Request(APIRequestFactory().get("/", {"ordering": asked}))
    rows = Order().filter_queryset(request, People.queryset, People())
    assert list(rows.query.order_by) == expected
