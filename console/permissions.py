"""The one permission check of the REST API. A view says what is needed; what it does not say is refused."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from console.keys import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself loads this class, named in the settings

_SAFE = {"HEAD": "GET", "OPTIONS": "GET"}


class HasRight(BasePermission):
    """Reads two tables of the view, by method: `rights` for people, `scopes` for API keys.

    class ZoneView(APIView):
        rights = {"GET": "airspace.view_zone", "POST": "airspace.add_zone"}
        scopes = {"GET": "read"}          # so no key may POST
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the caller holds what the view asks for."""
        method = _SAFE.get(request.method or "", request.method or "")
        if isinstance(request.auth, Key):
            scope = getattr(view, "scopes", {}).get(method)
            self.message = f"This API key lacks the scope {scope}." if scope else "API keys may not do this."
            return scope in request.auth.scopes
        right: str | None = getattr(view, "rights", {}).get(method)
        if not request.user.is_authenticated:
            return False
        self.message = f"You lack the right {right}." if right else "Nobody may do this."
        return right is not None and request.user.has_perm(right)
