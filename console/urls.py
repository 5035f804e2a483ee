from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from console.views import administration, description, health, organisations, quotas, sign_in

CATALOGUE_PACKAGES = ["console", "network", "airspace", "industry"]

console_urls: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="airspace:map"), name="home"),
    path("login", sign_in.SignIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("i18n/catalogue.json", description.CatalogueView.as_view(packages=CATALOGUE_PACKAGES), name="catalogue"),
    path("administration/keys", administration.KeysPage.as_view(), name="keys"),
    path("administration/people", administration.PeoplePage.as_view(), name="people"),
    path("administration/quotas", quotas.QuotasPage.as_view(), name="quotas"),
    path("administration/audit", administration.AuditPage.as_view(), name="audit"),
    path("api/v1/keys", administration.KeyListView.as_view(), name="api-keys"),
    path("api/v1/keys/<int:pk>/revoke", administration.KeyRevokeView.as_view(), name="api-key-revoke"),
    path("api/v1/people", administration.PeopleListView.as_view(), name="api-people"),
    path("api/v1/people/<int:pk>", administration.PersonView.as_view(), name="api-person"),
    path("api/v1/organisations", organisations.OrganisationListView.as_view(), name="api-organisations"),
    path("api/v1/organisations/<slug:slug>", organisations.OrganisationView.as_view(), name="api-organisation"),
    path("api/v1/members", organisations.MemberListView.as_view(), name="api-members"),
    path(
        "api/v1/organisations/<slug:slug>/members/<str:username>",
        organisations.MemberView.as_view(),
        name="api-member",
    ),
    path("api/v1/quotas", quotas.QuotaListView.as_view(), name="api-quotas"),
    path("api/v1/quotas/<slug:slug>", quotas.QuotaView.as_view(), name="api-quota"),
    path("api/v1/audit", administration.AuditListView.as_view(), name="api-audit"),
    path("api/schema", description.SchemaView.as_view(), name="schema"),
    path(
        "api/",
        SpectacularSwaggerSplitView.as_view(url_name="console:schema", template_name="console/api.html"),
        name="api",
    ),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((console_urls, "console"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("network.urls")),
    path("", include("airspace.urls")),
    path("", include("industry.urls")),
]
