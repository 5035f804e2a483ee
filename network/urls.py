from django.urls import URLPattern, URLResolver, path

from network.views.basemap import BasemapView

app_name = "network"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/regions/<slug:slug>/basemap", BasemapView.as_view(), name="basemap"),
]
