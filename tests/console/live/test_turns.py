"""Who wakes thousands leaves turns to the others in between."""

import asyncio

from console.live.fanout import Outbox
from console.live.turns import AT_MOST_S, AT_ONCE, Turns


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


async def test_of_those_who_take_long_one_has_its_turn_at_a_time():
    now_s, woken = [0.0], []
    turns = Turns(lambda: now_s[0])

    def begin(name):
        woken.append(name)
        now_s[0] += AT_MOST_S

    for name in "abc":
        turns.ask(lambda name=name: begin(name))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert woken == ["a", "b"]
    assert len(turns) == 1


async def test_who_waits_for_a_turn_goes_on_when_it_has_come():
    turns, went_on = Turns(), []

    async def wait(number):
        await turns.take()
        went_on.append(number)

    await asyncio.gather(*(wait(number) for number in range(3 * AT_ONCE)))
    assert went_on == sorted(went_on)
    given_up = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    given_up.cancel()
    await turns.take()
