"""REST: the history of the inventory's records, and what is planned for them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest.lists import ListView
from network.actions import inventory as actions
from network.actions.inventory.kinds import KINDS
from network.models import Change, RecordKind
from network.serializers.inventory.inventory_records import ChangeSerializer


class ChangeFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What changes can be filtered by."""

    kind = django_filters.ChoiceFilter(choices=RecordKind.choices)
    key = django_filters.CharFilter(method="of_record", max_length=100)
    search = django_filters.CharFilter(field_name="key", lookup_expr="icontains", max_length=80)
    is_planned = django_filters.BooleanFilter(method="planned")
    has_problem = django_filters.BooleanFilter(field_name="problem", lookup_expr="exact", method="with_problem")

    def of_record(self, changes: QuerySet[Change], _name: str, key: str) -> QuerySet[Change]:
        """Return the changes of a record; the ends of a link in either order."""
        return changes.filter(key__in=[key, KINDS["link"].normal_key(key)])

    def planned(self, changes: Any, _name: str, is_planned: bool) -> QuerySet[Change]:  # noqa: FBT001  called so
        """Return the plans, or what is none any more."""
        plans: QuerySet[Change] = changes.planned()
        return plans if is_planned else changes.exclude(pk__in=plans.values("pk"))

    def with_problem(self, changes: QuerySet[Change], _name: str, has_problem: bool) -> QuerySet[Change]:  # noqa: FBT001
        """Return the plans that could not be applied, or all others."""
        return changes.exclude(problem="") if has_problem else changes.filter(problem="")

    class Meta:
        model = Change
        fields = ["kind", "key", "search", "is_planned", "has_problem"]


class ChangesView(ListView):
    """GET: changes of records, the newest first; plans are those whose time has not come."""

    rights = {"GET": "network.view_change"}
    scopes = {"GET": "network:read"}
    queryset = Change.objects.all()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilters
    ordering_fields = ["valid_from", "recorded_at", "applied_at", "kind", "key", "actor", "reason", "id"]
    ordering = ["-valid_from", "-id"]


class WithdrawView(APIView):
    """POST: take a plan back."""

    rights = {"POST": "network.change_change"}
    scopes = {"POST": "inventory:write"}

    @extend_schema(request=None, responses=ChangeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the change, withdrawn."""
        try:
            done = actions.withdraw(actor_of(request), pk, timezone.now())
        except actions.Missing as reason:
            raise Http404(str(reason)) from reason
        return Response(ChangeSerializer(done, context={"request": request}).data)
