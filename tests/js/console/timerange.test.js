import assert from "node:assert/strict";
import test from "node:test";
import { getJson } from "../../../static/console/api.js";
import { TimeRange } from "../../../static/console/timerange.js";
import { serve } from "../server.js";

const NOW_S = Date.parse("2026-06-01T12:00:00Z") / 1000;
const at = (/** @type {string} */ clock) => Date.parse(`2026-06-01T${clock}Z`) / 1000;
/** @param {string} [search] */
const range = (search = "") => new TimeRange(["15m", "1h", "24h"], "15m", { search, nowS: () => NOW_S });

test("what is shown ends now, and moves on with the clock", () => {
  let nowS = NOW_S;
  const live = new TimeRange(["15m"], "15m", { nowS: () => nowS });
  assert.deepEqual(live.shownS, [at("11:45:00"), NOW_S]);
  nowS += 60;
  assert.deepEqual(live.shownS, [at("11:46:00"), NOW_S + 60]);
  assert.deepEqual(Object.keys(live.asked), ["since"]);
});

test("a part of the past stays where it is, and is asked for with its end", () => {
  const time = range();
  time.zoomTo(at("11:50:00"), at("11:55:00"));
  assert.equal(time.isLive, false);
  assert.deepEqual(time.shownS, [at("11:50:00"), at("11:55:00")]);
  assert.equal(time.lengthS, 300);
  assert.deepEqual(time.asked, { since: "2026-06-01T11:50:00.000Z", until: "2026-06-01T11:55:00.000Z" });
  time.live();
  assert.deepEqual(time.shownS, [at("11:45:00"), NOW_S]);
});

test("rows that stand for an hour are asked for from the one on that holds the begin, to the one after the end", () => {
  const time = range();
  assert.deepEqual(time.askedBy(60), { since: "2026-06-01T11:44:00.000Z" });
  time.zoomTo(at("11:10:00"), at("11:20:00"));
  assert.deepEqual(time.askedBy(3_600), { since: "2026-06-01T10:10:00.000Z", until: "2026-06-01T12:20:00.000Z" });
});

test("the address brings the same time back, and says nothing of what is plain", () => {
  const time = range();
  assert.deepEqual(time.query(), {});
  time.choose("1h");
  assert.deepEqual(time.query(), { span: "1h" });
  time.zoomTo(at("11:10:00"), at("11:20:00"));
  const again = range(`?${new URLSearchParams(time.query())}`);
  assert.deepEqual([again.name, again.shownS], ["1h", time.shownS]);
});

test("an address that makes no sense shows what is plain", () => {
  for (const search of ["?span=3y", "?from=x&until=y", "?from=2026-06-01T12:00:00Z&until=2026-06-01T11:00:00Z"])
    assert.deepEqual([range(search).name, range(search).isLive], ["15m", true], search);
});

test("nothing beyond now is shown, nothing shorter than ten seconds and nothing longer than the longest span", () => {
  const time = range();
  time.zoomTo(at("11:59:00"), at("12:30:00"));
  assert.deepEqual(time.shownS, [NOW_S - 31 * 60, NOW_S]);
  time.zoomTo(at("11:00:00"), at("11:00:01"));
  assert.equal(time.lengthS, 10);
  time.zoomTo(at("11:00:00") - 3 * 86_400, at("11:00:00"));
  assert.equal(time.lengthS, 86_400);
});

test("nearer is the middle half, and farther brings back what it was", () => {
  const time = range();
  time.closer();
  assert.deepEqual(time.shownS, [at("11:48:45"), at("11:56:15")]);
  time.farther();
  assert.deepEqual(time.shownS, [at("11:45:00"), NOW_S]);
});

test("farther is the next longer span where what is shown ends now, and there is an end to it", () => {
  const time = range();
  time.farther();
  assert.deepEqual([time.name, time.isLive], ["1h", true]);
  time.farther();
  time.farther();
  assert.deepEqual([time.name, time.isLive], ["24h", true]);
});

test("earlier and later are half of what is shown, and later than now is live again", () => {
  const time = range();
  time.move(-0.5);
  assert.deepEqual(time.shownS, [at("11:37:30"), at("11:52:30")]);
  time.move(0.5);
  assert.equal(time.isLive, true);
});

test("of what is deleted after a day, a day up to now is all there, and an hour of last week is not", () => {
  const time = range();
  time.choose("24h");
  assert.equal(time.isBeyond(86_400), false);
  time.zoomTo(NOW_S - 7 * 86_400, NOW_S - 7 * 86_400 + 3_600);
  assert.equal(time.isBeyond(86_400), true);
});

test("a time has another key than any other, and one up to now keeps its own", () => {
  const time = range();
  const live = time.key;
  time.zoomTo(at("11:00:00"), at("11:30:00"));
  assert.notEqual(time.key, live);
  time.live();
  assert.equal(time.key, live);
});

test("every change is told, with the new time in place", () => {
  const time = range();
  /** @type {boolean[]} */
  const told = [];
  time.onChange(() => told.push(time.isLive));
  time.zoomTo(at("11:00:00"), at("11:30:00"));
  time.choose("1h");
  assert.deepEqual(told, [false, true]);
});

test("now is what the server's clock says, where this computer's is wrong", async (t) => {
  const serversMs = Date.now() - 1_800_000;
  await serve(t, () => ({ status: 200, headers: { Date: new Date(serversMs).toUTCString() }, body: {} }));
  const time = new TimeRange(["15m"], "15m");
  await getJson("/api/v1/sites");
  assert.ok(Math.abs(time.shownS[1] * 1000 - serversMs) < 60_000);
});
