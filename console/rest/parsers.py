"""How a REST endpoint reads a body: bounded in size, and JSON also in depth before anything of it is built.

Named in the settings, so it loads nothing that needs them.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request

from console.door import strict_json
from console.rest.limits import most_bytes


class TooLarge(APIException):
    """The body is over the limit of its route (`console/rest/limits.py`)."""

    status_code = 413

    def __init__(self, given: object, most: int) -> None:
        super().__init__(f"body: {given} bytes given; expected at most {most}")


class JsonParser(JSONParser):
    """JSON as RFC 8259 has it, always UTF-8: a charset of the media type says nothing."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the value of the body.

        Raises:
            RequestDataTooBig: the body is longer than a body may be, whatever its header says.
            ParseError: it is no JSON, or nested too deep; the place is named.
        """
        most_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most_bytes + 1)
        if len(body) > most_bytes:
            raise RequestDataTooBig
        return json_of(body)


def json_of(body: bytes) -> Any:
    """Return the value of a body.

    Raises:
        ParseError: as `JsonParser.parse`.
    """
    try:
        return strict_json.decode(body)
    except strict_json.NotJson as reason:
        expected = f"JSON in UTF-8, nested at most {strict_json.MOST_DEPTH} deep"
        raise ParseError(f"body: {reason}; expected {expected}") from reason


class BytesParser(BaseParser):
    """Hands the body on as it came, within the limit of its route."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the body."""
        request = (parser_context or {})["request"]
        most = most_bytes(request.method, request.path)
        body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"more than {most}", most)
        return body


class LinesParser(BytesParser):
    """The same for NDJSON."""

    media_type = "application/x-ndjson"


def body_of(request: Request) -> bytes:
    """Return the body as it came; an empty one when there is none."""
    body: Any = request.data
    return body if isinstance(body, bytes) else b""
