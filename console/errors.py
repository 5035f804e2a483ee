"""The domain errors. `console.rest` turns them into answers."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Refused(Exception):  # noqa: N818  it reads as what happened: the request was refused
    """The state of things forbids what was asked; answered with 409."""


class Unavailable(Exception):  # noqa: N818
    """Something needed is away for now; answered with 503 and Retry-After."""

    def __init__(self, message: str, retry_after_s: int = 2) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class WrongValue(Protocol):
    """A value that cannot be taken."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def expected(self) -> str: ...


class Invalid(Exception):  # noqa: N818  it reads as what the values are
    """The values given cannot be taken, nothing was changed; answered with 400, field by field."""

    def __init__(self, problems: Sequence[WrongValue]) -> None:
        super().__init__(
            "; ".join(f"{problem.field}: {problem.value!r} given; expected {problem.expected}" for problem in problems)
        )
        self.problems = list(problems)


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
