"""Base of REST views that take a body of their own size."""

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

MOST_BYTES = 262_144


class TooLarge(APIException):
    """The body is over the limit."""

    status_code = 413
    default_detail = f"body: expected at most {MOST_BYTES} bytes"


class Bounded(APIView):
    """Refuses a large body by what it says of its length, before anything of it is read. Say `most_bytes`."""

    most_bytes = MOST_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the length first: finding out who calls may read the body."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > self.most_bytes:
            raise TooLarge(f"body: {length} bytes given; expected at most {self.most_bytes}")
        super().initial(request, *args, **kwargs)
