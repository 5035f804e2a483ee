"""The basemap of a region: computed once, kept on disk, and answered with an ETag and compressed."""

import gzip
import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.cache import patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from network.kernels import metropolis


class BasemapView(APIView):
    """GET: the procedural basemap as GeoJSON."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, 304: None})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Answer 304 to whoever has this version already."""
        if slug != metropolis.SLUG:
            raise Http404(f"no basemap for region {slug}")
        etag, packed = compressed_basemap()
        if request.headers.get("If-None-Match") == etag:
            answer = HttpResponse(status=304)
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            answer = HttpResponse(packed, content_type="application/geo+json", headers={"Content-Encoding": "gzip"})
        else:
            answer = HttpResponse(gzip.decompress(packed), content_type="application/geo+json")
        answer["ETag"], answer["Vary"] = etag, "Accept-Encoding, Cookie"
        patch_cache_control(answer, private=True, max_age=0, must_revalidate=True)
        return answer


def compressed_basemap() -> tuple[str, bytes]:
    """Return the ETag and the compressed GeoJSON, from disk when this version of the procedure wrote it there."""
    version = hashlib.sha256(Path(metropolis.__file__).read_bytes()).hexdigest()[:16]
    kept = settings.LOFT_HOME / "cache" / f"{metropolis.SLUG}-{version}.geojson.gz"
    if not kept.exists():
        text = json.dumps(metropolis.basemap(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".new")
        fresh.write_bytes(gzip.compress(text.encode(), mtime=0))
        fresh.replace(kept)
    return f'"{version}"', kept.read_bytes()
