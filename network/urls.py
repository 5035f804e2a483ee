from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from network.views import alarm, circle, coverage, inventory, inventory_pages, pages, placement
from network.views.basemap import BasemapView

app_name = "network"
urlpatterns: list[URLPattern | URLResolver] = [
    path("network", pages.NetworkPage.as_view(), name="network"),
    path("network/sites/<slug:slug>", pages.SitePage.as_view(), name="site"),
    path("inventory", RedirectView.as_view(url="/inventory/sites", query_string=True), name="inventory-home"),
    path("inventory/import", inventory_pages.InventoryImportPage.as_view(), name="inventory-import"),
    path("inventory/changes", inventory_pages.InventoryPage.as_view(), {"kind": "changes"}, name="inventory-changes"),
    path("inventory/<slug:kind>", inventory_pages.InventoryPage.as_view(), name="inventory"),
    path("alarms", pages.AlarmsPage.as_view(), name="alarms"),
    path("api/v1/sites", inventory.SitesView.as_view(), name="sites"),
    path("api/v1/sites/<slug:slug>", inventory.SiteView.as_view(), name="site-detail"),
    path("api/v1/agreements", inventory.AgreementsView.as_view(), name="agreements"),
    path("api/v1/breaches", inventory.BreachesView.as_view(), name="breaches"),
    path("api/v1/samples", inventory.SamplesView.as_view(), name="samples"),
    path("api/v1/alarms", alarm.AlarmsView.as_view(), name="alarm-list"),
    path("api/v1/alarms/summary", alarm.AlarmSummaryView.as_view(), name="alarm-summary"),
    path("api/v1/alarms/acknowledge", alarm.AcknowledgeManyView.as_view(), name="alarms-acknowledge"),
    path("api/v1/alarms/<int:pk>/acknowledge", alarm.AcknowledgeView.as_view(), name="alarm-acknowledge"),
    path("api/v1/circles", circle.CirclesView.as_view(), name="circles"),
    path("api/v1/circles/reach", circle.ReachView.as_view(), name="circles-reach"),
    path("api/v1/placement/preview", placement.PlacementPreviewView.as_view(), name="placement-preview"),
    path("api/v1/latency/path", circle.LatencyPathView.as_view(), name="latency-path"),
    path("api/v1/coverage/layers", coverage.LayersView.as_view(), name="coverage-layers"),
    path("api/v1/coverage/raster", coverage.RasterView.as_view(), name="coverage-raster"),
    path("api/v1/coverage/what-if", coverage.WhatIfView.as_view(), name="coverage-what-if"),
    path("api/v1/regions/<slug:slug>/basemap", BasemapView.as_view(), name="basemap"),
]
