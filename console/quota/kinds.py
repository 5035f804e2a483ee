"""What there are quotas of. A kind's default is a setting, `LOFT_QUOTA_` and its name."""

from dataclasses import dataclass

DAY_S = 86_400


@dataclass(frozen=True)
class Kind:
    """One thing that is counted: per second (so many at once are let through), per day of UTC, or as it stands."""

    name: str
    noun: str
    rate_for_s: float = 0.0
    is_daily: bool = False

    @property
    def setting(self) -> str:
        """The setting that holds the default."""
        return f"LOFT_QUOTA_{self.name.upper()}"

    @property
    def is_counted_in_redis(self) -> bool:
        """Whether it is a rate or a daily amount; what stands is counted where it stands."""
        return bool(self.rate_for_s) or self.is_daily


REQUESTS = Kind("requests_per_s", "requests per second", rate_for_s=2.0)
POSITIONS = Kind("positions_per_s", "positions per second", rate_for_s=1.0)
ROWS = Kind("rows_per_day", "rows stored per day", is_daily=True)
JOBS_PER_DAY = Kind("jobs_per_day", "jobs per day", is_daily=True)
JOBS_OPEN = Kind("jobs_open", "jobs open at once")
SOCKETS = Kind("sockets", "open sockets")
STORAGE = Kind("storage_bytes", "bytes stored")
KINDS = {kind.name: kind for kind in (REQUESTS, POSITIONS, ROWS, JOBS_PER_DAY, JOBS_OPEN, SOCKETS, STORAGE)}
