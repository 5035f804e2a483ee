"""Filters of lists. Named in the settings, so it loads nothing that needs them."""

from datetime import datetime
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from console.rest.fields import TOO_FAR, is_near


class Filters(DjangoFilterBackend):  # type: ignore[misc]
    """Filters of a list; a time among them has to be one that a database can hold and compare, in any zone."""

    def get_filterset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Refuse times that are too far off, by the names of their filters."""
        made = super().get_filterset(request, queryset, view)
        _narrow(made, request)
        if made is not None and made.is_valid():
            given = made.form.cleaned_data.items()
            far = {name: [TOO_FAR] for name, value in given if isinstance(value, datetime) and not is_near(value)}
            if far:
                raise ValidationError(far)
        return made


def _narrow(made: Any, request: Request) -> None:
    """Let a filter that names another row name only what the caller may see: a foreign one is as good as none."""
    from console.rest.permissions import visible  # noqa: PLC0415  needs the settings

    for field in made.form.fields.values() if made is not None else ():
        if getattr(field, "queryset", None) is not None:
            field.queryset = visible(field.queryset, request)
