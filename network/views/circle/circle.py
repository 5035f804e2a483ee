"""REST: the one-millisecond circle by every definition, and the latency of a path."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.circle import circle, reach
from network.actions.topology import path_now
from network.actions.topology.live import live_of, stamp_of
from network.models import Region, Site
from network.serializers.circle.circle import (
    CirclesQuerySerializer,
    CirclesSerializer,
    PathQuerySerializer,
    PathSerializer,
    ReachQuerySerializer,
    ReachSerializer,
    path_json,
)


class CirclesView(Priced):
    """GET: who is inside the circle by each definition side by side, now and after the worst single failure."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[CirclesQuerySerializer], responses=CirclesSerializer)
    def get(self, request: Request) -> Response:
        """Answer with modelled shares; each carries its definition."""
        asked = parse.query(request, CirclesQuerySerializer)
        region = get_object_or_404(Region, slug=asked.region)
        now = timezone.now()
        live = live_of(asked.twin, now)
        readings = circle.readings(region, asked.readings(), live)
        answer = {"region": region.slug, "at": now, "network": stamp_of(live, now), "readings": readings}
        return Response(CirclesSerializer(answer).data)


class ReachView(Priced):
    """GET: circles as reach on the real graph, by one definition."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[ReachQuerySerializer], responses=ReachSerializer)
    def get(self, request: Request) -> Response:
        """Answer with centres, sites and the links between them."""
        asked = parse.query(request, ReachQuerySerializer)
        region = get_object_or_404(Region, slug=asked.region)
        now = timezone.now()
        live = live_of(asked.twin, now)
        reached_set = reach.reach(region, asked.definition, live)
        about = {"region": region.slug, "at": now, "network": stamp_of(live, now)}
        return Response(ReachSerializer({**about, **vars(reached_set)}).data)


class LatencyPathView(Priced):
    """POST: the modelled latency of one path, decomposed. It asks and changes nothing."""

    rights = {"POST": "network.view_site"}
    scopes = {"POST": "network:read"}

    @extend_schema(request=PathQuerySerializer, responses=PathSerializer)
    def post(self, request: Request) -> Response:
        """Answer with mean, 99th percentile and parts."""
        asked = parse.body(request, PathQuerySerializer)
        start = _site("from_site", asked.from_site) or (asked.lat_deg, asked.lon_deg)
        now = timezone.now()
        live = live_of(asked.twin, now)
        found = path_now.latency_now(start, _site("to_site", asked.to_site), live, by_radio=asked.by_radio)
        answer = path_json(found.end, found.latency, is_known=found.is_known)
        return Response(PathSerializer({**answer, "network": stamp_of(live, now)}).data)


def _site(name: str, slug: str | None) -> Site | None:
    """Return the site that a field names, if it does."""
    site = Site.objects.filter(slug=slug).first() if slug is not None else None
    if slug is not None and site is None:
        raise serializers.ValidationError({name: "the slug of a site"})
    return site
