"""What the ledger counts of a minute. Each kind of subject says where its counts come from (`Subject.counts`)."""

from dataclasses import dataclass
from datetime import datetime

MINUTE_S = 60.0


@dataclass(frozen=True)
class MinuteCount:
    """What came of one agreement in one minute: events that were good, of all; and for how long nobody knows. [s]."""

    agreement_id: int
    started_at: datetime
    good: int
    total: int
    unknown_s: float = 0.0
    excluded_s: float = 0.0  # of a part of the subject under maintenance; what is wholly under it the ledger leaves out

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if not 0 <= self.good <= self.total:
            raise ValueError(f"good: {self.good} given; expected 0 to total, which is {self.total}")
        if not 0 <= self.unknown_s <= MINUTE_S:
            raise ValueError(f"unknown_s: {self.unknown_s} given; expected 0 to {MINUTE_S:g} s")
        if not 0 <= self.excluded_s <= MINUTE_S - self.unknown_s + 1e-6:
            raise ValueError(f"excluded_s: {self.excluded_s} given; expected at most what is not unknown")
