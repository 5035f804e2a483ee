from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from console.views import administration, description, health, quotas, search
from console.views.access import account, oidc, organisations, people, sign_in

CATALOGUE_PACKAGES = ["console", "network", "airspace", "industry"]

console_urls: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="airspace:map"), name="home"),
    path("login", sign_in.SignIn.as_view(), name="login"),
    path("login/code", sign_in.SignInCode.as_view(), name="login-code"),
    path("oidc/start", oidc.OidcStart.as_view(), name="oidc-start"),
    path("oidc/callback", oidc.OidcCallback.as_view(), name="oidc-callback"),
    path("account", account.AccountPage.as_view(), name="account"),
    path("logout", sign_in.SignOut.as_view(), name="logout"),
    path("i18n/catalogue.json", description.CatalogueView.as_view(packages=CATALOGUE_PACKAGES), name="catalogue"),
    path("administration/keys", administration.KeysPage.as_view(), name="keys"),
    path("administration/people", administration.PeoplePage.as_view(), name="people"),
    path("administration/organisations", organisations.OrganisationsPage.as_view(), name="organisations"),
    path("administration/quotas", quotas.QuotasPage.as_view(), name="quotas"),
    path("administration/audit", administration.AuditPage.as_view(), name="audit"),
    path("api/v1/keys", administration.KeyListView.as_view(), name="api-keys"),
    path("api/v1/keys/<int:pk>/revoke", administration.KeyRevokeView.as_view(), name="api-key-revoke"),
    path("api/v1/people", administration.PeopleListView.as_view(), name="api-people"),
    path("api/v1/people/<int:pk>", administration.PersonView.as_view(), name="api-person"),
    path("api/v1/people/<int:pk>/password", people.PersonPasswordView.as_view(), name="api-person-password"),
    path("api/v1/people/<int:pk>/totp", people.PersonTotpView.as_view(), name="api-person-totp"),
    path("api/v1/people/<int:pk>/sessions", people.PersonSessionsView.as_view(), name="api-person-sessions"),
    path("api/v1/people/<int:pk>/sign-ins", people.PersonSignInListView.as_view(), name="api-person-sign-ins"),
    path("api/v1/me", account.AccountView.as_view(), name="api-me"),
    path("api/v1/me/display", account.DisplayView.as_view(), name="api-me-display"),
    path("api/v1/me/password", account.OwnPasswordView.as_view(), name="api-me-password"),
    path("api/v1/me/sessions", account.OwnSessionListView.as_view(), name="api-me-sessions"),
    path("api/v1/me/sessions/<int:pk>", account.OwnSessionView.as_view(), name="api-me-session"),
    path("api/v1/me/sign-ins", account.OwnSignInListView.as_view(), name="api-me-sign-ins"),
    path("api/v1/me/totp", account.TotpView.as_view(), name="api-me-totp"),
    path("api/v1/me/totp/confirm", account.TotpConfirmView.as_view(), name="api-me-totp-confirm"),
    path("api/v1/me/totp/off", account.TotpOffView.as_view(), name="api-me-totp-off"),
    path("api/v1/me/totp/recovery", account.RecoveryCodesView.as_view(), name="api-me-totp-recovery"),
    path("api/v1/me/acting", account.ActingView.as_view(), name="api-me-acting"),
    path("api/v1/me/active", account.ActiveView.as_view(), name="api-me-active"),
    path("api/v1/search", search.SearchView.as_view(), name="api-search"),
    path("api/v1/organisations", organisations.OrganisationListView.as_view(), name="api-organisations"),
    path("api/v1/organisations/<slug:slug>", organisations.OrganisationView.as_view(), name="api-organisation"),
    path(
        "api/v1/organisations/<slug:slug>/totp",
        organisations.OrganisationTotpView.as_view(),
        name="api-organisation-totp",
    ),
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
handler500 = "console.views.failures.failed"
