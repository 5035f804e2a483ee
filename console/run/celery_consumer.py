"""The consumer of our workers: its wait for the broker is no hang, and it holds few tasks that wait for their time."""

from collections.abc import Callable
from typing import Any

from celery.bootsteps import StartStopStep
from celery.worker.consumer import Consumer
from kombu.common import QoS

from console.run import celery_loops

MOST_HELD = 500
"""So many messages a worker takes from the broker and has not done. All tasks of an outage of the database wait for
five seconds between two tries, and for each that waits Celery takes one more."""


class WatchedConsumer(Consumer):
    """What `worker_consumer` names."""

    def ensure_connected(self, conn: Any) -> Any:
        """Connect; between two tries Celery asks once a second whether to end, and so do we beat."""
        ensure = conn.ensure_connection

        def beating(errback: Any, max_retries: int | None, callback: Callable[[], None]) -> Any:
            def turn() -> None:
                celery_loops.beat()
                callback()

            return ensure(errback, max_retries, callback=turn)

        conn.ensure_connection = beating
        return super().ensure_connected(conn)


class BoundedPrefetch(QoS):
    """Counts whatever waits, and asks the broker for no more than `MOST_HELD`; the others wait there.

    Celery's own limit (`worker_eta_task_limit`) stops counting: once it was met, fewer tasks run at a time ever after.
    """

    def set(self, pcount: int) -> int:
        """Tell the broker, where that changes anything."""
        told: int = super().set(min(pcount, MOST_HELD))
        return told


class HoldFew(StartStopStep):
    """A step of the consumer: bounds what the one before it has just set up."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        """Count on from what a worker begins with."""
        parent.qos = BoundedPrefetch(parent.qos.callback, parent.qos.value)
