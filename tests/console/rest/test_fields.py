"""Rows named by their slug in a request."""

import pytest
from rest_framework import serializers

from console.models import Organisation
from console.rest.fields import BySlug

pytestmark = pytest.mark.django_db


class Wanted(serializers.Serializer):
    organisation = BySlug(slug_field="slug", queryset=Organisation.objects.all())


def test_a_row_is_found_by_its_slug():
    slug = Organisation.objects.get().slug
    asked = Wanted(data={"organisation": slug})
    assert asked.is_valid()
    assert asked.validated_data["organisation"].slug == slug


@pytest.mark.parametrize("odd", ["\0", "home\0", ["\0"], {"slug": "\0"}])
def test_a_slug_with_nul_is_that_of_no_row_on_any_database(odd, django_assert_num_queries):
    asked = Wanted(data={"organisation": odd})
    with django_assert_num_queries(0 if isinstance(odd, str) else 1):
        assert not asked.is_valid()
    assert [error.code for error in asked.errors["organisation"]] == ["does_not_exist"]
