"""Looks that must not depend on the schedule: they run in every web process, each in its turn, every few seconds."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

from console.redis_clients import GONE

log = logging.getLogger(__name__)
EVERY_S = 2.0
Look = Callable[[datetime], object]


async def watch(every_s: float = EVERY_S) -> None:
    """Look for as long as the process lives; `LOFT_WATCHES` names the classes, each made with the time it begins at."""
    looks: list[Look] = [import_string(name)(timezone.now()).look for name in settings.LOFT_WATCHES]
    while True:
        await asyncio.sleep(every_s)
        for look in looks:
            await asyncio.to_thread(_take, look)


def _take(look: Look) -> None:
    try:
        look(timezone.now())
    except (DatabaseError, *GONE) as reason:
        log.warning("could not look: %s", reason)
    except Exception:  # as a full Redis: whatever it is, the next look and the others are made
        log.exception("a look failed")
    finally:
        close_old_connections()
