import assert from "node:assert/strict";
import test from "node:test";
import { badLinksWord, isUnsure } from "../../../../static/airspace/drones/badlinks.js";
import { Sight } from "../../../../static/airspace/tracking/sight.js";
import { DroneStore, HEARD, LOST, STALE, UNSEEN } from "../../../../static/airspace/tracking/state.js";
import { slotFilter } from "../../../../static/airspace/map/view.js";
import { shownNow } from "../../../../static/airspace/tracking/facts.js";
import { controlNow, controlSentence, stateChipWord, unseenSentence } from "../../../../static/airspace/words.js";
import { frameOf } from "../frames.js";

const HEARTBEAT = 0xffffffff;
const BEGAN_MS = 1_000_000;

/** A store whose clock the test moves, heard once a second. */
function heardStore() {
  const clock = { ms: BEGAN_MS };
  const now = () => clock.ms;
  const store = new DroneStore(now, now);
  const beat = () => store.apply(frameOf({ tile: HEARTBEAT, timeMs: clock.ms }, []));
  /** @param {number} seconds */
  const listen = (seconds) => {
    for (let second = 0; second < seconds; second++) {
      clock.ms += 1000;
      beat();
    }
  };
  return { clock, store, beat, listen };
}

/** @param {DroneStore} store @param {number} id */
const of = (store, id) => store.get(id) ?? assert.fail(`drone ${id} is not there`);

test("before its first frame the picture is neither broken nor silent", () => {
  const sight = new Sight(() => 7);
  assert.deepEqual([sight.silenceMs(), sight.isBlind(), sight.brokenAgoMs()], [0, false, null]);
});

test("a silence of more than five seconds is a break, which the next frame ends", () => {
  let nowMs = 0;
  const sight = new Sight(() => nowMs);
  assert.equal(sight.hear(), false);
  nowMs = 5000;
  assert.equal(sight.isBlind(), false);
  nowMs = 5001;
  assert.deepEqual([sight.isBlind(), sight.brokenAgoMs()], [true, 5001]);
  nowMs = 9000;
  assert.equal(sight.hear(), true);
  assert.deepEqual([sight.isBlind(), sight.brokenAgoMs()], [false, 9000]);
  assert.deepEqual([sight.isUnseen(0), sight.isUnseen(9000)], [true, false]);
});

test("a drone that falls silent while the picture is heard is lost", () => {
  const { store, listen } = heardStore();
  store.apply(frameOf({ timeMs: BEGAN_MS }, [{ id: 1 }]));
  listen(10);
  assert.equal(of(store, 1).link, STALE);
  listen(6);
  assert.equal(of(store, 1).link, LOST);
});

test("when our own line is lost no drone is: their links are as last heard, then unknown since then", () => {
  const { clock, store, beat } = heardStore();
  beat();
  store.apply(frameOf({ timeMs: BEGAN_MS }, [{ id: 1, state: 2 }]));
  clock.ms += 5000;
  assert.equal(of(store, 1).link, HEARD);
  clock.ms += 60_000;
  assert.deepEqual([of(store, 1).link, of(store, 1).state], [UNSEEN, "unknown"]);
  assert.equal(store.unseenSinceMs(), BEGAN_MS);
  assert.equal(slotFilter(store, "lost")(0), false);
  assert.equal(slotFilter(store, "normal")(0), false);
  assert.equal(slotFilter(store, "unknown")(0), true);
  assert.equal(slotFilter(store, "abnormal")(0), true);
});

test("once the picture is back a drone stays unknown until something is told of it", () => {
  const { clock, store, beat } = heardStore();
  store.apply(frameOf({ timeMs: BEGAN_MS }, [{ id: 1 }, { id: 2, lat: 31.1 }]));
  clock.ms += 20_000;
  assert.equal(beat(), true);
  assert.deepEqual([of(store, 1).link, of(store, 2).link], [UNSEEN, UNSEEN]);
  store.apply(frameOf({ timeMs: clock.ms }, [{ id: 1 }]));
  store.reconcile([2], new Map([[2, { lat_deg: 31.1, lon_deg: 121, at: new Date(BEGAN_MS).toISOString() }]]), clock.ms);
  assert.deepEqual([of(store, 1).link, of(store, 2).link], [HEARD, LOST]);
  assert.equal(store.unseenSinceMs(), BEGAN_MS);
});

test("whole tiles are at hand while the engine is silent, and are no sign of life", () => {
  const { clock, store } = heardStore();
  store.apply(frameOf({ timeMs: BEGAN_MS }, [{ id: 1 }]));
  clock.ms += 30_000;
  store.apply(frameOf({ timeMs: BEGAN_MS, isSnapshot: true }, [{ id: 1, age: 10 }]));
  assert.equal(of(store, 1).link, UNSEEN);
});

test("a drone that only the register knows is unknown as well while nothing is heard", () => {
  const last = { lat_deg: 31, lon_deg: 121 };
  assert.equal(shownNow(null, last, 60, { isForeign: false, isBlind: true }).link, UNSEEN);
  assert.equal(shownNow(null, last, 60, { isForeign: false, isBlind: false }).link, LOST);
  assert.equal(shownNow(null, last, 60, { isForeign: true, isBlind: false }).link, STALE);
});

test("the words say since when, and never that a link was lost", () => {
  assert.match(unseenSentence(Date.parse("2026-03-01T03:30:10Z")), /^Unknown since .*11:30:10.*: the picture/);
  assert.equal(unseenSentence(null), "Unknown: the picture does not arrive here");
  assert.equal(stateChipWord({ state: "normal", link: UNSEEN }), "Unknown");
  assert.equal(stateChipWord({ state: "normal", link: LOST }), "Link lost");
  assert.equal(stateChipWord({ state: "normal", link: UNSEEN, isForeign: true }), "Other traffic");
});

test("a bad control link says for how long and why, a gap when; a good one and an unknown one nothing", () => {
  const nowMs = Date.parse("2026-03-01T03:30:10Z");
  const judged_at = "2026-03-01T03:30:08Z";
  const below = { state: "below", below_since: "2026-03-01T03:30:02Z", reason: "cell_silent", judged_at };
  assert.equal(controlSentence(below, nowMs), "Control link below its need for 8.0 s: its cell is silent");
  assert.match(controlSentence({ ...below, reason: "weak" }, nowMs), /by plan as well$/);
  assert.match(controlSentence({ state: "gap_ahead", gap_in_s: 20, judged_at }, nowMs), /in about 20 s on this track$/);
  assert.match(controlSentence({ state: "gap_ahead", gap_in_s: null, judged_at }, nowMs), /since a moment$/);
  for (const state of ["met", "unknown"]) assert.equal(controlSentence({ state, judged_at }, nowMs), "");
  assert.equal(controlSentence(undefined, nowMs), "");
});

test("what was judged of a control link is unknown once nobody judges any more, and of whom nothing ever was", () => {
  const nowMs = Date.parse("2026-03-01T03:30:10Z");
  const met = { state: "met", margin_db: 3, judged_at: "2026-03-01T03:29:50Z" };
  assert.deepEqual(controlNow(met, nowMs), met);
  for (const [control, atMs] of [
    [met, nowMs + 1],
    [met, Number.POSITIVE_INFINITY],
    [{ ...met, judged_at: null }, nowMs],
    [undefined, nowMs],
  ])
    assert.deepEqual(controlNow(control, Number(atMs)), { state: "unknown", margin_db: null });
  const below = { state: "below", below_since: "2026-03-01T03:29:02Z", reason: "weak", judged_at: met.judged_at };
  assert.notEqual(controlSentence(below, nowMs), "");
  assert.equal(controlSentence(below, nowMs + 1), "");
});

test("bad links are counted beside those of which nothing is known, so that no zero looks good", () => {
  const drone = { id: 1, state: "normal", isForeign: false, control: "unknown" };
  const sure = [{ control: "met" }, { isForeign: true }, { state: "ground" }].map((other) => ({ ...drone, ...other }));
  assert.deepEqual([drone, ...sure].map(/** @type {any} */ (isUnsure)), [true, false, false, false]);
  assert.equal(badLinksWord(0, 12), "Bad links: 0, unknown: 12");
  assert.equal(badLinksWord(3, 0), "Bad links: 3");
});
