"""REST: slices of the network, and maintenance."""

from collections.abc import Sequence

import django_filters
from django.db.models import Case, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from console.access.authentication import actor_of
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find, visible
from console.rest.pricing.bounded import Bounded
from network.actions.alarms.operator_actions import MOST_PK
from network.actions.maintenance import affected, maintenance
from network.actions.service_levels import slices
from network.models import Maintenance, Slice, subject
from network.serializers.service_levels.service import (
    AffectedAgreementsSerializer,
    AffectedOfQuerySerializer,
    AffectedQuerySerializer,
    MaintenanceSerializer,
    NewMaintenanceSerializer,
    NewSliceSerializer,
    Part,
    SliceChangeSerializer,
    SliceSerializer,
)
from network.views.service_levels.service import WRITE, refuse_fixed
from network.views.subject import NamesSubjects


class SliceFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What slices can be filtered by."""

    search = django_filters.CharFilter(method="by_words", max_length=80)
    site = django_filters.CharFilter(field_name="sites__slug", distinct=True)
    organisation = django_filters.CharFilter(field_name="organisation__slug")
    tenant = django_filters.CharFilter(field_name="organisation__name_en")

    def by_words(self, rows: QuerySet[Slice], _name: str, words: str) -> QuerySet[Slice]:
        """Return the slices whose name, slug or tenant holds the words."""
        return rows.filter(
            Q(slug__icontains=words)
            | Q(name_en__icontains=words)
            | Q(name_zh__icontains=words)
            | Q(organisation__name_en__icontains=words)
            | Q(organisation__name_zh__icontains=words)
        )

    class Meta:
        model = Slice
        fields = ["search", "site", "sst", "organisation", "tenant"]


class SlicesView(ListView, Bounded):
    """GET: slices with their sites. POST: make one."""

    rights = {"GET": "network.view_slice", "POST": "network.add_slice"}
    scopes = {"GET": "sla:read", "POST": WRITE}
    queryset = (
        Slice.objects.select_related("organisation")
        .prefetch_related("sites")
        .annotate(tenant=F("organisation__name_en"))
    )
    serializer_class = SliceSerializer
    filterset_class = SliceFilters
    ordering_fields = ["slug", "name_en", "name_zh", "sst", "tenant", "changed_at"]
    ordering = ["slug"]

    @extend_schema(request=NewSliceSerializer, responses={201: SliceSerializer})
    def post(self, request: Request) -> Response:
        """Answer with the slice made."""
        made = slices.make(actor_of(request), parse.fields(request, NewSliceSerializer), timezone.now())
        return Response(SliceSerializer(made).data, status=201)


class SliceView(Bounded):
    """GET: one slice. PATCH: change it. DELETE: remove it, unless something is promised for it."""

    rights = {"GET": "network.view_slice", "PATCH": "network.change_slice", "DELETE": "network.delete_slice"}
    scopes = {"GET": "sla:read", "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(responses=SliceSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Answer with the slice."""
        return Response(SliceSerializer(find(Slice.objects.all(), request, self, slug=slug)).data)

    @extend_schema(request=SliceChangeSerializer, responses=SliceSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Answer with the slice, changed."""
        refuse_fixed(request, ("slug",))
        wanted = parse.fields(request, SliceChangeSerializer)
        slice_ = find(Slice.objects.all(), request, self, slug=slug)
        done = slices.change(actor_of(request), slice_, wanted, timezone.now())
        return Response(SliceSerializer(done).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Answer with nothing."""
        slices.remove(actor_of(request), find(Slice.objects.all(), request, self, slug=slug), timezone.now())
        return Response(status=204)


class MaintenanceFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What maintenance can be filtered by."""

    kind = django_filters.MultipleChoiceFilter(choices=lambda: [(kind, kind) for kind in subject.maintained()])
    is_over = django_filters.BooleanFilter(method="by_end")
    search = django_filters.CharFilter(method="by_words", max_length=80)

    def by_end(self, rows: QuerySet[Maintenance], _name: str, is_over: bool) -> QuerySet[Maintenance]:  # noqa: FBT001  the filter decides the signature
        """Return those that are over or withdrawn, or those that are not."""
        over = Q(ends_at__lte=timezone.now()) | Q(withdrawn_at__isnull=False)
        return rows.filter(over if is_over else ~over)

    def by_words(self, rows: QuerySet[Maintenance], _name: str, words: str) -> QuerySet[Maintenance]:
        """Return those whose key holds the words, or as far as the reader sees them, whose reason or author does."""
        condition = Q(key__icontains=words)
        if actor_of(self.request).sees is None:
            condition |= Q(reason__icontains=words) | Q(actor__icontains=words)
        return rows.filter(condition)

    class Meta:
        model = Maintenance
        fields = ["kind", "key", "is_over", "search"]


_BY_STATE = Case(
    When(withdrawn_at__isnull=False, then=3),
    When(ends_at__lte=Now(), then=2),
    When(starts_at__lte=Now(), then=0),
    default=1,
    output_field=IntegerField(),
)
"""Under way, to come, over, withdrawn."""


class MaintenanceListView(NamesSubjects, Bounded):
    """GET: maintenance announced, the latest first. POST: announce some."""

    rights = {"GET": "network.view_maintenance", "POST": "network.add_maintenance"}
    scopes = {"GET": "sla:read", "POST": WRITE}
    queryset = Maintenance.objects.select_related("organisation")
    serializer_class = MaintenanceSerializer
    filterset_class = MaintenanceFilters
    ordering_fields = ["id", "kind", "key", "starts_at", "ends_at", "reason", "made_at", "state"]
    ordering = ["-starts_at", "-id"]
    orders = {"state": [_BY_STATE.asc()]}

    @extend_schema(request=NewMaintenanceSerializer, responses={201: MaintenanceSerializer})
    def post(self, request: Request) -> Response:
        """Answer with what was announced."""
        made = maintenance.announce(actor_of(request), parse.body(request, NewMaintenanceSerializer), timezone.now())
        return Response(MaintenanceSerializer(made, context={"request": request}).data, status=201)


class WithdrawMaintenanceView(Bounded):
    """POST: take back a maintenance to come, or end one before its time."""

    rights = {"POST": "network.change_maintenance"}
    scopes = {"POST": WRITE}

    @extend_schema(request=None, responses=MaintenanceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the maintenance, withdrawn."""
        window = find(Maintenance.objects.all(), request, self, pk=min(pk, MOST_PK))
        done = maintenance.withdraw(actor_of(request), window.pk, timezone.now())
        return Response(MaintenanceSerializer(done, context={"request": request}).data)


class AffectedAgreementsView(Bounded):
    """GET: which agreements maintenance of a subject would concern, before it is announced."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(
        parameters=[AffectedOfQuerySerializer],
        responses=AffectedAgreementsSerializer,
        operation_id="v1_maintenance_would_concern",
    )
    def get(self, request: Request) -> Response:
        """Answer with how many, which ones, and by which rule."""
        asked = parse.query(request, AffectedOfQuerySerializer)
        return _told(maintenance.affected_agreements(asked.kind, asked.key, actor_of(request)), asked.part)


class MaintenanceAffectedView(Bounded):
    """GET: which agreements a maintenance that was announced concerns, over the inventory of now."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(parameters=[AffectedQuerySerializer], responses=AffectedAgreementsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with how many, which ones, and by which rule."""
        part = parse.query(request, AffectedQuerySerializer)
        window = get_object_or_404(visible(Maintenance.objects.all(), request), pk=min(pk, MOST_PK))
        return _told(maintenance.agreements_affected_by(window, actor_of(request)), part)


def _told(affected_agreements: Sequence[maintenance.AffectedAgreement], part: Part) -> Response:
    fields = {
        "count": len(affected_agreements),
        "results": affected_agreements[part.rows],
        "rule": affected.RULE,
        "source": "modelled",
    }
    return Response(AffectedAgreementsSerializer(fields).data)
