"""Wire shape of a kind of subject: one of those that the apps registered."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.words import shown_name
from network.actions.alarms.managed_object import names_of
from network.models.subject import Words


class KindField(serializers.ChoiceField):
    """A kind among those that `kinds` returns when the field is made, which is anew for each request.

    What a serializer declares is made when it is imported: before every app is ready that has no choices yet.
    """

    def __init__(self, kinds: Callable[[], list[str] | list[tuple[str, Words]]], **options: Any) -> None:
        super().__init__(choices=kinds() if apps.ready else [], **options)


@extend_schema_field(OpenApiTypes.STR)
class SubjectNameField(serializers.Field[Any, Any, Any, Any]):
    """What the subject of a row (`kind`, `key`) is called; its key where it is gone.

    A list hands the names of all its rows over (`network.views.subject`); of one row it is looked up.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            source="*", read_only=True, help_text="What its subject is called, in the reader's language.", **options
        )

    def to_representation(self, value: Any) -> str:
        """Return the name in the present language."""
        about = (value.kind, value.key)
        names = self.context.get("subject_names")
        name = (names_of([about]) if names is None else names).get(about)
        return shown_name(*name) if name else value.key
