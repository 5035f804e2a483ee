"""The two domain errors. `console.rest.handler` turns them into answers."""

import logging

log = logging.getLogger(__name__)


class Refused(Exception):  # noqa: N818  it reads as what happened: the request was refused
    """The state of things forbids what was asked; answered with 409."""


class Unavailable(Exception):  # noqa: N818
    """Something needed is away for now; answered with 503 and Retry-After."""

    def __init__(self, message: str, retry_after_s: int = 2) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def problem_of(reason: Exception, what: str) -> str:
    """Return what to tell whoever asked for something that failed.

    A domain error speaks for itself. The text of any other may hold paths, addresses or rows of others: it goes into
    the log, whole, and only its kind is told.

    Args:
        reason: why it failed.
        what: that failed, for the log.
    """
    if isinstance(reason, (Refused, Unavailable)):
        return str(reason)
    log.error("%s failed", what, exc_info=reason)
    return f"{type(reason).__name__}: the log of this installation says more"
