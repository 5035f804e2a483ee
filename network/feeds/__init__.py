"""What the network sends to other systems: notices by webhook and by e-mail."""


class NotSent(Exception):  # noqa: N818
    """A notice did not arrive, as far as we know. `is_away`: nothing else would arrive there now either."""

    def __init__(self, reason: str, *, is_away: bool = True, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.is_away = is_away
        self.retry_after_s = retry_after_s
