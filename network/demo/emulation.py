"""What the simulated base stations are told: a plain file of where each answers, what it has, and how far it is."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.db.models import Sum

from network.actions.topology import path
from network.kernels.geodesy import to_enu
from network.kernels.topology import latency
from network.models import RADIO_KINDS, EdgeNode, Sector, Site, SiteKind

LOSS_SHARE = 0.000_1
JITTER_MS = 0.01
"""Spread that a quiet path still shows; an engineering default."""
BACKHAUL_GBPS = 1.0
"""Of a base station, whose own traffic queues there: hidden from the model, which knows the links beyond."""
_ANTENNA = (
    "slug", "scenario", "pattern", "elements", "omni_dbi", "height_m", "azimuth_deg", "tilt_deg", "power_dbm",
    "carrier_ghz", "bandwidth_mhz",
)  # fmt: skip
Json = dict[str, Any]


def export_sites(file: Path) -> int:
    """Write the probed sites with the latency from the prober's place, the metro core, and the links; say how many."""
    core = Site.objects.filter(kind=SiteKind.CORE).exclude(region__slug="chinanet").order_by("pk").first()
    sites = _sites(core) if core else []
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    document = {"core": core.slug if core else "", "sites": sites, "links": _links()}
    draft.write_text(json.dumps(document, indent=1))
    draft.replace(file)
    return len(sites)


def _sites(core: Site) -> list[Json]:
    from_core = path.latencies_from(core.pk)
    antennas: dict[int, list[Json]] = defaultdict(list)
    rows = Sector.objects.order_by("slug").values_list("site_id", "is_active", *_ANTENNA)
    for site_id, is_active, *values in rows:
        antennas[site_id].append(dict(zip(_ANTENNA, values, strict=True)) | {"is_asleep": not is_active})
    cores = dict(EdgeNode.objects.values_list("site").annotate(Sum("cores")))
    sites = []
    for site in Site.objects.probed().select_related("region").order_by("pk"):
        delay = from_core.get(site.pk)
        if delay is None:
            continue
        east_m, north_m = to_enu(site.lat_deg, site.lon_deg, site.region.lat_deg, site.region.lon_deg)
        sites.append({
            "slug": site.slug, "host": site.probe_host, "port": site.probe_port, "fixed_ms": delay.fixed_ms,
            "jitter_mean_ms": delay.varying_ms + JITTER_MS,
            "jitter_sd_ms": (delay.variance_ms2 + JITTER_MS**2) ** 0.5, "loss_share": LOSS_SHARE, "kind": site.kind,
            "east_m": round(float(east_m), 1), "north_m": round(float(north_m), 1), "people": site.people,
            "antennas": antennas[site.pk], "edge_cores": cores.get(site.pk, 0), "secret": site.probe_secret,
            "backhaul_gbps": BACKHAUL_GBPS if site.kind in RADIO_KINDS else 0.0,
        })  # fmt: skip
    return sites


def _links() -> list[Json]:
    network = path.graph()
    ends = network.snapshot.sites
    return [
        {"a": ends[a].slug, "b": ends[b].slug, "ms": round(latency.path_latency(elements).mean_ms, 6)}
        for (a, b), elements in network.links.items()
    ]
