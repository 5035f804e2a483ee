"""Simulated sites in a process of their own, without any network between: whom a probe measures itself against."""

import asyncio
import contextlib
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvicorn

from network.emulator.equipment.equipment import Equipment
from network.emulator.faults.faults import Faults
from network.emulator.places import Antenna, Inventory, Place
from network.emulator.run import reflectors_of

STOP_WITHIN_S = 10.0
APART_M, ROW = 700.0, 32
TOKEN = "of sites that stand apart"


@dataclass(frozen=True)
class CpuMeter:
    """Asks the simulated sites how much CPU they have spent. [s]."""

    pipe: Connection

    def __call__(self) -> float:
        self.pipe.send("cpu")
        return float(self.pipe.recv())


@contextmanager
def apart(sites: int) -> Iterator[tuple[list[int], CpuMeter]]:
    """Run so many simulated sites; yield their ports, and who asks for their CPU time.

    Raises:
        EOFError: their process did not come up.
    """
    with _process(_reflect, sites) as (ports, meter):
        yield ports, meter


@contextmanager
def telling(sites: int) -> Iterator[tuple[str, CpuMeter]]:
    """Run so many simulated sites of three cells that tell their counters over HTTP; yield the address, and who asks.

    Raises:
        EOFError: their process did not come up.
    """
    with _process(_tell, sites) as (port, meter):
        yield f"http://127.0.0.1:{port}", meter


@contextmanager
def _process(work: Callable[[Connection, int], Any], sites: int) -> Iterator[tuple[Any, CpuMeter]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(work, theirs, sites), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed here
    try:
        yield ours.recv(), CpuMeter(ours)
    finally:
        if process.is_alive():
            ours.send("stop")
        process.join(STOP_WITHIN_S)
        process.kill()


def _run(work: Callable[[Connection, int], Any], pipe: Connection, sites: int) -> None:
    asyncio.run(work(pipe, sites))


async def _reflect(pipe: Connection, sites: int) -> None:
    places = [Place(f"s-{number}", "127.0.0.1", 0, 0.0, 1e-9, 1e-9, 0.0) for number in range(sites)]
    reflectors = reflectors_of(Inventory(places), Faults(time.monotonic))
    for reflector in reflectors:
        reflector.open()
    await _until_stopped(pipe, [reflector.port for reflector in reflectors])
    for reflector in reflectors:
        reflector.close()


async def _tell(pipe: Connection, sites: int) -> None:
    equipment = Equipment(_town(sites), Faults(time.monotonic), TOKEN, time.time)
    server = uvicorn.Server(uvicorn.Config(equipment, lifespan="off", access_log=False, log_level="warning"))
    line = socket.create_server(("127.0.0.1", 0))  # whoever comes before the server has begun waits here
    serving = asyncio.get_running_loop().create_task(server.serve([line]))
    await _until_stopped(pipe, line.getsockname()[1])
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _town(sites: int) -> Inventory:
    def antennas(number: int) -> tuple[Antenna, ...]:
        return tuple(Antenna(f"s-{number:04}-{side}", azimuth_deg=120.0 * side) for side in range(3))

    return Inventory([
        Place(
            f"s-{number:04}", "127.0.0.1", 0, 0.0, 1e-9, 1e-9, 0.0, east_m=APART_M * (number % ROW),
            north_m=APART_M * (number // ROW), antennas=antennas(number),
        )
        for number in range(sites)
    ])  # fmt: skip


async def _until_stopped(pipe: Connection, first: Any) -> None:
    """Tell the first thing that is asked for, then the CPU time whenever that is, until told to stop."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        if pipe.recv() == "cpu":
            pipe.send(time.process_time())
        else:
            stopped.set()

    pipe.send(first)
    loop.add_reader(pipe.fileno(), hear)
    await stopped.wait()
    loop.remove_reader(pipe.fileno())
