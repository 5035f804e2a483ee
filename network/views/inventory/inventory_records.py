"""REST: the records of the inventory, listed, added, changed and removed by their natural keys."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from console.access.actor import Actor
from console.access.authentication import actor_of
from console.rest import parse
from console.rest.lists import ListView
from console.rest.pricing.bounded import Bounded
from network.actions import inventory as actions
from network.actions.inventory.history import rows_at
from network.actions.inventory.kinds import KINDS, Kind
from network.actions.topology import link_state
from network.actions.topology.live import live
from network.models import Agreement, Change, Corridor, EdgeNode, Link, Region, Sector, Site
from network.serializers.inventory.inventory_records import (
    WRITE_SERIALIZERS,
    AsOf,
    AsOfSerializer,
    ChangeSerializer,
    CorridorRecordSerializer,
    EdgeNodeRecordSerializer,
    LinkRecordSerializer,
    OccasionSerializer,
    RegionRecordSerializer,
    SectorRecordSerializer,
)

WRITE = "inventory:write"
_OCCASION = ("valid_from", "reason")
_WITH_AS_OF = {"as_of", "region", "search", "limit", "offset", "format"}


class Writes(Bounded):
    """What views that add, change or remove records share."""

    record: Kind
    answer: Callable[[Any, Actor], Any]

    def given(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what was sent of the record, and the occasion; of a removal also what its address says."""
        sent: Any = request.data
        if not isinstance(sent, dict):
            raise ValidationError({"": ["a JSON object"]})
        sent_values = {**(request.query_params.dict() if request.method == "DELETE" else {}), **sent}
        occasion = parse.value(
            request, OccasionSerializer, {name: sent_values[name] for name in _OCCASION if name in sent_values}
        )
        return {name: value for name, value in sent.items() if name not in _OCCASION}, occasion

    def done(self, request: Request, do: Callable[[], Change | None], key: str | None = None) -> Response:
        """Do it; answer with the record as it is, with the plan (202), or with nothing when it is gone."""
        try:
            change = do()
        except actions.Missing as reason:
            raise Http404(str(reason)) from reason
        if change is not None and change.applied_at is None:
            return Response(ChangeSerializer(change, context={"request": request}).data, 202)
        if change is not None and change.values is None:
            return Response(status=204)
        return Response(
            self._answer(request, change.key if change else key or ""), 201 if request.method == "POST" else 200
        )

    def _answer(self, request: Request, key: str) -> Any:
        actor = actor_of(request)
        return type(self).answer(row_of(self.record, key, actor), actor)


def row_of(record: Kind, key: str, actor: Actor) -> Any:
    """Return a record with what its answer shows of others: of a site the agreements that the actor may see."""
    rows = QUERYSETS[record.name]
    if record.name == "site":
        promised = Agreement.objects.visible_to(actor).in_force().select_related("site")
        rows = rows.prefetch_related(Prefetch("agreements", promised), "sectors")
    row = rows.filter(record.query(key)).first()
    if row is None:
        raise Http404(f"{record.word} {key}")
    return row


class RecordFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What every list of records can be filtered by."""

    search = django_filters.CharFilter(method="by_words", max_length=80)
    words: tuple[str, ...] = ("slug", "name_en", "name_zh")

    def by_words(self, rows: QuerySet[Any], _name: str, words: str) -> QuerySet[Any]:
        """Return the records whose name or slug holds the words."""
        condition = Q()
        for column in self.words:
            condition |= Q(**{f"{column}__icontains": words})
        return rows.filter(condition)


class RegionFilters(RecordFilters):
    """What regions can be filtered by."""

    class Meta:
        model = Region
        fields = ["search"]


class SectorFilters(RecordFilters):
    """What sectors can be filtered by."""

    words = ("slug", "site__name_en", "site__name_zh")
    site = django_filters.CharFilter(field_name="site__slug")
    region = django_filters.CharFilter(field_name="site__region__slug")

    class Meta:
        model = Sector
        fields = ["search", "site", "region", "scenario", "pattern", "is_active"]


class LinkFilters(RecordFilters):
    """What links can be filtered by: `site` and `region` hold for either end."""

    words = ("a__slug", "b__slug", "a__name_en", "b__name_en", "a__name_zh", "b__name_zh")
    site = django_filters.CharFilter(method="of_site")
    region = django_filters.CharFilter(method="of_region")
    state = django_filters.MultipleChoiceFilter(choices=link_state.CHOICES, method="of_states")
    least_rate_gbps = django_filters.NumberFilter(field_name="rate_gbps", lookup_expr="gte")

    def of_site(self, links: QuerySet[Link], _name: str, slug: str) -> QuerySet[Link]:
        """Return the links that end at a site."""
        return links.filter(Q(a__slug=slug) | Q(b__slug=slug))

    def of_states(self, links: QuerySet[Link], _name: str, states: list[str]) -> QuerySet[Link]:
        """Return the links that are in one of these states now."""
        return links.filter(link_state.in_states(live(timezone.now()), states)) if states else links

    def of_region(self, links: QuerySet[Link], _name: str, slug: str) -> QuerySet[Link]:
        """Return the links with an end in a region."""
        return links.filter(Q(a__region__slug=slug) | Q(b__region__slug=slug))

    class Meta:
        model = Link
        fields = ["search", "site", "region", "state", "medium", "is_length_surveyed", "least_rate_gbps"]


class EdgeNodeFilters(RecordFilters):
    """What edge nodes can be filtered by."""

    site = django_filters.CharFilter(field_name="site__slug")
    region = django_filters.CharFilter(field_name="site__region__slug")

    class Meta:
        model = EdgeNode
        fields = ["search", "site", "region"]


class CorridorFilters(RecordFilters):
    """What corridors can be filtered by."""

    region = django_filters.CharFilter(field_name="region__slug")

    class Meta:
        model = Corridor
        fields = ["search", "region", "is_public"]


QUERYSETS: dict[str, QuerySet[Any]] = {
    "region": Region.objects.all(),
    "site": Site.objects.select_related("region", "health"),
    "sector": Sector.objects.select_related("site__region"),
    "link": Link.objects.select_related("a__region", "b__region").annotate(**link_state.of_ends()),
    "edge_node": EdgeNode.objects.select_related("site__region"),
    "corridor": Corridor.objects.select_related("region"),
}


class RecordsView(Writes, ListView):
    """GET: the records of a kind, also as of a time. POST: add one, or plan to."""

    ordering = ["slug"]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with what is, or with what was or will be at `as_of`."""
        if "as_of" not in request.query_params:
            return super().list(request, *args, **kwargs)
        asked = parse.query(request, AsOfSerializer)
        if others := sorted(set(request.query_params) - _WITH_AS_OF):
            raise ValidationError(
                {name: ["nothing: as_of goes with region, search, limit and offset"] for name in others}
            )
        rows = [row for row in rows_at(self.record.name, asked.as_of) if _is_meant(row, asked)]
        page = self.paginate_queryset(rows)  # a list has pages as well
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def post(self, request: Request) -> Response:
        """Add a record."""
        given, occasion = self.given(request)
        now = timezone.now()
        return self.done(request, lambda: actions.create(actor_of(request), self.record.name, given, now, **occasion))


class RecordView(Writes):
    """GET: one record. PATCH: change it, or plan to. DELETE: remove it, or plan to."""

    def get(self, request: Request, key: str) -> Response:
        """Answer with the record."""
        return Response(self._answer(request, key))

    def patch(self, request: Request, key: str) -> Response:
        """Change some of its values."""
        given, occasion = self.given(request)
        now, who = timezone.now(), actor_of(request)
        return self.done(request, lambda: actions.change(who, self.record.name, key, given, now, **occasion), key)

    def delete(self, request: Request, key: str) -> Response:
        """Remove it."""
        _, occasion = self.given(request)
        now, who = timezone.now(), actor_of(request)
        return self.done(request, lambda: actions.remove(who, self.record.name, key, now, **occasion))


def described(kind: Kind, answer: type[BaseSerializer[Any]]) -> Callable[[type[APIView]], Any]:
    """Return what describes a view of a kind to the API's readers, and says which rights and scopes it needs."""
    new, partial = WRITE_SERIALIZERS[kind.name]
    planned = OpenApiResponse(ChangeSerializer, "Planned.")
    descriptions = {
        "get": extend_schema(responses=answer),
        "post": extend_schema(request=new, responses={201: answer, 202: planned}),
        "patch": extend_schema(request=partial, responses={200: answer, 202: planned}),
        "delete": extend_schema(parameters=[OccasionSerializer], request=None, responses={204: None, 202: planned}),
    }

    def describe(view: type[APIView]) -> Any:
        is_list = issubclass(view, ListView)
        methods = ("GET", "POST") if is_list else ("GET", "PATCH", "DELETE")
        verbs = {"GET": "view", "POST": "add", "PATCH": "change", "DELETE": "delete"}
        name = kind.model._meta.model_name  # noqa: SLF001  Django's public name
        made: Any = view
        made.rights = {method: f"network.{verbs[method]}_{name}" for method in methods}
        made.scopes = {method: "network:read" if method == "GET" else WRITE for method in methods}
        described_methods = {
            method.lower(): descriptions[method.lower()] for method in methods if not (is_list and method == "GET")
        }
        listed = {"get": extend_schema(parameters=[AsOfSerializer])} if is_list else {}
        return extend_schema_view(**described_methods, **listed)(view)

    return describe


def records_answer(serializer: type[BaseSerializer[Any]]) -> Any:
    """Return what a view answers of a record with: that serializer's data, the same for every actor."""
    return staticmethod(lambda row, _: serializer(row).data)


def _is_meant(row: Any, asked: AsOf) -> bool:
    """Whether a record is of the region and holds the words asked for."""
    region, words = asked.region, asked.search.casefold()
    ends = [row.a, row.b] if isinstance(row, Link) else [row.site] if hasattr(row, "site") else [row]
    regions = {end.slug if isinstance(end, Region) else end.region.slug for end in ends}
    if region is not None and region not in regions:
        return False
    named = ends if isinstance(row, Link) else [row, *ends]
    texts = [getattr(record, name, "") for record in named for name in ("slug", "name_en", "name_zh")]
    return any(words in text.casefold() for text in texts)


@described(KINDS["region"], RegionRecordSerializer)
class RegionsView(RecordsView):
    """The regions."""

    record = KINDS["region"]
    answer = records_answer(RegionRecordSerializer)
    queryset = QUERYSETS["region"]
    serializer_class = RegionRecordSerializer
    filterset_class = RegionFilters
    ordering_fields = ["slug", "name_en", "name_zh", "radius_m", "valid_from", "changed_at"]
    ordering = ["slug"]


@described(KINDS["region"], RegionRecordSerializer)
class RegionView(RecordView):
    """One region."""

    record = KINDS["region"]
    answer = records_answer(RegionRecordSerializer)


@described(KINDS["sector"], SectorRecordSerializer)
class SectorsView(RecordsView):
    """The sectors."""

    record = KINDS["sector"]
    answer = records_answer(SectorRecordSerializer)
    queryset = QUERYSETS["sector"]
    serializer_class = SectorRecordSerializer
    filterset_class = SectorFilters
    ordering_fields = [
        "slug", "site__slug", "scenario", "height_m", "azimuth_deg", "tilt_deg", "power_dbm", "carrier_ghz",
        "bandwidth_mhz", "load_share", "is_active", "valid_from", "changed_at",
    ]  # fmt: skip
    ordering = ["slug"]


@described(KINDS["sector"], SectorRecordSerializer)
class SectorView(RecordView):
    """One sector."""

    record = KINDS["sector"]
    answer = records_answer(SectorRecordSerializer)


@described(KINDS["link"], LinkRecordSerializer)
class LinksView(RecordsView):
    """The links."""

    record = KINDS["link"]
    answer = records_answer(LinkRecordSerializer)
    queryset = QUERYSETS["link"]
    serializer_class = LinkRecordSerializer
    filterset_class = LinkFilters
    ordering_fields = [
        "id", "a__slug", "b__slug", "length_km", "rate_gbps", "load_share", "medium", "optical_hops",
        "electrical_hops", "is_length_surveyed", "state", "valid_from", "changed_at",
    ]  # fmt: skip
    ordering = ["id"]
    orders = {"state": [F("state_rank").asc()]}

    def get_queryset(self) -> QuerySet[Any]:
        """Return the links, with how they are now where they are ordered by that, the worst first."""
        links = super().get_queryset()
        words = getattr(self.request, "query_params", {}).get("ordering", "").split(",")
        by_state = any(word.strip().removeprefix("-") == "state" for word in words)
        return links.annotate(state_rank=link_state.rank(live(timezone.now()))) if by_state else links


@described(KINDS["link"], LinkRecordSerializer)
class LinkView(RecordView):
    """One link."""

    record = KINDS["link"]
    answer = records_answer(LinkRecordSerializer)


@described(KINDS["edge_node"], EdgeNodeRecordSerializer)
class EdgeNodesView(RecordsView):
    """The edge nodes."""

    record = KINDS["edge_node"]
    answer = records_answer(EdgeNodeRecordSerializer)
    queryset = QUERYSETS["edge_node"]
    serializer_class = EdgeNodeRecordSerializer
    filterset_class = EdgeNodeFilters
    ordering_fields = [
        "slug", "site__slug", "name_en", "name_zh", "cores", "memory_gb", "accelerators", "power_kw",
        "valid_from", "changed_at",
    ]  # fmt: skip
    ordering = ["slug"]


@described(KINDS["edge_node"], EdgeNodeRecordSerializer)
class EdgeNodeView(RecordView):
    """One edge node."""

    record = KINDS["edge_node"]
    answer = records_answer(EdgeNodeRecordSerializer)


@described(KINDS["corridor"], CorridorRecordSerializer)
class CorridorsView(RecordsView):
    """The corridors."""

    record = KINDS["corridor"]
    answer = records_answer(CorridorRecordSerializer)
    queryset = QUERYSETS["corridor"]
    serializer_class = CorridorRecordSerializer
    filterset_class = CorridorFilters
    ordering_fields = [
        "slug", "region__slug", "name_en", "name_zh", "lowest_m", "highest_m", "half_width_m", "is_public",
        "valid_from", "changed_at",
    ]  # fmt: skip
    ordering = ["slug"]


@described(KINDS["corridor"], CorridorRecordSerializer)
class CorridorView(RecordView):
    """One corridor."""

    record = KINDS["corridor"]
    answer = records_answer(CorridorRecordSerializer)
