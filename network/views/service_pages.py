"""Pages of service levels: standings, one agreement, maintenance, paths compared, and the wallboard."""

import json
from typing import Any

from django.shortcuts import get_object_or_404

from console.views.pages import Page
from network.actions.report.words import definition
from network.models import METRICS, METRICS_OF, Agreement, BurnAlert, PeriodKind, Region, SubjectKind

STATES = ["breached", "at_risk", "unknown", "met"]
LEAST_ROTATE_S, USUAL_ROTATE_S, MOST_ROTATE_S = 5, 20, 600


class ServiceLevelsPage(Page):
    """How every agreement stands over its period."""

    right = "network.view_agreement"
    place = "network"
    template_name = "network/service_levels.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what the list can be filtered by."""
        return super().get_context_data(
            kinds=SubjectKind.choices, metrics=METRICS, burns=BurnAlert.choices,
            regions=Region.objects.order_by("slug"), periods=PeriodKind.choices, choices=promises(), **kwargs,
        )  # fmt: skip


class AgreementPage(Page):
    """One agreement: its budget, how fast it burns, what was counted, what happened, and who suffers."""

    right = "network.view_agreement"
    place = "network"
    template_name = "network/agreement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the agreement, and offer what can be changed of it."""
        found = get_object_or_404(Agreement, pk=kwargs["pk"])
        return super().get_context_data(
            agreement=found, kinds=SubjectKind.choices, periods=PeriodKind.choices, choices=promises(), **kwargs
        )


def promises() -> str:
    """Return as JSON what can be promised for each kind of subject: each metric's word, and which events are good."""
    words = dict(METRICS)
    of_kinds = {
        kind: {metric: {"word": str(words[metric]), "good": definition(kind, metric)} for metric in metrics}
        for kind, metrics in METRICS_OF.items()
    }
    return json.dumps(of_kinds)


class MaintenancePage(Page):
    """Times announced that do not count: list, announce, withdraw."""

    right = "network.view_maintenance"
    place = "network"
    template_name = "network/maintenance.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the kinds of subject."""
        regions = Region.objects.order_by("slug")
        return super().get_context_data(kinds=SubjectKind.choices, regions=regions, **kwargs)


class ComparePage(Page):
    """Two paths side by side, modelled, beside what is measured at their ends."""

    right = "network.view_site"
    place = "network"
    template_name = "network/compare.html"


class WallboardPage(Page):
    """Few big numbers for a wall: one view after the other, of every region or of one."""

    right = "network.view_site"
    place = "network"
    wallboard = True
    template_name = "network/wallboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the regions that are shown, and how long each is."""
        regions = Region.objects.order_by("slug")
        wanted = self.request.GET.get("region", "")
        shown = [region for region in regions if not wanted or region.slug == wanted]
        words = [
            {
                "slug": one.slug, "name_en": one.name_en, "name_zh": one.name_zh, "lat_deg": one.lat_deg,
                "lon_deg": one.lon_deg, "radius_m": one.radius_m,
            }
            for one in shown
        ]  # fmt: skip
        rotate_s = rotation_s(self.request.GET.get("rotate_s", ""))
        return super().get_context_data(regions=json.dumps(words), wanted=wanted, rotate_s=rotate_s, **kwargs)


def rotation_s(words: str) -> int:
    """Return how long each view is shown [s]; what is no number, or out of range, is brought into it."""
    if not (words.isascii() and words.isdigit()):
        return USUAL_ROTATE_S
    return min(max(int(words[:6]), LEAST_ROTATE_S), MOST_ROTATE_S)
