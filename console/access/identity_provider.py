"""The identity provider (OpenID Connect): what it publishes, and what it says of somebody, through the guarded door."""

import json
import logging
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from console.access.secret import kept_at
from console.errors import Unavailable
from console.outbound.exchange import NoAnswer, exchange
from console.outbound.purposes import identity_provider

log = logging.getLogger(__name__)
FRESH_S = 600.0
LEEWAY_S = 60
AWAY_FOR_S = 30
NEEDED = ("exp", "iat", "iss", "aud", "sub")


@dataclass(frozen=True)
class Published:
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


_published: dict[str, tuple[float, Published]] = {}


def published() -> Published:
    """Return what the provider publishes, at most ten minutes old.

    Raises:
        Unavailable: it does not answer, or something that is no provider's configuration.
    """
    issuer = settings.LOFT_OIDC_ISSUER
    at_s, published = _published.get(issuer, (0.0, None))
    if published is None or monotonic() - at_s > FRESH_S:
        published = _read(issuer, _ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        _published[issuer] = monotonic(), published
    return published


def callback_url() -> str:
    """Return where the provider sends people back to; it is registered there."""
    return settings.LOFT_URL.rstrip("/") + reverse("console:oidc-callback")


class Provider(OIDCAuthenticationBackend):  # type: ignore[misc]  # untyped
    """Redeems a code and looks at the token: signature, issuer, audience, time and nonce."""

    def __init__(self) -> None:
        self.published = published()
        super().__init__()

    def get_settings(self, attr: str, *args: Any) -> Any:  # static in the base class, which knows one provider only
        """Return a setting of the library."""
        known = {
            "OIDC_OP_TOKEN_ENDPOINT": self.published.token_endpoint,
            "OIDC_OP_USER_ENDPOINT": "",
            "OIDC_OP_JWKS_ENDPOINT": self.published.jwks_uri,
            "OIDC_RP_CLIENT_ID": settings.LOFT_OIDC_CLIENT_ID,
            "OIDC_RP_CLIENT_SECRET": kept_at(settings.LOFT_OIDC_SECRET_FILE) or "",
            "OIDC_RP_SIGN_ALGO": settings.LOFT_OIDC_ALGORITHM,
            "OIDC_AUTHENTICATION_CALLBACK_URL": "console:oidc-callback",
        }
        return known.get(attr, args[0] if args else None)

    def claims(self, request: HttpRequest, nonce: str, verifier: str) -> dict[str, Any]:
        """Return what the provider says of whoever comes back from it.

        Raises:
            SuspiciousOperation: the provider refused the code, or the token is not one for us, now.
            Unavailable: the provider does not answer.
        """
        person = self.authenticate(request, nonce=nonce, code_verifier=verifier)
        if not person:
            raise SuspiciousOperation("the provider sent nobody")
        return dict(person)

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Redeem the code."""
        form = urlencode({**payload, "redirect_uri": callback_url()}).encode()
        return _ask("POST", self.OIDC_OP_TOKEN_ENDPOINT, form)

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        """Return the provider's key that signed a token."""
        kid = _header(token).get("kid")
        keys = [key for key in _ask("GET", self.OIDC_OP_JWKS_ENDPOINT).get("keys", []) if _fits(key, kid)]
        if len(keys) != 1:
            raise SuspiciousOperation(f"{len(keys)} keys of the provider fit the token")
        try:
            return jwt.PyJWK(keys[0], self.OIDC_RP_SIGN_ALGO)
        except jwt.PyJWTError as reason:
            raise SuspiciousOperation(f"the provider's key cannot be read: {reason}") from None

    def get_payload_data(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        """Return what a token says, once it is one for us, now."""
        try:
            payload: dict[str, Any] = jwt.decode(
                token, key, algorithms=[self.OIDC_RP_SIGN_ALGO], audience=self.OIDC_RP_CLIENT_ID,
                issuer=self.published.issuer, leeway=LEEWAY_S, options={"require": list(NEEDED)},
            )  # fmt: skip
        except jwt.PyJWTError as reason:
            raise SuspiciousOperation(f"the token does not hold: {reason}") from None
        if (
            not isinstance(payload["aud"], str)
            and payload.get("azp") != self.OIDC_RP_CLIENT_ID
            and len(payload["aud"]) > 1
        ):
            raise SuspiciousOperation("the token is for several clients, and was not issued to us")
        return payload

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Any:
        """Return the claims: who that is here is decided by an action."""
        return payload


def _ask(method: str, url: str, form: bytes | None = None) -> dict[str, Any]:
    """Return the JSON object that the provider answers."""
    headers: dict[bytes | str, bytes | str] = (
        {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    )
    try:
        status, body = exchange(method, url, identity_provider(), headers=headers, body=form)
        answer = json.loads(body) if status < 500 else None
    except (NoAnswer, ValueError, RecursionError) as reason:
        log.warning("the identity provider at %s does not answer: %s", url, reason)
        raise Unavailable("the identity provider does not answer", AWAY_FOR_S) from None
    if not isinstance(answer, dict):
        log.warning("the identity provider at %s answers with %s", url, status)
        raise Unavailable("the identity provider does not answer as it should", AWAY_FOR_S)
    if status != 200:
        raise SuspiciousOperation(f"the identity provider refuses: {status} {str(answer.get('error', ''))[:80]}")
    return answer


def _read(issuer: str, metadata: dict[str, Any]) -> Published:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    urls = [str(metadata.get(name, "")) for name in names]
    if metadata.get("issuer") != issuer or not all(_is_url_like(url, issuer) for url in urls):
        raise Unavailable("what the identity provider publishes of itself is not that of LOFT_OIDC_ISSUER", AWAY_FOR_S)
    return Published(issuer, *urls)


def _is_url_like(url: str, issuer: str) -> bool:
    """Whether it names a host, over https where the issuer does; an issuer over http is one of this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == urlsplit(issuer).scheme and bool(parts.hostname)


def _header(token: Any) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, TypeError, AttributeError):
        raise SuspiciousOperation("the provider sent no token") from None


def _fits(key: Any, kid: Any) -> bool:
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and (kid is None or key.get("kid") == kid)
