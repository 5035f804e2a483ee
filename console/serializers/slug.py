"""A field of a request that names a row by its slug."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)


class BySlug(serializers.SlugRelatedField[Row]):
    """A row named by its slug. NUL, over which PostgreSQL fails, is in the slug of none."""

    def to_internal_value(self, data: Any) -> Row:
        """Return the row; refuse a slug that none has, naming it."""
        if "\0" in str(data):
            self.fail("does_not_exist", slug_name=self.slug_field, value=str(data))
        return super().to_internal_value(data)
