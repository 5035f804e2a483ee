"""The console: settings, sign-in, errors and the hub to browsers. It imports no other app."""

from console.celery import app as celery_app

__all__ = ["celery_app"]
