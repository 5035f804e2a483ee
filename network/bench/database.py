"""A database of their own for benches, so that they leave the installation's alone."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.db import connections
from django.db.utils import load_backend

from console.actions.access.organisation import ensure_home


@contextmanager
def own_database() -> Iterator[None]:
    """Put an empty database in the place of the installation's own, and take it away again."""
    before = connections["default"]
    with tempfile.TemporaryDirectory(prefix="loft-bench-") as folder:
        backend = load_backend("django.db.backends.sqlite3")
        settings_dict = {
            **before.settings_dict,
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder) / "bench.sqlite3",
            "OPTIONS": {},
        }
        made = connections["default"] = backend.DatabaseWrapper(settings_dict, alias="default")
        try:
            with made.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode = MEMORY")  # nobody needs it after a crash
                cursor.execute("PRAGMA synchronous = OFF")
            with made.constraint_checks_disabled(), made.schema_editor() as editor:
                for model in apps.get_models():
                    if model._meta.managed and not model._meta.proxy:  # noqa: SLF001  Django's public name
                        editor.create_model(model)
            ensure_home()
            yield
        finally:
            made.close()
            connections["default"] = before


def cpu_s(work: Callable[[], object]) -> float:
    """Return how much of the processor a piece of work takes. [s]."""
    started = time.process_time()
    work()
    return time.process_time() - started
