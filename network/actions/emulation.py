"""What the simulated base stations are told: a plain file of where each answers and how far away it acts."""

import json
from pathlib import Path

from network.actions.path import latencies_from
from network.models import Site, SiteKind

LOSS_SHARE = 0.000_1
JITTER_MS = 0.01
"""Spread that a quiet path still shows; an engineering default."""


def export_sites(file: Path) -> int:
    """Write the probed sites with the latency from the prober's place, the metro core; return how many."""
    core = Site.objects.filter(kind=SiteKind.CORE).exclude(region__slug="chinanet").order_by("pk").first()
    from_core = latencies_from(core.pk) if core else {}
    sites = []
    for site in Site.objects.probed().order_by("pk"):
        found = from_core.get(site.pk)
        if found is None:
            continue
        sites.append({
            "slug": site.slug, "host": site.probe_host, "port": site.probe_port, "fixed_ms": found.fixed_ms,
            "jitter_mean_ms": found.varying_ms + JITTER_MS,
            "jitter_sd_ms": (found.variance_ms2 + JITTER_MS**2) ** 0.5, "loss_share": LOSS_SHARE,
        })  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(sites, indent=1))
    draft.replace(file)
    return len(sites)
