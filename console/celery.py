"""The Celery application: `celery -A console ...`."""

import os

from celery import Celery
from celery.signals import worker_process_init

from console.forking import die_with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
app = Celery("loft")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _end_with_its_worker(**_: object) -> None:
    """Have the kernel end a pool's process when its worker is killed: a fork does not inherit that wish."""
    die_with(os.getppid())
