"""Wire shape of a kind of subject: one of those that the apps registered."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from rest_framework import serializers

from network.models.subject import Words


class KindField(serializers.ChoiceField):
    """A kind among those that `kinds` returns when the field is made, which is anew for each request.

    What a serializer declares is made when it is imported: before every app is ready that has no choices yet.
    """

    def __init__(self, kinds: Callable[[], list[str] | list[tuple[str, Words]]], **options: Any) -> None:
        super().__init__(choices=kinds() if apps.ready else [], **options)
