"""How a REST endpoint reads a body: JSON, bounded in size and in depth before anything of it is built."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from console import strict_json


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
