"""REST: coverage maps of a region at any height, and what they would be if a sector changed."""

import gzip
import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.radio import coverage, layers, raster
from network.actions.radio.on_air import air_now
from network.actions.radio.radio_link import radio_at
from network.actions.radio.sector import Air, air
from network.actions.topology.live import live_of, stamp_of
from network.kernels.radio.raster.coverage import LAYERS_M, Cover
from network.models import Region
from network.serializers.radio.coverage import (
    GoalsQuerySerializer,
    KpisSerializer,
    LayersSerializer,
    PlaceQuerySerializer,
    RadioSerializer,
    RasterQuery,
    RasterQuerySerializer,
    RegionQuerySerializer,
    TrialSerializer,
)
from network.serializers.topology.live import StampSerializer

OCTETS = "application/octet-stream"


class CoverageView(Priced):
    """What all views of coverage need."""

    rights = {"GET": "network.view_site", "POST": "network.view_site"}
    scopes = {"GET": "network:read", "POST": "network:read"}

    def asked(self, request: Request) -> tuple[Air, RasterQuery]:
        """Return the sectors of the region asked about, by the twin asked about, and what else the query says."""
        query = parse.query(request, RasterQuerySerializer)
        return air_now(region_of(query.region), query.twin, timezone.now()), query


class LayersView(CoverageView):
    """GET: which maps there are, where they lie and how their bytes are to be read."""

    @extend_schema(parameters=[RegionQuerySerializer], responses=LayersSerializer)
    def get(self, request: Request) -> Response:
        """Answer without making a map."""
        around = air_of(parse.query(request, RegionQuerySerializer))
        ground = layers.ground(around.region)
        return Response(
            LayersSerializer(
                {
                    "region": around.region.slug,
                    "heights_m": LAYERS_M,
                    "values": list(raster.values(around).values()),
                    "corners": ground.picture.corners,
                    "rows": ground.grid.rows,
                    "columns": ground.grid.columns,
                    "cell_m": ground.grid.cell_m,
                    "servers": around.slugs,
                    "definition": raster.DEFINITION,
                    "version": raster.version(around),
                    "computed_at": timezone.now(),
                    "source": raster.SOURCE,
                }
            ).data
        )


class RasterView(CoverageView):
    """GET: one map, a byte a cell, the northernmost row first, rows even on a Web-Mercator map; 0 is unknown."""

    @extend_schema(parameters=[RasterQuerySerializer], responses={(200, OCTETS): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request) -> HttpResponse:
        """Answer 304 to whoever has this version already. X-Rows and X-Columns tell the shape."""
        around, query = self.asked(request)
        etag = f'"{raster.version(around)}"'
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            answer = HttpResponse(status=304)
        else:
            answer = octets(request, raster.raster(around, query.height_m, query.value))
        answer["ETag"], answer["X-Twin"] = etag, str(query.twin)
        patch_cache_control(answer, private=True, max_age=0, must_revalidate=True)
        return answer


class WhatIfView(CoverageView):
    """POST: a map as it would be with one sector changed. It asks and changes nothing."""

    @extend_schema(
        parameters=[RasterQuerySerializer],
        request=TrialSerializer,
        responses={(200, OCTETS): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> HttpResponse:
        """Answer as for a map. The header X-Kpis holds before and after as JSON: share, reached_share, p5_sinr_db."""
        around, query = self.asked(request)
        wanted = parse.fields(request, TrialSerializer)
        index = _index_of(around, wanted["sector"])
        changed = raster.tried(around.sectors[index], wanted)
        trial = raster.what_if(around, query.height_m, query.value, index, changed)
        answer = octets(request, trial.raster)
        answer["X-Kpis"] = json.dumps({"before": _shares(trial.before), "after": _shares(trial.after)})
        patch_cache_control(answer, private=True, no_store=True)
        return answer


class PlaceView(CoverageView):
    """GET: what a terminal finds at one place, exactly."""

    @extend_schema(parameters=[PlaceQuerySerializer], responses=RadioSerializer)
    def get(self, request: Request) -> Response:
        """Answer with null figures where no sector reaches."""
        asked = parse.query(request, PlaceQuerySerializer)
        region, now = region_of(asked.region) if asked.region else None, timezone.now()
        live = live_of(asked.twin, now)
        radio = radio_at(asked.lat_deg, asked.lon_deg, asked.height_m, region, live=live)
        return Response(RadioSerializer({**vars(radio), "network": stamp_of(live, now)}).data)


class KpisView(CoverageView):
    """GET: how much of a region and of its public corridors is covered, with the definition."""

    @extend_schema(parameters=[GoalsQuerySerializer], responses=KpisSerializer)
    def get(self, request: Request) -> Response:
        """Answer with figures kept until a sector or a corridor changes."""
        asked = parse.query(request, GoalsQuerySerializer)
        now = timezone.now()
        live = live_of(asked.twin, now)
        kpis = coverage.kpis(region_of(asked.region), now, asked.goals, live)
        answer = {**vars(kpis), "definition": kpis.definition, "network": stamp_of(live, now)}
        return Response(KpisSerializer(answer).data)


class CorridorsView(CoverageView):
    """GET: the corridors of a region as GeoJSON, in pieces that are covered, not covered, or not known (null)."""

    @extend_schema(parameters=[GoalsQuerySerializer], responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Answer with the least of each piece's figures."""
        asked = parse.query(request, GoalsQuerySerializer)
        now = timezone.now()
        live = live_of(asked.twin, now)
        features = list(coverage.corridor_features(region_of(asked.region), asked.goals, live))
        network = StampSerializer(stamp_of(live, now)).data
        return Response(
            {"type": "FeatureCollection", "features": features, "network": network, "source": raster.SOURCE}
        )


def region_of(slug: str) -> Region:
    """Return a region.

    Raises:
        Http404: there is no such region.
    """
    return get_object_or_404(Region, slug=slug)


def air_of(slug: str) -> Air:
    """Return the sectors of a region as planned. Raises Http404."""
    return air(region_of(slug))


def octets(request: Request, picture: raster.Raster) -> HttpResponse:
    """Answer with a map, compressed for whoever takes that."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = HttpResponse(picture.packed, content_type=OCTETS, headers={"Content-Encoding": "gzip"})
    else:
        answer = HttpResponse(gzip.decompress(picture.packed), content_type=OCTETS)
    answer["X-Rows"], answer["X-Columns"] = str(picture.rows), str(picture.columns)
    answer["Vary"] = "Accept-Encoding, Cookie"
    return answer


def _index_of(around: Air, slug: str) -> int:
    index = around.index_of(slug)
    if index is None:
        raise ValidationError({"sector": [f"the slug of a sector of region {around.region.slug} that is not asleep"]})
    return index


def _shares(cover: Cover) -> dict[str, float | None]:
    return {"share": cover.share, "reached_share": cover.reached_share, "p5_sinr_db": cover.p5_sinr_db}
