"""The Celery application: `celery -A console ...`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
app = Celery("loft")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
