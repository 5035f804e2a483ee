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
LOOK_WITHIN_S = 30.0
"""So long the others wait for one look, as at a share that does not answer; it is made again once it has ended."""
Look = Callable[[datetime], object]


async def watch(every_s: float = EVERY_S) -> None:
    """Look for as long as the process lives; `LOFT_WATCHES` names the classes, each made with the time it begins at."""
    looks: dict[str, Look] = {name: import_string(name)(timezone.now()).look for name in settings.LOFT_WATCHES}
    begun: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            await asyncio.sleep(every_s)
            for name, look in looks.items():
                if name not in begun or begun[name].done():
                    begun[name] = asyncio.create_task(asyncio.to_thread(_take, look))
                    await _wait_for(name, begun[name])
    finally:
        for task in begun.values():
            task.cancel()


async def _wait_for(name: str, look: "asyncio.Task[None]") -> None:
    done, _ = await asyncio.wait({look}, timeout=LOOK_WITHIN_S)
    if done:
        look.result()
    else:
        log.warning("a look has not ended within %.0f s, and the others go on: %s", LOOK_WITHIN_S, name)


def _take(look: Look) -> None:
    try:
        look(timezone.now())
    except (DatabaseError, *GONE) as reason:
        log.warning("could not look: %s", reason)
    except Exception:  # whatever it is, the next look and the others are made
        log.exception("a look failed")
    finally:
        close_old_connections()
