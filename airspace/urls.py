from django.urls import URLPattern, URLResolver, path

from airspace.views import drones, pages

app_name = "airspace"
urlpatterns: list[URLPattern | URLResolver] = [
    path("map", pages.MapPage.as_view(), name="map"),
    path("airspace", pages.DronesPage.as_view(), name="drones"),
    path("api/v1/drones", drones.DroneListView.as_view(), name="drone-list"),
    path("api/v1/drones/<int:pk>", drones.DroneView.as_view(), name="drone"),
    path("api/v1/drones/<int:pk>/trail", drones.TrailView.as_view(), name="drone-trail"),
]
