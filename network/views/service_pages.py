"""Pages of service levels: standings, one agreement, maintenance, paths compared, and the wallboard."""

import json
from typing import Any

from django.shortcuts import get_object_or_404

from console.views.pages import Page
from network.actions.report.words import definition
from network.models import METRICS, METRICS_OF, Agreement, BurnAlert, PeriodKind, Region, SubjectKind

STATES = ["breached", "at_risk", "unknown", "met"]
LEAST_ROTATE_S, USUAL_ROTATE_S, MOST_ROTATE_S = 5, 20, 600
BOARD_VIEWS = {
    "network": "network.view_site",
    "alarms": "network.view_alarm",
    "levels": "network.view_agreement",
    "airspace": "airspace.view_drone",
    "industry": "industry.view_factory",
}
"""The views of the wallboard in their order, with the right that each needs."""
OF_A_REGION = ("network", "levels", "airspace")
MOST_VIEWS, MOST_WORD = 20, 60


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
        found = get_object_or_404(Agreement.objects.visible_to(self.actor), pk=kwargs["pk"])
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
    """Few big numbers for a wall: one view after the other, each of every region or of one."""

    right = "network.view_site"
    place = "network"
    wallboard = True
    template_name = "network/wallboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which views are shown, of which regions, for how long each, and what of the address is none."""
        asked = self.request.GET
        regions = {one.slug: one for one in Region.objects.order_by("slug")}
        views, wrong = board_views(asked.get("views", ""), asked.get("region", ""), set(regions))
        seen = [{**one, "missing": self._missing(one["name"])} for one in views]
        if not asked.get("views"):
            seen = [one for one in seen if not one["missing"]]
        places = [
            {
                "slug": one.slug, "name_en": one.name_en, "name_zh": one.name_zh, "lat_deg": one.lat_deg,
                "lon_deg": one.lon_deg, "radius_m": one.radius_m,
            }
            for one in regions.values()
        ]  # fmt: skip
        every_s = rotation_s(asked.get("every_s", "") or asked.get("rotate_s", ""))
        return super().get_context_data(
            regions=json.dumps(places), views=json.dumps(seen), wrong=wrong, every_s=every_s,
            known=", ".join(BOARD_VIEWS), **kwargs,
        )  # fmt: skip

    def _missing(self, view: str) -> str:
        right = BOARD_VIEWS[view]
        return "" if self.request.user.has_perm(right) else right


def board_views(words: str, region: str, regions: set[str]) -> tuple[list[dict[str, str]], list[str]]:
    """Return the views that an address asks for, and what in it is none.

    Args:
        words: names with commas between them, each with `@` and a region's slug where it is of that one; empty: all.
        region: of which region those are that name none; empty: of all.
        regions: the slugs that there are.
    """
    views: list[dict[str, str]] = []
    wrong = [f"region: {region[:MOST_WORD]}"] if region and region not in regions else []
    for word in [part.strip() for part in words.split(",") if part.strip()][:MOST_VIEWS]:
        name, _, place = word.partition("@")
        if name not in BOARD_VIEWS or (place and place not in regions):
            wrong.append(f"views: {word[:MOST_WORD]}")
            continue
        views.append({"name": name, "region": place or region})
    views = views or [{"name": name, "region": region} for name in BOARD_VIEWS]
    for one in views:
        if one["name"] not in OF_A_REGION or one["region"] not in regions:
            one["region"] = ""
    return views, wrong


def rotation_s(words: str) -> int:
    """Return how long each view is shown [s]; what is no number, or out of range, is brought into it."""
    if not (words.isascii() and words.isdigit()):
        return USUAL_ROTATE_S
    return min(max(int(words[:6]), LEAST_ROTATE_S), MOST_ROTATE_S)
