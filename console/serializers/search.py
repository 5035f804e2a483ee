"""Wire shapes of the search."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed


@dataclass(frozen=True)
class SearchQuery:
    """What is looked for."""

    search: str


class SearchQuerySerializer(Typed[SearchQuery]):
    """What is looked for."""

    search = serializers.CharField(min_length=1, max_length=80, help_text="A part of a name, serial or key.")
    makes = SearchQuery


class FoundSerializer(serializers.Serializer[Any]):
    """Something found: its names, what tells it from others of that name, and the address of its page or place."""

    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()


class FoundGroupSerializer(serializers.Serializer[Any]):
    """What one source found; at most six. `kind` is in the language of the request."""

    code = serializers.CharField()
    kind = serializers.CharField()
    found = FoundSerializer(many=True)
