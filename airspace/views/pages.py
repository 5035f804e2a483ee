"""Pages of the airspace: the live map and the list of drones. What they show, their scripts fetch over REST."""

import json
from typing import Any

from django.templatetags.static import static
from django.urls import reverse

from console.access.right_words import lacking
from console.actions.access.organisation import reach_of
from console.views.pages import Page
from network.actions.map_layers import map_layers
from network.actions.subject import subjects
from network.kernels import metropolis

START_ZOOM = 10.6
CHANGE, DELETE = "airspace.change_drone", "airspace.delete_drone"


class MapPage(Page):
    """The live map with the table of what is in view."""

    template_name = "airspace/map.html"
    right = "airspace.view_drone"
    place = "map"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where the map begins and where its basemap is."""
        lat_deg, lon_deg = metropolis.CENTRE_DEG
        return super().get_context_data(
            centre=json.dumps([lon_deg, lat_deg]),
            zoom=START_ZOOM,
            region=metropolis.SLUG,
            basemap_url=reverse("network:basemap", args=[metropolis.SLUG]),
            retires_in=reach_of(self.actor, CHANGE),
            deletes_in=reach_of(self.actor, DELETE),
            subjects=subjects(),
            more_layers=self._more_layers(),
            **kwargs,
        )

    def _more_layers(self) -> list[dict[str, Any]]:
        """Return the layers of other apps; of those the person may not see, which right is missing."""
        return [
            {
                "name": layers.name,
                "label": layers.label,
                "lacking": lacking(layers.right),
                "topic": layers.topic,
                "script": static(layers.script) if self.request.user.has_perm(layers.right) else "",
            }
            for layers in map_layers()
        ]


class DronesPage(Page):
    """Every registered drone: filtered, sorted, page by page."""

    template_name = "airspace/drones.html"
    right = "airspace.view_drone"
    place = "airspace"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say in which organisations drones may be deleted."""
        return super().get_context_data(deletes_in=reach_of(self.actor, DELETE), **kwargs)
