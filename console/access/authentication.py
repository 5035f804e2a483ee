"""Who calls the REST API: a system with an API key, or a signed-in person."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from console.access.actor import HOME_PK, Actor
from console.access.keys import Key
from console.access.sessions import ACTING_FOR
from console.actions.access.apikey import find_key
from console.models import Person


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer loft_...`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Key] | None:
        """Return the key as the request's `auth`, None without the header."""
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer":
            return None
        key = find_key(token.strip(), timezone.now(), request.META.get("REMOTE_ADDR", ""))
        if key is None:
            raise exceptions.AuthenticationFailed("This API key is unknown, expired or revoked.")
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate, which makes an anonymous call a 401 and not a 403."""
        return 'Bearer realm="loft"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI description names the API key."""

    target_class = "console.access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key made by an administrator."}


def actor_of(request: Request) -> Actor:
    """Return who makes this request: for the audit trail, and for whose rows they may see."""
    address = request.META.get("REMOTE_ADDR") or None
    if isinstance(request.auth, Key):
        return actor_of_key(request.auth, address)
    if not isinstance(request.user, Person):
        return Actor("nobody", address=address, sees=frozenset())
    return person_actor(request.user, address, acting_in(request), _reads_by(request))


def _reads_by(request: Request) -> str:
    """Return the right by which a request reads, empty for what is one's own.

    A change looks at all that its person sees: what they may not change is refused by name.
    """
    view = (request.parser_context or {}).get("view") if request.method in SAFE_METHODS else None
    right = getattr(view, "rights", {}).get("GET") or ""
    return right if "." in right else ""


def actor_of_key(key: Key, address: str | None) -> Actor:
    """Return a key as an actor."""
    return Actor(
        f"key {key.name}", key=key, address=address, organisation=key.organisation, sees=key.sees,
        roles={key.organisation: key.role},
    )  # fmt: skip


def acting_in(request: HttpRequest | Request) -> int | None:
    """Return the organisation for which a session's person chose to act."""
    session = getattr(request, "session", None)
    return session.get(ACTING_FOR) if session else None


def person_actor(person: Person, address: str | None = None, acting: int | None = None, right: str = "") -> Actor:
    """Return a signed-in person as an actor, who sees what they may see by a right; not said, by any.

    What they make belongs to the organisation for which they chose to act, as long as they belong to it; else to the
    first one they joined.
    """
    own = acting if acting in person.roles else next(iter(person.roles), HOME_PK)
    sees = person.sees_by(right) if right else person.sees
    return Actor(person.get_username(), person=person, address=address, organisation=own, sees=sees, roles=person.roles)
