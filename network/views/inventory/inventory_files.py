"""REST: import of the inventory from files, and export to files that the import reads again."""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from console.access.authentication import actor_of
from console.access.keys import Key
from console.rest import parse
from console.rest.pricing.bounded import Bounded
from console.rest.pricing.priced import Priced
from console.rest.problem import shown
from network.actions.inventory import imports
from network.actions.inventory.exports import export
from network.actions.inventory.kinds import KINDS, hidden_from
from network.models import Region
from network.serializers.inventory.inventory_files import ExportQuerySerializer, ImportSerializer, ReportSerializer
from network.views.inventory.inventory_records import WRITE


class ImportsView(Priced, Bounded):
    """POST: take a file into the inventory; a dry run unless it says otherwise."""

    rights: ClassVar = {"POST": "network.add_site"}
    scopes: ClassVar = {"POST": WRITE}
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": ImportSerializer}, responses=ReportSerializer)
    def post(self, request: Request) -> Response:
        """Answer with what became, or would become, of every row."""
        sent: Any = request.data
        given = dict(sent.items())  # no form: what is absent there would be false
        asked = parse.value(request, ImportSerializer, given)
        if asked.region is not None and not Region.objects.filter(slug=asked.region).exists():
            raise ValidationError({"region": ["the slug of a region"]})
        try:
            contents = imports.read_file(asked.file.read(), asked.format, asked.kind, asked.region)
        except imports.Unreadable as reason:
            raise ValidationError({reason.field: [f"{reason.expected}; given: {shown(reason.value)}"]}) from reason
        _check_rights(request, {row.kind for row in contents.rows})
        report = imports.load(
            actor_of(request), contents, asked.file.name or "", timezone.now(), region=asked.region,
            is_dry_run=asked.is_dry_run, is_all_or_nothing=asked.is_all_or_nothing, valid_from=asked.valid_from,
        )  # fmt: skip
        return Response(report_json(report))


class FileRenderer(BaseRenderer):
    """Hands a file on as it is, an error as JSON."""

    render_style = "binary"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the octets."""
        return data if isinstance(data, bytes) else json.dumps(data).encode()


class CsvFile(FileRenderer):
    """CSV."""

    media_type, format = "text/csv", "csv"


class GeoJsonFile(FileRenderer):
    """GeoJSON."""

    media_type, format = "application/geo+json", "geojson"


class GraphmlFile(FileRenderer):
    """GraphML."""

    media_type, format = "application/graphml+xml", "graphml"


class NodeLinkFile(FileRenderer):
    """Node-link JSON."""

    media_type, format = "application/json", "node-link"


_ENDINGS = {"csv": "csv", "geojson": "geojson", "graphml": "graphml", "node-link": "json"}


class AnyFormat(DefaultContentNegotiation):
    """Leaves a format that there is not to the view, which names those there are."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002  the framework's name
        """Return the renderers of a format, all where it is none."""
        return [renderer for renderer in renderers if renderer.format == format] or renderers


class ExportView(Priced):
    """GET: the inventory as a file."""

    rights: ClassVar = {"GET": "network.view_site"}
    scopes: ClassVar = {"GET": "network:read"}
    renderer_classes = [JSONRenderer, CsvFile, GeoJsonFile, GraphmlFile, NodeLinkFile]
    content_negotiation_class = AnyFormat

    @extend_schema(
        parameters=[ExportQuerySerializer],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/geo+json"): OpenApiTypes.OBJECT,
            (200, "application/graphml+xml"): OpenApiTypes.STR,
            (200, "application/json"): OpenApiTypes.OBJECT,
        },
    )
    def get(self, request: Request) -> Response:
        """Answer with the file."""
        asked = parse.query(request, ExportQuerySerializer)
        data = export(asked.format, asked.kind, asked.region, hidden_from(actor_of(request)))
        words = [asked.region or "inventory", asked.kind or ""]
        name = "-".join(word for word in words if word) + "." + _ENDINGS[asked.format]
        return Response(data, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def report_json(report: imports.Report) -> dict[str, Any]:
    """Return a report as `ReportSerializer` describes it."""
    rows = [
        {
            "row": outcome.row,
            "kind": outcome.kind,
            "key": outcome.key,
            "outcome": outcome.outcome.value,
            "errors": [
                {"field": shown(error.field), "value": shown(error.value), "expected": error.expected}
                for error in outcome.errors
            ],
        }
        for outcome in report.rows
    ]
    return {
        "rows": rows,
        "counts": report.counts,
        "applied": report.applied,
        "valid_from": report.valid_from and report.valid_from.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ignored": [shown(name) for name in report.ignored],
    }


def _check_rights(request: Request, kinds: set[str]) -> None:
    """A person needs the rights to every kind that the file holds; a key has the scope for all."""
    if isinstance(request.auth, Key):
        return
    for kind in sorted(kinds):
        for verb in ("add", "change"):
            right = f"network.{verb}_{KINDS[kind].model._meta.model_name}"  # noqa: SLF001  Django's public name
            if not request.user.has_perm(right):
                raise PermissionDenied(f"You lack the right {right}.")
