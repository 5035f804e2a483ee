from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import JSONCatalog

from console.views import health

console_urls: list[URLPattern | URLResolver] = [
    path("login", LoginView.as_view(template_name="console/login.html", redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("i18n/catalogue.json", JSONCatalog.as_view(packages=["console", "network", "airspace", "industry"]), name="catalogue"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((console_urls, "console"))),
    path("", include("network.urls")),
    path("", include("airspace.urls")),
    path("", include("industry.urls")),
]
