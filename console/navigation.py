"""The left rail: pages by URL name, with the right that opens each. Upward by string only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.access.right_words import lacking

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from console.models import Person


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    key: str
    word: str | Promise
    url_name: str
    right: str


PLACES = [
    Place("map", _("Map"), "airspace:map", "airspace.view_drone"),
    Place("network", _("Network"), "network:network", "network.view_site"),
    Place("airspace", _("Airspace"), "airspace:drones", "airspace.view_drone"),
    Place("industry", _("Industry"), "industry:factories", "industry.view_factory"),
    Place("models", _("Models"), "industry:models", "industry.view_model"),
    Place("alarms", _("Alarms"), "network:alarms", "network.view_alarm"),
    Place("programme", _("Programme"), "network:programme", "network.view_programmevalue"),
    Place("administration", _("Admin"), "console:keys", "console.view_apikey"),
]
PAGES = [
    Place("sla", _("Service levels"), "network:sla-page", "network.view_agreement"),
    Place("maintenance", _("Maintenance"), "network:maintenance-page", "network.view_maintenance"),
    Place("compare", _("Compare paths"), "network:compare", "network.view_site"),
    Place("wallboard", _("Wallboard"), "network:wallboard", "network.view_site"),
    Place("reports", _("Monthly reports"), "network:reports-page", "network.view_slareport"),
    Place("alarm-health", _("Health of the alarms"), "network:alarm-health-page", "network.view_alarm"),
    Place("notifications", _("Notifications"), "network:notifications", "network.view_noticechannel"),
    Place("evidence", _("Evidence maps"), "network:evidence-page", "network.view_evidence"),
    Place("plans", _("Plans for computing"), "network:plans-page", "network.view_placementplan"),
    Place("inventory", _("Inventory"), "network:inventory-home", "network.view_site"),
    Place("inventory-import", _("Import and export of the inventory"), "network:inventory-import", "network.view_site"),
    Place(
        "inventory-plans", _("History and plans of the inventory"), "network:inventory-history", "network.view_change"
    ),
]
"""Pages below those of the rail, which the search finds."""


def pages_for(person: "Person | AnonymousUser") -> list[dict[str, object]]:
    """Return the pages below those of the rail that this person may open."""
    return [{"word": page.word, "url": reverse(page.url_name)} for page in PAGES if person.has_perm(page.right)]


def rail_for(person: "Person | AnonymousUser") -> list[dict[str, object]]:
    """Return the places, each with whether this person may go there; the ones without a page yet are left out."""
    rail: list[dict[str, object]] = []
    for place in PLACES:
        try:
            url = reverse(place.url_name)
        except NoReverseMatch:
            continue
        allowed = person.has_perm(place.right)
        rail.append({"place": place, "url": url, "allowed": allowed, "lacking": lacking(place.right)})
    return rail
