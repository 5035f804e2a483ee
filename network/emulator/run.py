"""The emulator's process: every site's reflector and the control line on one event loop."""

import asyncio
from time import monotonic

import numpy as np
import uvicorn

from network.emulator.control import Control
from network.emulator.faults import Faults
from network.emulator.places import Place
from network.emulator.reflector import Reflector


def run(places: list[Place], host: str, port: int, token: str) -> None:
    """Answer for every place until the process is told to stop.

    Raises:
        OSError: a port is taken.
    """
    asyncio.run(serve(places, host, port, token))


async def serve(places: list[Place], host: str, port: int, token: str) -> None:
    """Answer for every place; see `run`."""
    faults = Faults(monotonic)
    seeds = np.random.SeedSequence().spawn(len(places))
    reflectors = [
        Reflector(place, faults, np.random.default_rng(seed)) for place, seed in zip(places, seeds, strict=True)
    ]
    control = Control(faults, {place.slug for place in places}, token)
    config = uvicorn.Config(
        control, host=host, port=port, lifespan="off", access_log=False, log_level="warning", limit_concurrency=16,
        timeout_keep_alive=5, log_config=None,
    )  # fmt: skip
    try:
        for reflector in reflectors:
            reflector.open()
        await uvicorn.Server(config).serve()
    finally:
        for reflector in reflectors:
            reflector.close()
