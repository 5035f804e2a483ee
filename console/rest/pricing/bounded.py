"""Base of REST views that take a body of their own size: the bridge's limits, said once more before anyone parses."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from console.rest.limits import most_bytes
from console.rest.parsers import TooLarge


class Bounded(APIView):
    """Refuses a large body by what it says of its length, before anything of it is read."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the length first: finding out who calls may read the body."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = most_bytes(request.method or "", request.path)
        if not length.isdigit() or int(length) > most:
            raise TooLarge(length, most)
        super().initial(request, *args, **kwargs)


def read_body(request: Request) -> None:
    """Read a body of which nothing is used: what is no JSON is refused everywhere alike."""
    _ = request.data
