"""Packets lost by a site that is there: what silence takes does not count, nor the moment in which it begins or ends.

As in ITU-T Y.1540 section 6 the share of packets lost is that of the time in which a service is available.
"""

from collections.abc import Sequence

from network.kernels.sla.sla import Metric, State, judge_counts

LEAST_ROUNDS = 2
"""One round may lose packets by chance, or because a way broke in the midst of it."""


def is_lossy(rounds: Sequence[tuple[int, int]], objective: float) -> bool:
    """Whether a site loses more packets than promised while it is there.

    Args:
        rounds: packets sent and lost of each, in the order of time.
        objective: the share that may be lost, 0 to 1.

    Returns:
        True when two rounds at least lost some, and those answered lost too many together. A round that was answered
        in part next to one that was not answered at all counts for nothing: the way broke or healed in the midst of it.
    """
    silent = [sent == lost for sent, lost in rounds]
    padded = [False, *silent, False]
    counted = [
        (sent, lost)
        for number, (sent, lost) in enumerate(rounds)
        if not silent[number] and not (lost and (padded[number] or padded[number + 2]))
    ]
    if sum(lost > 0 for _, lost in counted) < LEAST_ROUNDS:
        return False
    sent, gone = sum(sent for sent, _ in counted), sum(lost for _, lost in counted)
    return judge_counts(sent, gone, Metric.LOSS_SHARE, objective, 1).state is State.BREACHED
