"""What each socket gets, above all a slow one."""

from console.live.fanout import MAX_WAITING_EVENTS, RESYNC, Fanout, Outbox, Parcel
from console.live.frames import HEARTBEAT_TILE, pack


def outbox_in(fanout, *topics, tiles=frozenset()):
    outbox = Outbox(frozenset(topics), sees_frames=True)
    outbox.tiles = tiles
    fanout.outboxes.add(outbox)
    return outbox


async def test_a_line_gets_only_the_tiles_it_looks_at():
    fanout = Fanout()
    outbox = outbox_in(fanout, tiles=frozenset({1}))
    fanout.deliver(pack([(1, b"one"), (2, b"two")]))
    assert await outbox.next() == Parcel(frames=b"one")


async def test_a_slow_line_gets_the_newest_frames_and_learns_which_tiles_it_missed():
    fanout = Fanout()
    outbox = outbox_in(fanout, tiles=None)
    fanout.deliver(pack([(1, b"old")]))
    fanout.deliver(pack([(2, b"new")]))
    assert await outbox.next() == Parcel(frames=b"new", whole={1})


async def test_a_line_that_stays_slow_is_given_less_and_never_a_whole_picture_at_each_tick():
    now_s = 100.0
    outbox = Outbox(frozenset(), sees_frames=True, clock=lambda: now_s)
    outbox.look(None)
    assert (await outbox.next()).whole is None  # which its first view is owed
    got = []
    for tick in range(40):  # ten seconds, and every other tick is skipped
        now_s += 0.25
        outbox.offer((1,), b"tick")
        if tick % 2:
            got.append(await outbox.next())
    assert [parcel.whole for parcel in got].count(frozenset({1})) == 2
    assert all(not parcel.frames for parcel in got if parcel.whole), "twice the same"


async def test_a_view_that_moves_is_owed_what_is_new_and_the_same_one_again_everything():
    outbox = Outbox(frozenset(), sees_frames=True)
    whole = []
    for tiles, is_anew in (({1, 2}, False), ({2, 3}, False), ({2, 3}, True), (None, False), ({3}, False)):
        outbox.look(tiles and frozenset(tiles), is_anew=is_anew)
        whole.append((await outbox.next()).whole)
    assert whole == [{1, 2}, {3}, {2, 3}, None, {3}]


async def test_frames_that_stand_in_the_whole_picture_are_not_sent_besides():
    outbox = Outbox(frozenset(), sees_frames=True)
    outbox.look(frozenset({1, 2}))
    outbox.offer((1,), b"one")
    assert await outbox.next() == Parcel(whole=frozenset({1, 2}))
    outbox.offer((), b"beat")
    outbox.owe(frozenset({1}))
    assert (await outbox.next()).frames == b"beat"


def test_equal_views_share_one_encoding():
    fanout = Fanout()
    outboxes = [outbox_in(fanout, tiles=frozenset({1})) for _ in range(3)]
    fanout.deliver(pack([(1, b"one")]))
    assert len({id(outbox._parcel.frames) for outbox in outboxes}) == 1


async def test_a_line_that_looks_at_nothing_still_hears_the_engines_heartbeat():
    fanout = Fanout()
    outbox = outbox_in(fanout)
    fanout.deliver(pack([(HEARTBEAT_TILE, b"tick"), (1, b"one")]))
    assert await outbox.next() == Parcel(frames=b"tick")


async def test_an_event_reaches_the_lines_that_joined_its_topic_in_order():
    fanout = Fanout()
    hears, deaf = outbox_in(fanout, "alarms"), outbox_in(fanout, "jobs")
    fanout.tell("alarms", "first")
    fanout.tell("alarms", "second")
    assert await hears.next() == Parcel(events=["first", "second"])
    assert deaf._parcel == Parcel()


async def test_a_line_drowned_in_events_is_told_to_fetch_everything_again():
    outbox = outbox_in(Fanout(), "alarms")
    for number in range(MAX_WAITING_EVENTS + 1):
        outbox.tell(str(number))
    assert (await outbox.next()).events == [RESYNC, str(MAX_WAITING_EVENTS)]


def test_lines_that_may_see_other_organisations_get_each_their_own_view_of_a_tile():
    row = b"\x09\0\0\0" + bytes(14) + b"\x0a\0"  # drone 9 in an emergency, unverified
    frame = b"\x01" + bytes(7) + b"\x01" + bytes(11) + row + b"\x05\0\0\0"  # of organisation 5
    fanout = Fanout()
    sees = {"all": None, "owner": frozenset({5}), "other": frozenset({4}), "another": frozenset({4})}
    lines = {name: outbox_in(fanout, tiles=frozenset({1})) for name in sees}
    for name, line in lines.items():
        line.sees = sees[name]
    fanout.deliver(pack([(1, frame)]))
    shown = {name: line._parcel.frames for name, line in lines.items()}
    assert shown["all"] == shown["owner"] == frame[:40]
    assert shown["other"][:38] == frame[:38]
    assert shown["other"][38] == 32
    assert shown["other"] is shown["another"]
