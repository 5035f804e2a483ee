"""The one permission check of the REST API. A view says what is needed; what it does not say is refused.

Rows of other organisations do not exist for a caller: lists are narrowed by `visible`, and one row is fetched by
`find`, which answers 404 for a foreign one.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from console.access.authentication import actor_of
from console.access.keys import Key
from console.access.narrowing import narrow
from console.access.scopes import SEEING
from console.models import Person

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself loads this class, named in the settings

_SAFE = {"HEAD": "GET", "OPTIONS": "GET"}
Row = TypeVar("Row", bound=Model)
OWN = "own"
"""What everyone who is signed in may do with what is their own; said in `rights` instead of a right. No key may."""
ELSEWHERE = "You hold the right {right} in another organisation than the one for which you act; switch to it first."
FOREIGN = "This belongs to another organisation, in which you lack the right to change it."


class HasRight(BasePermission):
    """Reads two tables of the view, by method: `rights` for people, `scopes` for API keys.

    class ZoneView(APIView):
        rights = {"GET": "airspace.view_zone", "POST": "airspace.add_zone"}
        scopes = {"GET": "zones:read"}    # so no key may POST
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the caller holds what the view asks for; from here on the database shows them only theirs."""
        if not self._holds(request, view):
            return False
        if _right(request, view) != OWN:  # that is reached from the person, who may belong nowhere
            caller = request.auth if isinstance(request.auth, Key) else request.user
            assert isinstance(caller, Key | Person)  # else it holds nothing
            narrow(caller.sees)  # by any right of theirs: the coarser of the two walls
        return True

    def _holds(self, request: Request, view: "APIView") -> bool:
        method = _method(request)
        right = _right(request, view)
        if isinstance(request.auth, Key):
            scope = getattr(view, "scopes", {}).get(method)
            self.message = f"This API key lacks the scope {scope}." if scope else "API keys may not do this."
            return scope is not None and request.auth.may(scope) and self._may_reach(request.auth, right)
        if not request.user.is_authenticated:
            return False
        self.message = f"You lack the right {right}." if right else "Nobody may do this."
        if right is None or right == OWN:
            return right == OWN
        if not request.user.has_perm(right):
            return False
        self.message = ELSEWHERE.format(right=right)
        return method in SAFE_METHODS or actor_of(request).may_make(right)

    def _may_reach(self, key: Key, right: str | None) -> bool:
        """Whether somebody of the key's organisation could hold the right: no scope gives more than that."""
        if right is None or key.role.could_hold(right):
            return True
        self.message = f"The organisation of this API key lacks the right {right}."
        return False

    def has_object_permission(self, request: Request, view: "APIView", obj: Any) -> bool:
        """Return whether the caller may do this to the row; a row that it may not even see is not found."""
        owner = owner_of(obj)
        if owner is not None and not actor_of(request).may_see(owner):
            raise Http404
        self.message = FOREIGN
        return may_change(request, view, owner)


def _method(request: Request) -> str:
    return _SAFE.get(request.method or "", request.method or "")


def _right(request: Request, view: "APIView") -> str | None:
    right: str | None = getattr(view, "rights", {}).get(_method(request))
    return right


def may_change(request: Request, view: "APIView", owner: int | None) -> bool:
    """Return whether the caller may do what they ask to rows of this organisation; None is for shared ones."""
    if owner is None or request.method in SAFE_METHODS:
        return True
    right: str = getattr(view, "rights", {}).get(request.method, "")
    return actor_of(request).may_change(owner, right)


def may_see(request: Request, right: str) -> bool:
    """Return whether the caller may see what needs a right besides that of the view: a key by the scope for it."""
    if isinstance(request.auth, Key):
        scope = SEEING.get(right)
        return scope is not None and request.auth.may(scope) and request.auth.role.could_hold(right)
    return request.user.has_perm(right)


def owner_of(row: Any) -> int | None:
    """Return the key of the organisation that owns a row; None for what is shared or is no row."""
    path: str | None = getattr(row, "owner_path", None)
    if path is None:
        return None
    for step in path.split("__")[:-1]:
        row = getattr(row, step, None)
        if row is None:
            return None
    last = path.rpartition("__")[2]
    owner: int | None = row.pk if last == "pk" else getattr(row, f"{last}_id", None)
    return owner


def visible(rows: QuerySet[Row], request: Request) -> QuerySet[Row]:
    """Return those of the rows that the caller may see; rows without an owner are shared."""
    narrow = getattr(rows, "visible_to", None)
    if narrow is None:
        if hasattr(rows.model, "owner_path"):
            raise TypeError(f"{rows.model.__name__} has an owner, so its manager must be made from ScopedQuerySet")
        return rows
    result: QuerySet[Row] = narrow(actor_of(request))
    return result


def find(rows: QuerySet[Row], request: Request, view: "APIView", **lookup: Any) -> Row:
    """Return the row that a view is asked about.

    Raises:
        Http404: there is none that the caller may see.
        PermissionDenied: the caller may see it, but not do this to it.
    """
    row = get_object_or_404(visible(rows, request), **lookup)
    if not may_change(request, view, owner_of(row)):
        raise PermissionDenied(FOREIGN)
    return row
