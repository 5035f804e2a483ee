from django.urls import URLPattern, URLResolver, path

from airspace.views import drones, ownership, pages, traffic

app_name = "airspace"
urlpatterns: list[URLPattern | URLResolver] = [
    path("map", pages.MapPage.as_view(), name="map"),
    path("airspace", pages.DronesPage.as_view(), name="drones"),
    path("api/v1/drones", drones.DroneListView.as_view(), name="drone-list"),
    path("api/v1/drones/<int:pk>", drones.DroneView.as_view(), name="drone"),
    path("api/v1/drones/<int:pk>/trail", drones.TrailView.as_view(), name="drone-trail"),
    path("api/v1/drones/<int:pk>/transfer", ownership.TransferView.as_view(), name="drone-transfer"),
    path("api/v1/drones/<int:pk>/release", ownership.ReleaseView.as_view(), name="drone-release"),
    path("api/v1/drones/<int:pk>/dispute", ownership.DisputeView.as_view(), name="drone-dispute"),
    path("api/v1/claims", ownership.ClaimListView.as_view(), name="claim-list"),
    path("api/v1/traffic", traffic.TrafficView.as_view(), name="traffic"),
]
