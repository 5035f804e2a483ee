"""Who wakes thousands leaves turns to the others in between."""

import asyncio

from console.live.fanout import Outbox
from console.live.turns import AT_ONCE, Turns


async def test_each_turn_of_the_loop_wakes_a_few_in_the_order_in_which_they_asked():
    turns, woken, seen = Turns(), [], []
    for number in range(3 * AT_ONCE):
        turns.ask(lambda number=number: woken.append(number))
    for _ in range(3):
        await asyncio.sleep(0)  # somebody else's turn
        seen.append(len(woken))
    assert seen == [AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE]
    assert woken == sorted(woken)


async def test_an_outbox_waits_once_whatever_comes_meanwhile_and_has_the_newest_when_it_is_its_turn():
    turns = Turns()
    outbox = Outbox(frozenset(), sees_frames=True, turns=turns)
    for tick in range(10):
        outbox.offer((), b"%d" % tick)
        outbox.tell(str(tick))
    assert len(turns._waiting) == 1
    parcel = await outbox.next()
    assert (parcel.frames, parcel.events) == (b"9", [str(tick) for tick in range(10)])
    outbox.offer((), b"again")
    assert (await outbox.next()).frames == b"again"


def test_what_waited_in_a_loop_that_ended_is_forgotten():
    turns, woken = Turns(), []

    async def ask(name):
        turns.ask(lambda: woken.append(name))

    asyncio.run(ask("old"))
    woken.clear()

    async def later():
        await ask("new")
        await asyncio.sleep(0)

    asyncio.run(later())
    assert woken == ["new"]
