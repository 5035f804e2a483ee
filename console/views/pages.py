"""Base of every page: signed in, with the right to see it."""

from typing import Any

from django.contrib.auth.mixins import AccessMixin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.generic import TemplateView

from console.access.actor import Actor
from console.access.authentication import acting_in, person_actor
from console.access.narrowing import narrow
from console.access.right_words import lacking
from console.models import Person
from console.names import names_for
from console.rest.permissions import OWN


class Page(AccessMixin, TemplateView):
    """A page. Say `right`, `template_name` and `place` (the rail's key); set `wallboard` for a bare frame.

    `names` are the kinds of things of which its scripts know the keys and show the names (`console.names`).
    """

    right = ""  # OWN for what everybody may open
    place = ""
    wallboard = False
    names: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        """Who asks for the page, and whose rows they may see."""
        user = self.request.user
        if not isinstance(user, Person):
            return Actor("nobody", sees=frozenset())
        right = "" if self.right == OWN else self.right
        return person_actor(user, self.request.META.get("REMOTE_ADDR"), acting_in(self.request), right)

    def may(self, right: str, owner: int) -> bool:
        """Whether to offer what the right is for, on rows of an organisation: what REST would not refuse."""
        return self.actor.may_make(right) and self.actor.may_change(owner, right)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send a stranger to the login page, and tell a person who lacks the right which one is missing."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if self.right != OWN and not request.user.has_perm(self.right):
            said = {"lacks": lacking(self.right), "place": self.place}
            return render(request, "console/forbidden.html", said, status=403)
        if self.right != OWN:  # what is one's own is reached from the person, who may belong nowhere
            narrow(request.user.sees)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template which entry of the rail it belongs to, and what is called how."""
        names = names_for(self.actor, self.names)
        return super().get_context_data(place=self.place, wallboard=self.wallboard, names=names, **kwargs)
