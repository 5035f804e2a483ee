"""Signing in with the identity provider: there and back. What is to be compared lies in a signed cookie meanwhile."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.generic import View
from mozilla_django_oidc.utils import generate_code_challenge

from console.access.identity_provider import Provider, callback_url, published
from console.actions.access import sign_in
from console.actions.access.provider import person_for
from console.actions.access.sign_in import TooSoon
from console.errors import Refused, Unavailable
from console.models import SignInOutcome, SignInWay
from console.views.access.sign_in import attempt_of, let_in, too_soon

SALT = "console.oidc"
WAY_THERE_S = 600


class OidcView(View):
    """There is nothing where no provider is set."""

    http_method_names = ["get"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer only where a provider is set."""
        if not settings.LOFT_OIDC_ISSUER:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class OidcStart(OidcView):
    """Off to the provider."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the browser there, with what it has to bring back."""
        try:
            endpoint = published().authorization_endpoint
        except (Unavailable, SuspiciousOperation) as reason:
            return not_let_in(request, str(reason), 503)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code", "scope": "openid profile email", "client_id": settings.LOFT_OIDC_CLIENT_ID,
            "redirect_uri": callback_url(), "state": state, "nonce": nonce,
            "code_challenge": generate_code_challenge(verifier, "S256"), "code_challenge_method": "S256",
        }  # fmt: skip
        answer = HttpResponseRedirect(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}")
        answer.set_cookie(
            settings.LOFT_OIDC_COOKIE_NAME, signing.dumps([state, nonce, verifier, _target(request)], salt=SALT),
            max_age=WAY_THERE_S, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return answer


class OidcCallback(OidcView):
    """Back from the provider."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Begin a session for whom the provider vouches for; the way there is good for one way back."""
        try:
            with sign_in.admitted_from(request.META.get("REMOTE_ADDR", ""), timezone.now()):
                answer = self._answer(request)
        except TooSoon as reason:
            return too_soon(request, reason)
        answer.delete_cookie(settings.LOFT_OIDC_COOKIE_NAME)
        return answer

    def _answer(self, request: HttpRequest) -> HttpResponse:
        now, name, address = timezone.now(), "", request.META.get("REMOTE_ADDR", "")
        try:
            nonce, verifier, target = _way_there(request)
            claims = Provider().claims(request, nonce, verifier)
            name = str(claims.get(settings.LOFT_OIDC_USERNAME_CLAIM, ""))[:150]
            person = person_for(claims, now)
        except Unavailable as reason:
            sign_in.passed_from(address, now)  # it is not theirs to answer for
            return not_let_in(request, str(reason), 503)
        except (SuspiciousOperation, Refused) as reason:
            sign_in.failed(attempt_of(request, name), now, SignInOutcome.REFUSED, SignInWay.PROVIDER)
            return not_let_in(request, str(reason), 403)
        sign_in.passed_from(address, now)
        return let_in(request, person, attempt_of(request, person.get_username()), SignInWay.PROVIDER, target)


def not_let_in(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    """Say why, and that the password still works."""
    is_away = status == 503
    title = gettext("The identity provider is away") if is_away else gettext("Sign-in was refused")
    return render(
        request, "console/not_let_in.html", {"title": title, "reason": reason, "is_away": is_away}, status=status
    )


def _way_there(request: HttpRequest) -> tuple[str, str, str]:
    """Return nonce, verifier and target of the way there, which this way back has to belong to."""
    try:
        cookie = request.COOKIES.get(settings.LOFT_OIDC_COOKIE_NAME, "")
        state, nonce, verifier, target = signing.loads(cookie, salt=SALT, max_age=WAY_THERE_S)
    except (signing.BadSignature, ValueError, TypeError):
        raise SuspiciousOperation("this browser was not on its way to the provider, or took too long") from None
    if not constant_time_compare(request.GET.get("state", ""), state):
        raise SuspiciousOperation("the provider's answer belongs to another attempt")
    if "code" not in request.GET:
        raise SuspiciousOperation(f"the provider says: {request.GET.get('error', 'nothing')[:80]}")
    return nonce, verifier, target


def _target(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else settings.LOGIN_REDIRECT_URL
