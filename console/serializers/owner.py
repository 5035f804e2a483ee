"""Whose a row is, as the API shows it and takes it."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from console.authentication import actor_of
from console.models import Organisation
from console.serializers.slug import BySlug


@extend_schema_field(OpenApiTypes.STR)
class OwnerField(BySlug[Organisation]):
    """The slug of the organisation that owns a row; of those that the caller may see. Not sent: as the action says."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        help_text = "Slug of the organisation whose it is. Not sent: one's own, or the owner of what it is about."
        super().__init__(slug_field="slug", **{"help_text": help_text, **kwargs})

    def get_queryset(self) -> QuerySet[Organisation] | None:
        """Return the organisations that the caller knows of."""
        if self.read_only:
            return None
        request = self.context.get("request")
        return Organisation.objects.none() if request is None else Organisation.objects.visible_to(actor_of(request))
