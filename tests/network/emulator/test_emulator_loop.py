"""The simulated base stations show that their event loop turns: the loop itself does, not a thread beside it."""

import asyncio
import contextlib

from network.emulator.run import SETTLE_EVERY_S, _settle


class Part:
    """Faults or equipment that have nothing to settle."""

    def settle(self) -> None:
        """Nothing is due."""


async def test_the_event_loop_beats_with_every_round():
    beats = []
    settling = asyncio.get_running_loop().create_task(_settle(Part(), Part(), lambda: beats.append(1)))
    for _ in range(200):
        await asyncio.sleep(SETTLE_EVERY_S / 5)
        if len(beats) >= 3:
            break
    assert len(beats) >= 3
    settling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await settling
