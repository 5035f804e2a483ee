"""Clocks that a test moves: time that passes, and a wall clock that somebody sets."""

from datetime import datetime, timedelta

from console.run.clock import Clock


class Hands:
    """The hands of a machine's clocks: `pass_s` moves both on, `set_by_s` the wall clock alone."""

    def __init__(self, now: datetime, machine: str = "this start of this machine") -> None:
        self.at, self.elapsed_s = now, 1_000.0
        self.clock = Clock(now=lambda: self.at, elapsed_s=lambda: self.elapsed_s, machine=machine)

    def pass_s(self, seconds: float) -> datetime:
        """Let time pass; return what the wall clock shows."""
        self.elapsed_s += seconds
        return self.set_by_s(seconds)

    def set_by_s(self, seconds: float) -> datetime:
        """Set the wall clock, above nil forward; return what it shows."""
        self.at += timedelta(seconds=seconds)
        return self.at

    def go_to(self, now: datetime) -> None:
        """Let time pass until the wall clock shows this."""
        self.pass_s((now - self.at).total_seconds())
