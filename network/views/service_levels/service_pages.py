"""Pages of service levels: compliance, one agreement, maintenance, paths compared, and the wallboard."""

import json
from typing import Any

from django.shortcuts import get_object_or_404
from django.templatetags.static import static

from console.views.pages import Page
from network.actions import wallboard
from network.actions.service_levels.report.words import definition
from network.actions.subject import subjects
from network.models import METRICS, Agreement, BurnAlert, PeriodKind, Region, subject

STATES = ["breached", "at_risk", "unknown", "met"]
LEAST_ROTATE_S, USUAL_ROTATE_S, MOST_ROTATE_S = 5, 20, 600
MOST_VIEWS, MOST_WORD = 20, 60


class ServiceLevelsPage(Page):
    """How every agreement stands over its period."""

    right = "network.view_agreement"
    place = "network"
    template_name = "network/service_levels.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what the list can be filtered by."""
        return super().get_context_data(
            kinds=subject.choices(), subjects=subjects(), metrics=METRICS, burns=BurnAlert.choices,
            regions=Region.objects.order_by("slug"), periods=PeriodKind.choices, choices=promises(), **kwargs,
        )  # fmt: skip


class AgreementPage(Page):
    """One agreement: its budget, how fast it burns, what was counted, what happened, and who suffers."""

    right = "network.view_agreement"
    place = "network"
    template_name = "network/agreement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the agreement, and offer what can be changed of it."""
        agreement = get_object_or_404(Agreement.objects.visible_to(self.actor), pk=kwargs["pk"])
        return super().get_context_data(
            agreement=agreement, kinds=_kinds_with(agreement), subjects=subjects(), periods=PeriodKind.choices,
            choices=promises(agreement), **kwargs,
        )  # fmt: skip


def _kinds_with(agreement: Agreement) -> list[tuple[str, subject.Words]]:
    """Return what can be chosen as kind, with that of the agreement where no app has it any more."""
    kinds = subject.choices()
    own = [] if agreement.kind in dict(kinds) else [(agreement.kind, subject.label_of(agreement.kind))]
    return [*kinds, *own]


def promises(of: Agreement | None = None) -> str:
    """Return as JSON what can be promised for each kind of subject: each metric's word, and which events are good.

    What was promised in the agreement `of` is among it, also where it no longer can be: by the metric the form knows
    the unit of its values.
    """
    of_kinds = {
        this_subject.code: {metric.value: _told(this_subject.code, metric) for metric in this_subject.metrics}
        for this_subject in subject.registered()
        if subject.is_promised(this_subject)
    }
    if of is not None:
        of_kinds.setdefault(of.kind, {}).setdefault(of.metric, _told(of.kind, of.metric))
    return json.dumps(of_kinds)


def _told(kind: str, metric: str) -> dict[str, str]:
    return {"word": str(dict(METRICS)[metric]), "good": definition(kind, metric)}


class MaintenancePage(Page):
    """Times announced that do not count: list, announce, withdraw."""

    right = "network.view_maintenance"
    place = "network"
    template_name = "network/maintenance.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the kinds of subject."""
        regions = Region.objects.order_by("slug")
        return super().get_context_data(kinds=subject.choices(), subjects=subjects(), regions=regions, **kwargs)


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
        regions = {region.slug: region for region in Region.objects.order_by("slug")}
        views, wrong = board_views(asked.get("views", ""), asked.get("region", ""), set(regions))
        known = wallboard.views()
        seen = [
            {**view, "missing": self._missing(known[view["name"]].right), "script": static(known[view["name"]].script)}
            for view in views
        ]
        if not asked.get("views"):
            seen = [view for view in seen if not view["missing"]]
        places = [
            {
                "slug": region.slug, "name_en": region.name_en, "name_zh": region.name_zh, "lat_deg": region.lat_deg,
                "lon_deg": region.lon_deg, "radius_m": region.radius_m,
            }
            for region in regions.values()
        ]  # fmt: skip
        every_s = rotation_s(asked.get("every_s", "") or asked.get("rotate_s", ""))
        return super().get_context_data(
            regions=json.dumps(places), views=json.dumps(seen), wrong=wrong, every_s=every_s,
            known=", ".join(known), **kwargs,
        )  # fmt: skip

    def _missing(self, right: str) -> str:
        return "" if self.request.user.has_perm(right) else right


def board_views(words: str, region: str, regions: set[str]) -> tuple[list[dict[str, str]], list[str]]:
    """Return the views that an address asks for, and what in it is none.

    Args:
        words: names with commas between them, each with `@` and a region's slug where it is of that one; empty: all.
        region: of which region those are that name none; empty: of all.
        regions: the slugs that there are.
    """
    known = wallboard.views()
    views: list[dict[str, str]] = []
    wrong = [f"region: {region[:MOST_WORD]}"] if region and region not in regions else []
    for word in [part.strip() for part in words.split(",") if part.strip()][:MOST_VIEWS]:
        name, _, place = word.partition("@")
        if name not in known or (place and place not in regions):
            wrong.append(f"views: {word[:MOST_WORD]}")
            continue
        views.append({"name": name, "region": place or region})
    views = views or [{"name": name, "region": region} for name in known]
    for view in views:
        if not known[view["name"]].is_of_region or view["region"] not in regions:
            view["region"] = ""
    return views, wrong


def rotation_s(words: str) -> int:
    """Return how long each view is shown [s]; what is no number, or out of range, is brought into it."""
    if not (words.isascii() and words.isdigit()):
        return USUAL_ROTATE_S
    return min(max(int(words[:6]), LEAST_ROTATE_S), MOST_ROTATE_S)
