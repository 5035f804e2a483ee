"""From what was asked to the sheet, and the digest by which equal evidence is known."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Max
from django.utils.translation import override

from network.actions.evidence.circle import circle_sheet
from network.actions.evidence.coverage import coverage_sheet
from network.actions.evidence.sheet import Sheet
from network.actions.radio import raster
from network.actions.radio.sector import air
from network.models import Corridor, EdgeNode, EvidenceKind, Link, Region, Sector, Site


def sheet_of(region: Region, kind: str, inputs: Mapping[str, Any], language: str) -> Sheet:
    """Return what evidence of a region shows, as the inventory is now.

    Args:
        region: whose coverage or circles are shown.
        kind: "coverage" (inputs: height_m, value) or "circle" (inputs: layer, direction, threshold_ms).
        inputs: see `kind`.
        language: of its words, "en" or "zh-hans".

    Raises:
        Refused: the inventory is too large.
    """
    make = coverage_sheet if kind == EvidenceKind.COVERAGE else circle_sheet
    digest, at = digest_of(region, kind, inputs), inventory_at(region)
    with override(language):
        return replace(make(region, inputs, at, language), digest=digest)


def digest_of(region: Region, kind: str, inputs: Mapping[str, Any]) -> str:
    """Return what is equal when the same was asked of the same inventory, to be drawn by the same procedure."""
    version = raster.version(air(region)) if kind == EvidenceKind.COVERAGE else ""
    place = [region.slug, region.name_en, region.name_zh, region.lat_deg, region.lon_deg, region.radius_m]
    counts = [rows.count() for rows in _records(region)]
    result = [place, kind, dict(inputs), version, counts, str(inventory_at(region)), _procedure()]
    return hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()


def inventory_at(region: Region) -> datetime | None:
    """Return when a record that evidence of a region depends on last changed; None for an empty inventory."""
    newest = (rows.aggregate(at=Max("changed_at"))["at"] for rows in _records(region))
    return max((at for at in newest if at), default=None)


def _records(region: Region) -> Iterator[Any]:
    yield Site.objects.filter(region=region)
    yield Sector.objects.filter(site__region=region)
    yield Corridor.objects.filter(region=region)
    yield from (Link.objects.all(), EdgeNode.objects.all())


def _procedure() -> str:
    """Return what changes whenever the drawing does."""
    parts = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:8]
