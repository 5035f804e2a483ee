"""REST: agreements, how they stand over their periods, what was counted for them and what happened."""

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.scopes import SEEING
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find, may_see
from console.rest.pricing.bounded import Bounded
from network.actions.alarms.operator_actions import MOST_PK
from network.actions.service_levels import agreements
from network.actions.service_levels.ledger import history
from network.actions.service_levels.site_timeline import RIGHTS, site_timeline
from network.actions.service_levels.timeline import timeline
from network.kernels.sla.sla import State
from network.models import METRICS, Agreement, BurnAlert, Site, subject
from network.serializers.service_levels.service import (
    SPANS,
    STALE_AFTER,
    AgreementChangeSerializer,
    ComplianceRowSerializer,
    CountSerializer,
    HistoryQuerySerializer,
    NewAgreementSerializer,
    OneAgreementSerializer,
    ServiceAgreementSerializer,
    SubjectQuerySerializer,
    SubjectSerializer,
    TimelineQuerySerializer,
    TimelineRowSerializer,
    Times,
)
from network.views.inventory.inventory import StateFilter
from network.views.subject import NamesSubjects

WRITE = "sla:write"
MOST_ROWS = 5_000
_ABOUT = ("kind", "key", "metric")
_REACH = {"minute": timedelta(hours=8), "hour": timedelta(days=7), "day": timedelta(days=400)}


class EndedFilters(django_filters.FilterSet):  # type: ignore[misc]
    """Those in force, unless those that have ended are asked for."""

    is_ended = django_filters.BooleanFilter(method="that_ended", label="true: those that have ended; else in force")

    def filter_queryset(self, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        """Leave out what has ended where nothing else is asked."""
        rows: QuerySet[Agreement] = super().filter_queryset(queryset)
        return rows.filter(ended_at__isnull=not self.form.cleaned_data.get("is_ended"))

    def that_ended(self, rows: QuerySet[Agreement], _name: str, _asked: bool) -> QuerySet[Agreement]:  # noqa: FBT001
        """Return all: which are left is said above."""
        return rows


class AgreementFilters(EndedFilters):
    """What agreements can be filtered by."""

    state = StateFilter("", "judged_at")
    site = django_filters.CharFilter(field_name="site__slug")
    region = django_filters.CharFilter(field_name="region__slug")
    kind = django_filters.MultipleChoiceFilter(choices=subject.choices)
    metric = django_filters.ChoiceFilter(choices=METRICS)

    class Meta:
        model = Agreement
        fields = ["state", "site", "metric", "kind", "key", "region", "is_ended"]


class AgreementsView(ListView, Bounded):
    """GET: agreements on service levels, each as judged over its short window. POST: make one."""

    rights = {"GET": "network.view_agreement", "POST": "network.add_agreement"}
    scopes = {"GET": "sla:read", "POST": WRITE}
    queryset = Agreement.objects.select_related("site", "region", "organisation")
    serializer_class = ServiceAgreementSerializer
    filterset_class = AgreementFilters
    ordering_fields = [
        "id", "name", "kind", "key", "site__slug", "metric", "objective", "state", "value", "used_share", "judged_at",
    ]  # fmt: skip
    ordering = ["id"]

    @extend_schema(request=NewAgreementSerializer, responses={201: OneAgreementSerializer})
    def post(self, request: Request) -> Response:
        """Answer with the agreement made."""
        asked = parse.fields(request, NewAgreementSerializer)
        owner = asked.pop("organisation", None)
        kind, key, metric = (asked.pop(name) for name in _ABOUT)
        about = agreements.About(kind, key, metric, owner and owner.pk)
        made = agreements.make(actor_of(request), about, asked, timezone.now())
        return Response(OneAgreementSerializer(made).data, status=201)


class AgreementView(Bounded):
    """GET: one agreement. PATCH: change it. DELETE: end it, or delete it where nothing was counted for it.

    Where something was counted, a new objective, target or rule for unknown time ends it and makes another, which the
    answer tells: its `id`, and in `replaces` that of the one before.
    """

    rights = {
        "GET": "network.view_agreement",
        "PATCH": "network.change_agreement",
        "DELETE": "network.delete_agreement",
    }
    scopes = {"GET": "sla:read", "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(responses=OneAgreementSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the agreement."""
        return Response(OneAgreementSerializer(_found(request, self, pk)).data)

    @extend_schema(request=AgreementChangeSerializer, responses=OneAgreementSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Answer with the agreement, changed, or with the one that replaces it."""
        refuse_fixed(request, (*_ABOUT, "organisation"))
        asked = parse.fields(request, AgreementChangeSerializer)
        done = agreements.change(actor_of(request), _found(request, self, pk), asked, timezone.now())
        return Response(OneAgreementSerializer(done).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Answer with nothing."""
        agreements.remove(actor_of(request), _found(request, self, pk), timezone.now())
        return Response(status=204)


class SubjectsView(APIView):
    """GET: what something can be promised for, found by words; at most twelve, the first by key."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(parameters=[SubjectQuerySerializer], responses=SubjectSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the subjects of a kind whose key or name holds the words."""
        asked = parse.query(request, SubjectQuerySerializer)
        right = subject.of(asked.kind).right
        if not may_see(request, right):
            is_key = request.auth is not None
            raise PermissionDenied(
                f"This API key lacks the scope {SEEING.get(right)}." if is_key else f"You lack the right {right}."
            )
        return Response(SubjectSerializer(subject.search(asked.kind, asked.search, actor_of(request)), many=True).data)


class ComplianceView(Bounded):
    """GET: how an agreement stands over its period."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(responses=ComplianceRowSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the status; unknown before anything was counted."""
        return Response(ComplianceRowSerializer(_found(request, self, pk)).data)


class HistoryView(Bounded):
    """GET: the ledger of an agreement, the oldest first; at most 5,000 rows, the newest of them."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(parameters=[HistoryQuerySerializer], responses=CountSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the rows that a chart draws."""
        asked = parse.query(request, HistoryQuerySerializer)
        since, until = _between(asked.times, _REACH[asked.span], timezone.now())
        rows = history(_found(request, self, pk), SPANS[asked.span], since, until, MOST_ROWS)
        return Response(CountSerializer(rows, many=True).data)


class TimelineView(Bounded):
    """GET: what happened to an agreement's subject: breaches, unknown time, maintenance, alarms and changes."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(parameters=[TimelineQuerySerializer], responses=TimelineRowSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the rows, the oldest first; at most the newest thousand."""
        now = timezone.now()
        since, until = _between(parse.query(request, TimelineQuerySerializer), timedelta(days=1), now)
        rows: list[Any] = timeline(_found(request, self, pk), since, until, now, actor_of(request))
        return Response(TimelineRowSerializer(rows, many=True).data)


class SiteTimelineView(Bounded):
    """GET: what happened at a site: alarms, maintenance, pushes of settings and changes, as far as one may see them."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[TimelineQuerySerializer], responses=TimelineRowSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Answer with the rows, the oldest first; at most the newest thousand."""
        times = _between(parse.query(request, TimelineQuerySerializer), timedelta(days=1), timezone.now())
        kinds = [kind for kind, right in RIGHTS.items() if may_see(request, right)]
        site = find(Site.objects.all(), request, self, slug=slug)
        rows: list[Any] = site_timeline(site, times, actor_of(request), kinds)
        return Response(TimelineRowSerializer(rows, many=True).data)


class ComplianceFilters(EndedFilters):
    """What the list of compliance can be filtered by."""

    kind = django_filters.MultipleChoiceFilter(choices=subject.choices)
    metric = django_filters.MultipleChoiceFilter(choices=METRICS)
    state = django_filters.MultipleChoiceFilter(
        choices=[(state.value, state.value) for state in State], method="in_states"
    )
    burn_alert = django_filters.MultipleChoiceFilter(choices=BurnAlert.choices, field_name="standing__burn_alert")
    region = django_filters.CharFilter(field_name="region__slug")
    search = django_filters.CharFilter(method="by_words", max_length=80)

    def in_states(self, rows: QuerySet[Agreement], _name: str, states: list[str]) -> QuerySet[Agreement]:
        """Return those in one of the states; what was judged too long ago is unknown and nothing else."""
        if not states:
            return rows
        fresh = Q(standing__judged_at__gte=timezone.now() - STALE_AFTER)
        wanted = fresh & Q(standing__state__in=states)
        if State.UNKNOWN.value in states:
            wanted |= ~fresh | Q(standing=None)
        return rows.filter(wanted)

    def by_words(self, rows: QuerySet[Agreement], _name: str, words: str) -> QuerySet[Agreement]:
        """Return those whose name, key or site's name holds the words."""
        return rows.filter(
            Q(name__icontains=words)
            | Q(name_zh__icontains=words)
            | Q(key__icontains=words)
            | Q(site__name_en__icontains=words)
            | Q(site__name_zh__icontains=words)
        )

    class Meta:
        model = Agreement
        fields = ["kind", "metric", "state", "burn_alert", "region", "search", "is_ended"]


class ComplianceListView(NamesSubjects):
    """GET: how every agreement stands over its period."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}
    queryset = Agreement.objects.select_related("site", "region", "standing", "organisation")
    serializer_class = ComplianceRowSerializer
    filterset_class = ComplianceFilters
    ordering_fields = [
        "id", "name", "kind", "key", "metric", "target_share", "period", "standing__state", "standing__burn_alert",
        "standing__achieved_share", "standing__budget_left_share", "standing__burn_1h", "standing__judged_at",
    ]  # fmt: skip
    ordering = ["id"]


def refuse_fixed(request: Request, names: tuple[str, ...]) -> None:
    """Answer 400 to a request to change what never changes."""
    sent: Any = request.data
    if isinstance(sent, dict) and (fixed := [name for name in names if name in sent]):
        raise ValidationError({name: ["not to be changed: make another instead"] for name in fixed})


def _between(asked: Times, reach: timedelta, now: datetime) -> tuple[datetime, datetime]:
    until = asked.until or now
    since = asked.since or until - reach
    if since > until:
        raise ValidationError({"since": [f"a time before until, which is {until.isoformat()}"]})
    return since, until


def _found(request: Request, view: APIView, pk: int) -> Agreement:
    rows = Agreement.objects.select_related("site", "region", "standing", "organisation")
    return find(rows, request, view, pk=min(pk, MOST_PK))
