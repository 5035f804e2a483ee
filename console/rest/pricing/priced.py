"""Base of REST views whose answers may cost seconds of the processor."""

from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest.pricing import pricing


class Overdrawn(Throttled):
    """The caller has used up its processor time."""

    default_detail = "You or your organisation have used up the processor time for costly answers."


def accounts_of(request: Request) -> dict[str, float]:
    """Return who pays for a request, and what each gains a minute [s]: the caller, and the customer it belongs to."""
    of_one, of_all = settings.LOFT_COSTLY_S_PER_MIN, settings.LOFT_COSTLY_S_PER_MIN_PER_CUSTOMER
    actor = actor_of(request)
    if actor.key is None and actor.person is None:
        return {f"address {actor.address or ''}": of_one}
    caller = f"key {actor.key.pk}" if actor.key else f"person {request.user.pk}"
    customer = {} if actor.runs_the_network else {f"organisation {actor.organisation}": of_all}
    return {caller: of_one} | customer


class Priced(APIView):
    """Answers in turn and on account (`pricing`): 429 to who has overdrawn, 503 when too many ask at once."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hold the turn that `initial` took until the answer is made, whatever becomes of it."""
        with ExitStack() as self._turn:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the account once it is known who asks and that they may."""
        super().initial(request, *args, **kwargs)
        accounts = accounts_of(request)
        if wait_s := pricing.wait_s(accounts):
            raise Overdrawn(wait_s)
        self._turn.enter_context(pricing.priced(accounts))
