"""REST: the one-millisecond circle by every definition, and the latency of a path."""

import dataclasses
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest.priced import Priced
from network.actions import circle, path, reach
from network.kernels.definition import STANDARD
from network.models import Region, Site
from network.serializers.circle import (
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
        query = CirclesQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        region = get_object_or_404(Region, slug=query.validated_data["region"])
        asked = {name: value for name, value in query.validated_data.items() if name == "threshold_ms"}
        found = circle.readings(region, [dataclasses.replace(one, **asked) for one in STANDARD])
        return Response(CirclesSerializer({"region": region.slug, "at": timezone.now(), "readings": found}).data)


class ReachView(Priced):
    """GET: circles as reach on the real graph, by one definition."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[ReachQuerySerializer], responses=ReachSerializer)
    def get(self, request: Request) -> Response:
        """Answer with centres, sites and the links between them."""
        query = ReachQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        region = get_object_or_404(Region, slug=query.validated_data["region"])
        found = reach.reach(region, query.definition())
        return Response(ReachSerializer({"region": region.slug, "at": timezone.now(), **vars(found)}).data)


class LatencyPathView(Priced):
    """POST: the modelled latency of one path, decomposed. It asks and changes nothing."""

    rights = {"POST": "network.view_site"}
    scopes = {"POST": "network:read"}

    @extend_schema(request=PathQuerySerializer, responses=PathSerializer)
    def post(self, request: Request) -> Response:
        """Answer with mean, 99th percentile and parts."""
        query = PathQuerySerializer(data=request.data)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        start = _site(asked, "from_site") if "from_site" in asked else (asked["lat_deg"], asked["lon_deg"])
        to_site = _site(asked, "to_site") if "to_site" in asked else None
        end, found = path.latency_between(start, to_site, by_radio=asked["by_radio"])
        return Response(PathSerializer(path_json(end, found)).data)


def _site(asked: dict[str, Any], name: str) -> Site:
    found = Site.objects.filter(slug=asked[name]).first()
    if found is None:
        raise serializers.ValidationError({name: "the slug of a site"})
    return found
