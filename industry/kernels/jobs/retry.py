"""How long a job may wait before somebody looks after it. Pure; seconds."""

FIRST_LOOK_S = 15.0
LAST_LOOK_S = 600.0
MAX_SENDS = 12


def next_look_s(sends: int) -> float:
    """Return how long after the `sends`-th sending a queued job counts as lost: doubling from 15 s to 10 min, in s.

    A queue that nobody serves must not fill up with copies, hence the doubling; twelve sendings take about an hour.
    """
    return float(min(LAST_LOOK_S, FIRST_LOOK_S * 2.0 ** max(0, sends - 1)))
