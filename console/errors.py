"""The two domain errors. `console.problems` turns them into answers."""


class Refused(Exception):  # noqa: N818  it reads as what happened: the request was refused
    """The state of things forbids what was asked; answered with 409."""


class Unavailable(Exception):  # noqa: N818
    """Something needed is away for now; answered with 503 and Retry-After."""

    def __init__(self, message: str, retry_after_s: int = 2) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
