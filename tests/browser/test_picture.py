"""What the page makes of frames: frames of the server's own encoder, fed to a store of the page with a clock of ours."""

from math import ceil
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from airspace.kernels import wire
from console.live.frames import FOREIGN_BIT, tile_of
from tests.browser.pages import open_map

pytestmark = [pytest.mark.browser, pytest.mark.stack]
T0_MS = 1_780_000_000_000
HERE = (29.0, 123.5)
FEED = """
(steps) => {
  let clockMs = 0;
  const store = new loft.map.store.constructor(() => clockMs, () => clockMs);
  return steps.map(({ms, frame, view, kept, event, found}) => {
    if (ms) clockMs = ms;
    if (view) store.look(view, kept);
    if (frame) store.apply(new Uint8Array(frame).buffer);
    if (event) store.hear(event);
    if (found) store.reconcile(store.untold(found.sinceMs), new Map(found.rows.map((one) => [one.id, one])), found.sinceMs);
    return Object.fromEntries(Array.from({length: store.count}, (_, slot) => [store.ids[slot], store.at(slot)]));
  });
}
"""
HEARD, STALE, LOST, UNSEEN = 0, 1, 2, 3


@pytest.fixture(scope="module")
def map_page(open_as):
    with open_as("operator") as page:
        open_map(page)
        yield page


def rows(*drones: int, at: tuple[float, float] = HERE, age_s: float = 0.0, state: int = 0) -> Any:
    made = np.zeros(len(drones), wire.ROW)
    made["drone"] = drones
    made["lat"], made["lon"] = round(at[0] * 1e7), round(at[1] * 1e7)
    made["state"], made["age"] = state, round(age_s * 10)
    made["speed"] = made["track"] = wire.UNKNOWN
    return made


def step(*frames: tuple[Any, float], after_s: float = 0.0, whole: bool = False, **more: Any) -> dict[str, Any]:
    made = [wire.frame(tile_of(*HERE), body, T0_MS + 1000 * at_s, is_snapshot=whole) for body, at_s in frames]
    return {"ms": T0_MS + 1000 * after_s, "frame": list(b"".join(made)), **more}


def feed(page: Page, *steps: dict[str, Any]) -> list[dict[str, Any]]:
    return page.evaluate(FEED, list(steps))


def play(page: Page, row: Any, *moments_s: float) -> list[dict[str, Any]]:
    """Return what is shown of drone 7, told of once, at its row and at moments of a picture that beats each second."""
    times_s = sorted({*map(float, range(1, ceil(max(moments_s)))), *moments_s})
    beats = [step((rows(8), at_s), after_s=at_s) for at_s in times_s]
    seen = feed(page, step((row, 0)), *beats)
    return [seen[0]["7"], *(seen[1 + times_s.index(at_s)]["7"] for at_s in moments_s)]


def test_a_drone_is_stale_after_five_seconds_and_lost_after_fifteen(map_page: Page):
    seen = play(map_page, rows(7), 4.9, 5.1, 14.9, 15.1)
    assert [state["link"] for state in seen] == [HEARD, HEARD, STALE, STALE, LOST]


def test_while_no_picture_comes_a_drone_is_neither_stale_nor_lost_but_unseen(map_page: Page):
    seen = feed(map_page, step((rows(7), 0)), *(step(after_s=s) for s in (4.9, 5.1, 15.1)))
    assert [state["7"]["link"] for state in seen] == [HEARD, HEARD, UNSEEN, UNSEEN]


def test_the_age_a_row_brings_counts(map_page: Page):
    seen = play(map_page, rows(7, age_s=4.0), 1.2)
    assert [state["link"] for state in seen] == [HEARD, STALE]
    assert seen[1]["ageS"] == pytest.approx(5.2, abs=0.01)


def test_a_clock_that_is_an_hour_wrong_makes_no_drone_old(map_page: Page):
    seen = feed(map_page, step((rows(7), 0), after_s=3600), step(after_s=3604))
    assert seen[1]["7"]["ageS"] == pytest.approx(4.0, abs=0.01)


def test_a_row_that_left_its_tile_for_beyond_the_view_is_let_go(map_page: Page):
    view = {"view": [123.4, 28.9, 123.6, 29.1]}
    gone = rows(7, at=(29.0, 124.0), state=wire.LEFT_BIT)
    seen = feed(map_page, step((rows(7, 8), 0), **view), step((gone, 1), after_s=1))
    assert [set(state) for state in seen] == [{"7", "8"}, {"8"}]


def test_a_row_that_left_its_tile_but_not_the_view_stays(map_page: Page):
    view = {"view": [123.4, 28.9, 123.6, 29.1]}
    moved = rows(7, at=(29.05, 123.55), state=wire.LEFT_BIT)
    seen = feed(map_page, step((rows(7), 0), **view), step((moved, 1), after_s=1))
    assert seen[1]["7"]["lat"] == pytest.approx(29.05)


def test_a_row_out_of_order_moves_nothing_back(map_page: Page):
    late = rows(7, at=(28.9, 123.4), age_s=9.0)
    seen = feed(map_page, step((rows(7), 5), after_s=5), step((late, 6), after_s=6))
    assert (seen[1]["7"]["lat"], seen[1]["7"]["lon"]) == pytest.approx(HERE)


def test_a_whole_tile_replaces_what_was_known_of_it(map_page: Page):
    seen = feed(map_page, step((rows(7, 8), 0)), step((rows(8), 1), after_s=1, whole=True))
    assert set(seen[1]) == {"8"}


def test_unknown_stays_unknown(map_page: Page):
    [seen] = feed(map_page, step((rows(7, age_s=25.5, state=wire.UNVERIFIED_BIT), 0)))
    assert (seen["7"]["speedMps"], seen["7"]["trackDeg"]) == (None, None)
    assert (seen["7"]["isAgeKnown"], seen["7"]["isUnverified"]) == (False, True)


def test_a_message_cut_short_is_refused(map_page: Page):
    whole = step((rows(7), 0))
    with pytest.raises(Exception, match="rows announced"):
        feed(map_page, {**whole, "frame": whole["frame"][:-1]})


def test_anothers_drone_grows_stale_but_never_lost_and_is_known_as_such(map_page: Page):
    seen = play(map_page, rows(7, state=FOREIGN_BIT), 20.0)
    assert [(state["link"], state["isForeign"], state["state"]) for state in seen] == [
        (HEARD, True, "normal"),
        (STALE, True, "normal"),
    ]


def test_a_removed_drone_is_not_shown_again_by_a_frame_on_its_way_but_once_it_was_taken_back(map_page: Page):
    removed = {"type": "DronesRemoved", "drones": [7]}
    seen = feed(
        map_page,
        step((rows(7, 8), 0)),
        step(after_s=1, event=removed),
        step((rows(7, 8), 2), after_s=2),
        step(after_s=3, event={"type": "DroneChanged", "drone": {"id": 7, "is_retired": True}}),
        step((rows(7, 8), 4), after_s=4),
        step(after_s=5, event={"type": "DroneChanged", "drone": {"id": 7, "is_retired": False}}),
        step((rows(7, 8), 6), after_s=6),
    )
    assert [set(state) for state in seen] == [{"7", "8"}, {"8"}, {"8"}, {"8"}, {"8"}, {"8"}, {"7", "8"}]


def test_a_drone_that_was_taken_back_while_nobody_listened_is_shown_again(map_page: Page):
    removed = {"type": "DronesRemoved", "drones": [7]}
    later = [step((rows(7), at_s), after_s=at_s) for at_s in (89, 91)]
    seen = feed(map_page, step((rows(7), 0), event=removed), *later)
    assert [set(state) for state in seen] == [set(), set(), {"7"}]


def test_a_row_that_says_only_that_it_is_old_takes_no_known_time_away(map_page: Page):
    same, moved = rows(7, age_s=25.5), rows(7, at=(29.001, 123.5), age_s=25.5)
    later = [step((row, at_s), after_s=at_s, whole=True) for row, at_s in ((same, 600), (moved, 601))]
    seen = feed(map_page, step((rows(7), 0)), *later)
    assert [(state["7"]["ageS"], state["7"]["isAgeKnown"]) for state in seen[1:]] == [
        (pytest.approx(600, abs=0.2), True),
        (pytest.approx(25.5, abs=0.2), False),
    ]


def test_of_whom_nothing_is_told_after_an_outage_the_register_says_whether_and_where_they_fly(map_page: Page):
    view = {"view": [123.4, 28.9, 123.6, 29.1]}
    since = T0_MS + 100_000
    places = {8: (29.01, 123.51), 9: (29.0, 125.0), 10: (29.0, 125.0)}  # the last one is selected
    at = "2026-05-28T20:28:00Z"
    known = [{"id": drone, "lat_deg": lat, "lon_deg": lon, "at": at} for drone, (lat, lon) in places.items()]
    seen = feed(
        map_page,
        step((rows(6, 7, 8, 9, 10), 0), kept=10, **view),
        step((rows(6), 101), after_s=101, found={"sinceMs": since, "rows": known}),
        step(after_s=102, found={"sinceMs": since, "rows": []}),
    )
    assert [set(state) for state in seen] == [{"6", "7", "8", "9", "10"}, {"6", "8", "10"}, {"6", "8", "10"}]
    assert (seen[1]["8"]["lat"], seen[1]["10"]["lon"]) == pytest.approx((29.01, 125.0))
