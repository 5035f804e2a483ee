"""The emulator's process: every site's reflector, the sites' own interface and the control line on one event loop."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvicorn
import uvloop

from network.emulator.control import Control
from network.emulator.faults import Faults
from network.emulator.places import Inventory
from network.emulator.reflector import Reflector
from network.emulator.scenario import Player
from network.emulator.truth import Truth
from network.emulator.web import Receive, Scope, Send

SETTLE_EVERY_S = 0.25


@dataclass(frozen=True)
class Listening:
    """Where the HTTP interface is, who may use it, and where the log of what truly happened goes."""

    host: str
    port: int
    control_token: str
    truth: Path


def run(inventory: Inventory, listening: Listening) -> None:
    """Answer for every place until the process is told to stop.

    Raises:
        OSError: a port is taken.
    """
    uvloop.run(serve(inventory, listening))


async def serve(inventory: Inventory, listening: Listening) -> None:
    """Answer for every place; see `run`."""
    faults = Faults(time.monotonic, inventory.routes, Truth(listening.truth, time.time))
    reflectors = reflectors_of(inventory, faults)
    loop = asyncio.get_running_loop()
    player = Player(faults, time.monotonic, loop.call_later)
    control = Control(faults, inventory, player, listening.control_token)
    settling = loop.create_task(_settle(faults))
    try:
        for reflector in reflectors:
            reflector.open()
        await uvicorn.Server(_config(control, listening)).serve()
    finally:
        settling.cancel()
        for reflector in reflectors:
            reflector.close()


def reflectors_of(inventory: Inventory, faults: Faults) -> list[Reflector]:
    """Return a reflector for every place, each with chances of its own."""
    seeds = np.random.SeedSequence().spawn(len(inventory.places))
    return [
        Reflector(place, faults, np.random.default_rng(seed))
        for place, seed in zip(inventory.places, seeds, strict=True)
    ]


async def _settle(faults: Faults) -> None:
    """End faults in time, so that the log of what truly happened tells when, whoever asks or not."""
    while True:
        await asyncio.sleep(SETTLE_EVERY_S)
        faults.settle()


def _config(control: Control, listening: Listening) -> uvicorn.Config:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await control(scope, receive, send)

    return uvicorn.Config(
        app, host=listening.host, port=listening.port, lifespan="off", access_log=False, log_level="warning",
        limit_concurrency=16, timeout_keep_alive=5, log_config=None,
    )  # fmt: skip
