"""Pages of the inventory: one list per kind of record, what was changed and is planned, import and export."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.access.right_words import lacking
from console.views.pages import Page
from network.actions.inventory import KINDS
from network.actions.inventory.fields import Number
from network.actions.inventory.imports import MOST_BYTES
from network.actions.topology import link_state
from network.models import Medium, RecordKind, Region, Scenario, SiteKind

MOST_REGIONS = 200
FORMATS = [("csv", "CSV"), ("geojson", "GeoJSON"), ("graphml", "GraphML"), ("node-link", _("node-link JSON"))]
YES_OR_NO = [("true", _("yes")), ("false", _("no"))]
IMPORT_RIGHT = "network.add_site"
WITHDRAW_RIGHT = "network.change_change"
Choices = Sequence[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Filter:
    """One field that a list is filtered by; without choices it takes a text."""

    name: str
    word: str | Promise
    choices: Choices | None = None


@dataclass(frozen=True)
class Tab:
    """One kind of record as a page."""

    key: str
    word: str | Promise
    model: str
    filters: tuple[Filter, ...] = ()
    is_editable: bool = True


NAMED = Filter("search", _("Name contains"))
OF_SITE = Filter("site", _("Site"))
TABS = (
    Tab("regions", _("Regions"), "region", (NAMED,)),
    Tab(
        "sites", _("Sites"), "site",
        (NAMED, Filter("kind", _("Kind"), SiteKind.choices), Filter("is_key_site", _("Key site"), YES_OR_NO)),
    ),
    Tab(
        "sectors", _("Sectors"), "sector",
        (NAMED, OF_SITE, Filter("scenario", _("Surroundings"), Scenario.choices),
         Filter("is_active", _("On air"), YES_OR_NO)),
    ),
    Tab(
        "links", _("Links"), "link",
        (NAMED, OF_SITE, Filter("state", _("State"), link_state.CHOICES),
         Filter("medium", _("Medium"), Medium.choices)),
    ),
    Tab("edge-nodes", _("Edge nodes"), "edgenode", (NAMED, OF_SITE)),
    Tab("corridors", _("Corridors"), "corridor", (NAMED, Filter("is_public", _("Public"), YES_OR_NO))),
    Tab(
        "changes", _("History and plans"), "change",
        (Filter("kind", _("Kind"), RecordKind.choices), Filter("search", _("Record")),
         Filter("is_planned", _("Show"), [("true", _("planned only")), ("false", _("past only"))])),
        is_editable=False,
    ),
)  # fmt: skip
BY_KEY = {tab.key: tab for tab in TABS}


def region_choices() -> Choices:
    """Return the regions to choose from."""
    return [
        (slug, f"{en} {zh}") for slug, en, zh in Region.objects.values_list("slug", "name_en", "name_zh")[:MOST_REGIONS]
    ]


class InventoryPage(Page):
    """The list of one kind of record, with what this person may do to it."""

    place = "network"
    template_name = "network/inventory.html"
    names = ("region",)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find which kind is asked for."""
        super().setup(request, *args, **kwargs)
        if kwargs["kind"] not in BY_KEY:
            raise Http404(kwargs["kind"])
        self.tab = BY_KEY[kwargs["kind"]]
        self.right = f"network.view_{self.tab.model}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the filters, and name the rights that are missing."""
        needed = {"withdraw": WITHDRAW_RIGHT}
        if self.tab.is_editable:
            needed |= {verb: f"network.{verb}_{self.tab.model}" for verb in ("add", "change", "delete")}
        missing = {verb: right for verb, right in needed.items() if not self.request.user.has_perm(right)}
        has_region = self.tab.is_editable and self.tab.key != "regions"
        regions = region_choices() if has_region else None
        return super().get_context_data(
            tab=self.tab,
            tabs=TABS,
            regions=regions,
            missing=missing,
            lacks_add=lacking(missing["add"]) if "add" in missing else "",
            limits=self._limits(),
            **kwargs,
        )

    def _limits(self) -> str:
        """Return as JSON what the numbers of a record may be, for its form."""
        if not self.tab.is_editable:
            return ""
        kind = next(kind for kind in KINDS.values() if kind.model.__name__.lower() == self.tab.model)
        numbers = (field for field in kind.fields if isinstance(field, Number))
        return json.dumps({field.name: {"least": field.least, "most": field.most} for field in numbers})


class InventoryImportPage(Page):
    """Import of files, a dry run first, and export in every format."""

    right = "network.view_site"
    place = "network"
    template_name = "network/inventory_import.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer kinds, formats and regions, say how large a file may be, and name the right that is missing."""
        return super().get_context_data(
            tabs=TABS,
            kinds=RecordKind.choices,
            formats=FORMATS,
            regions=region_choices(),
            limit_bytes=MOST_BYTES,
            limit_mb=MOST_BYTES // 1_000_000,
            missing=None if self.request.user.has_perm(IMPORT_RIGHT) else IMPORT_RIGHT,
            lacks=lacking(IMPORT_RIGHT),
            **kwargs,
        )
