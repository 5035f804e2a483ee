"""The Celery application: `celery -A console ...`."""

import os
from typing import Any

from celery import Celery, Task
from celery.exceptions import Reject
from celery.signals import worker_init

from console.run import celery_loops

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
AGAIN_S = 5
MOST_TIMES = 120
"""Ten minutes; what is to be done at last is looked for by the schedule, however long the database was away."""


class PatientTask(Task):  # type: ignore[type-arg]  # its parameters are for type checkers only
    """A task that is tried again when the database cannot answer, until it expires; by itself Celery would drop it.

    One that says `acks_late=False` is never tried again: the next one of its kind follows soon.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it.

        Raises:
            Retry: the database cannot answer.
            Reject: nor can the broker; it keeps the message that it has.
        """
        from console.database import absence_of  # noqa: PLC0415  Django is not set up any earlier

        try:
            return self.run(*args, **kwargs)  # not the parent's `__call__`, which hides the request
        except Exception as reason:
            absence = absence_of(reason) if self.acks_late and not self.request.called_directly else None
            if absence is None:
                raise
            try:
                raise self.retry(countdown=AGAIN_S, max_retries=MOST_TIMES, exc=Away(absence.sentence)) from None
            except Reject as refused:  # the broker takes nothing either, and Celery would drop the task
                raise Reject(str(refused), requeue=True) from None


class Away(Exception):  # noqa: N818  it reads as what it is
    """The database could not answer for as long as a task was tried; the text says why."""


app = Celery("loft", task_cls=PatientTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.worker_consumer = "console.run.celery_consumer:WatchedConsumer"
app.steps["consumer"].add("console.run.celery_consumer:HoldFew")
app.autodiscover_tasks()


@worker_init.connect
def _require_fit(**_: object) -> None:
    """Work on no database that a newer program has changed."""
    from console.run.fitness import exit_unless_fit  # noqa: PLC0415  Django is not set up any earlier

    exit_unless_fit()


celery_loops.watch()
