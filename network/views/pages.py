"""Pages of the network."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse

from console.views.pages import Page
from network.actions.equipment import counter_alarms
from network.actions.subject import subjects
from network.kernels import metropolis
from network.models import AlarmState, AlarmType, Severity, Site, SiteKind, counters_stale_after


class NetworkPage(Page):
    """The list of sites, live."""

    right = "network.view_site"
    place = "network"
    template_name = "network/network.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the kinds to filter by, and say where the basemap is."""
        basemap_url = reverse("network:basemap", args=[metropolis.SLUG])
        return super().get_context_data(kinds=SiteKind.choices, basemap_url=basemap_url, **kwargs)


class SitePage(Page):
    """Everything known of one site."""

    right = "network.view_site"
    place = "network"
    template_name = "network/site.html"
    names = ("region",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the site, and say how long what its charts draw is kept."""
        site = get_object_or_404(Site, slug=kwargs["slug"])
        return super().get_context_data(site=site, kept_s=_kept_s(), counter_limits=_counter_limits(), **kwargs)


def _kept_s() -> dict[str, int]:
    kept = {
        "rounds": timedelta(hours=settings.LOFT_SAMPLE_RETENTION_H),
        "minutes": timedelta(days=settings.LOFT_MINUTE_RETENTION_D),
        "hours": timedelta(days=settings.LOFT_HOUR_RETENTION_D),
    }
    return {name: int(time.total_seconds()) for name, time in kept.items()}


def _counter_limits() -> dict[str, Any]:
    """Return how often a site's counters are read, when they are unknown or deleted, and what raises an alarm."""
    kept = {
        "readings": timedelta(hours=settings.LOFT_COUNTER_RETENTION_H),
        "hours": timedelta(days=settings.LOFT_COUNTER_HOUR_RETENTION_D),
    }
    most = {
        "prb_use_share": counter_alarms.FULL_SHARE,
        "edge_queue": counter_alarms.LONG_QUEUE,
        "temperature_c": counter_alarms.HOT_C,
    }
    return {
        "stale_after_s": counters_stale_after().total_seconds(),
        "period_s": settings.LOFT_COUNTER_PERIOD_S,
        "kept_s": {name: time.total_seconds() for name, time in kept.items()},
        "most": most,
    }


class AlarmsPage(Page):
    """The list of alarms, live."""

    right = "network.view_alarm"
    place = "alarms"
    template_name = "network/alarms.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the states, severities and types to filter by."""
        return super().get_context_data(
            states=AlarmState.choices, severities=Severity.choices, types=AlarmType.choices, subjects=subjects(),
            **kwargs,
        )  # fmt: skip
