"""Simulated sites in a process of their own, without any network between: whom a probe measures itself against."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from network.emulator.faults import Faults
from network.emulator.places import Inventory, Place
from network.emulator.run import reflectors_of

STOP_WITHIN_S = 10.0


@dataclass(frozen=True)
class Asker:
    """Asks the simulated sites how much CPU they have spent. [s]."""

    pipe: Connection

    def __call__(self) -> float:
        self.pipe.send("cpu")
        return float(self.pipe.recv())


@contextmanager
def apart(sites: int) -> Iterator[tuple[list[int], Asker]]:
    """Run so many simulated sites; yield their ports, and who asks for their CPU time.

    Raises:
        EOFError: their process did not come up.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, sites), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed here
    try:
        yield ours.recv(), Asker(ours)
    finally:
        if process.is_alive():
            ours.send("stop")
        process.join(STOP_WITHIN_S)
        process.kill()


def _serve(pipe: Connection, sites: int) -> None:
    asyncio.run(_reflect(pipe, sites))


async def _reflect(pipe: Connection, sites: int) -> None:
    places = [Place(f"s-{number}", "127.0.0.1", 0, 0.0, 1e-9, 1e-9, 0.0) for number in range(sites)]
    reflectors = reflectors_of(Inventory(places), Faults(time.monotonic))
    for reflector in reflectors:
        reflector.open()
    pipe.send([reflector.port for reflector in reflectors])
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        if pipe.recv() == "cpu":
            pipe.send(time.process_time())
        else:
            stopped.set()

    loop.add_reader(pipe.fileno(), hear)
    await stopped.wait()
    loop.remove_reader(pipe.fileno())
    for reflector in reflectors:
        reflector.close()
