"""What a check by TCP or HTTP can find. Pure."""

from enum import StrEnum


class Failure(StrEnum):
    """Why something was not reached."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    NAME = "name_unknown"
    UNREACHABLE = "unreachable"
    STATUS = "wrong_status"
    PROTOCOL = "no_http"
