"""Where the time of a job went, and whether it kept its budget. Pure functions; milliseconds in and out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Breakdown:
    """The parts of a job's latency [ms]; None is "unknown". The network's part is modelled, the others are measured."""

    network_ms: float | None
    queue_ms: float | None
    inference_ms: float | None
    storage_ms: float | None

    @property
    def total_ms(self) -> float | None:
        """Sum of the parts; None as long as one of them is unknown, because half a sum misleads."""
        parts = (self.network_ms, self.queue_ms, self.inference_ms, self.storage_ms)
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None


def split(
    network_ms: float | None, queue_ms: float | None, run_ms: float | None, inference_ms: float | None
) -> Breakdown:
    """Split the time between a job's creation and its end.

    Args:
        network_ms: both directions between the factory and the edge node, modelled. [ms]
        queue_ms: from the job's creation to the start of the attempt that ended it, measured. [ms]
        run_ms: from that start to the end, measured. [ms]
        inference_ms: of which the model itself, features included, measured. [ms]

    Returns:
        The parts; `storage_ms` is the rest of the run: reading the rows and writing the result.
    """
    storage_ms = None if run_ms is None or inference_ms is None else max(0.0, run_ms - inference_ms)
    return Breakdown(network_ms, queue_ms, inference_ms, storage_ms)


def deadline(total_ms: float | None, budget_ms: float | None) -> str:
    """Return "met" or "missed"; "unknown" without a budget or a whole latency. Milliseconds both."""
    if total_ms is None or budget_ms is None:
        return "unknown"
    return "met" if total_ms <= budget_ms else "missed"
