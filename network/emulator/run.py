"""The emulator's process: every site's reflector, the sites' own interface and the control line on one event loop."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvicorn

from network.emulator.control import Control
from network.emulator.equipment.equipment import Equipment
from network.emulator.equipment.hidden import SEED, backhaul_use_share, profile_of
from network.emulator.equipment.memory import Memory
from network.emulator.faults.faults import Faults
from network.emulator.faults.scenario import Player
from network.emulator.faults.truth import Truth
from network.emulator.places import Inventory, Place
from network.emulator.reflector import Reflector
from network.emulator.web import Receive, Scope, Send

SETTLE_EVERY_S = 0.25
WARM_EVERY_S = 0.02


@dataclass(frozen=True)
class Listening:
    """Where the HTTP interface is, who may use it, and where the log of what truly happened and all settings go."""

    host: str
    port: int
    control_token: str
    station_token: str
    truth: Path
    memory: Path | None = None  # a folder; none: settings are forgotten with the process
    beat: Callable[[], object] = lambda: None  # called by the event loop, four times a second


def run(inventory: Inventory, listening: Listening) -> None:
    """Answer for every place until the process is told to stop.

    On asyncio's own loop, whose timers are late by at most a millisecond and never early: uvloop's are rounded, so that
    an answer would leave before it can have arrived. What is late shows as residence, and is not measured as delay.

    Raises:
        OSError: a port is taken.
    """
    asyncio.run(serve(inventory, listening))


async def serve(inventory: Inventory, listening: Listening) -> None:
    """Answer for every place; see `run`."""
    faults = Faults(time.monotonic, inventory.routes, Truth(listening.truth, time.time))
    loop = asyncio.get_running_loop()
    control = Control(faults, inventory, Player(faults, time.monotonic, loop.call_later), listening.control_token)
    memory = Memory(listening.memory) if listening.memory else None
    equipment = Equipment(inventory, faults, listening.station_token, time.time, memory)
    reflectors = reflectors_of(inventory, faults)
    settling, warming = _settle(faults, equipment, listening.beat), _warm(inventory, equipment)
    tasks = [loop.create_task(settling), loop.create_task(warming)]
    try:
        for reflector in reflectors:
            reflector.open()
        await uvicorn.Server(_config(control, equipment, listening)).serve()
    finally:
        for task in tasks:
            task.cancel()
        for reflector in reflectors:
            reflector.close()


def reflectors_of(inventory: Inventory, faults: Faults, clock: Callable[[], float] = time.time) -> list[Reflector]:
    """Return a reflector for every place, each with chances of its own and the traffic of its hours."""
    seeds = np.random.SeedSequence().spawn(len(inventory.places))
    return [
        Reflector(place, faults, np.random.default_rng(seed), use_of(place, clock))
        for place, seed in zip(inventory.places, seeds, strict=True)
    ]


def use_of(place: Place, clock: Callable[[], float]) -> Callable[[], float]:
    """Return what tells how much of its backhaul a site uses now."""
    profile = profile_of(place, SEED)
    return lambda: backhaul_use_share(profile, clock())


async def _settle(faults: Faults, equipment: Equipment, beat: Callable[[], object]) -> None:
    """End faults and apply settings in time, whoever asks or not; the log of what truly happened says when."""
    while True:
        await asyncio.sleep(SETTLE_EVERY_S)
        beat()
        faults.settle()
        equipment.settle()


async def _warm(inventory: Inventory, equipment: Equipment) -> None:
    """Work out every site's reception bit by bit, so that nobody's packets wait for it."""
    for place in inventory.places:
        await asyncio.sleep(WARM_EVERY_S)
        equipment.warm(place.slug)


def _config(control: Control, equipment: Equipment, listening: Listening) -> uvicorn.Config:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = str(scope.get("path", "")).startswith(("/faults", "/scenarios"))
        await (control if is_control else equipment)(scope, receive, send)

    return uvicorn.Config(
        app, host=listening.host, port=listening.port, lifespan="off", access_log=False, log_level="warning",
        limit_concurrency=16, timeout_keep_alive=5, log_config=None,
    )  # fmt: skip
