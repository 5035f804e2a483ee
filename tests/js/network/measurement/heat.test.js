import assert from "node:assert/strict";
import test from "node:test";
import { TimeRange } from "../../../../static/console/timerange.js";
import {
  columnsBetween,
  Heat,
  lastColumnOf,
  letterOf,
  lostShare,
  mayGrow,
  nowOf,
  spanOf,
  tallyOf,
} from "../../../../static/network/measurement/heat.js";

const SINCE = "2026-06-01T12:00:00Z";
const site = (/** @type {string} */ slug, /** @type {string} */ states, lost = "0".repeat(states.length)) => ({
  slug,
  name_en: slug,
  name_zh: slug,
  states,
  lost,
});
const answer = (/** @type {any[]} */ sites, more = {}) => ({ since: SINCE, span_s: 60, columns: 5, sites, ...more });
const shown = (/** @type {Heat} */ heat) =>
  Object.fromEntries([...heat.bySlug].map(([slug, { states }]) => [slug, states]));

function loaded() {
  const heat = new Heat();
  heat.load(answer([site("a", "mmmmr"), site("b", "mmmmb"), site("c", "uuuuu")]));
  return heat;
}

test("the newest columns take the place of as many, and of the oldest as many go", () => {
  const heat = loaded();
  const isTaken = heat.extend(
    answer([site("a", "bb"), site("b", "mm")], { since: "2026-06-01T12:04:00Z", columns: 2 }),
  );
  assert.equal(isTaken, true);
  assert.deepEqual(shown(heat), { a: "mmmbb", b: "mmmmm" }); // c is no more
  assert.deepEqual(
    heat.timesOf(0).map((ms) => new Date(ms).toISOString()),
    ["2026-06-01T12:01:00.000Z", "2026-06-01T12:02:00.000Z"],
  );
});

test("a site that is new was unknown before", () => {
  const heat = loaded();
  heat.extend(answer([site("d", "mm")], { since: "2026-06-01T12:04:00Z", columns: 2 }));
  assert.deepEqual(shown(heat), { d: "uuumm" });
});

test("an answer of another width, from before, or from beyond what is shown is not taken", () => {
  const heat = loaded();
  const take = (/** @type {object} */ more) => heat.extend(answer([], { columns: 2, ...more }));
  assert.deepEqual(
    [take({ span_s: 3600 }), take({ since: "2026-06-01T11:59:00Z" }), take({ since: "2026-06-01T12:09:00Z" })],
    [false, false, false],
  );
  assert.deepEqual(shown(heat), { a: "mmmmr", b: "mmmmb", c: "uuuuu" });
});

test("the last three columns are asked for again: counts of them may still come", () => {
  assert.equal(loaded().askSince(), "2026-06-01T12:02:00.000Z");
});

test("the worst come first: a breach outweighs any risk, a risk any silence", () => {
  const rows = loaded()
    .rows(new Set(["a", "b", "c"]), "worst")
    .map(({ slug }) => slug);
  assert.deepEqual(rows, ["b", "a", "c"]);
  assert.deepEqual(
    loaded()
      .rows(new Set(["c", "a"]), "name")
      .map(({ slug }) => slug),
    ["a", "c"],
  );
});

test("the worst is who lost most of its service: a minute of silence outweighs three blips", () => {
  const heat = new Heat();
  heat.load(
    answer([site("blips", "bbbmm", "11100"), site("silent", "mmmmb", "00009"), site("flat", "bbbmm", "00000")]),
  );
  const order = heat.rows(new Set(["blips", "silent", "flat"]), "worst").map(({ slug }) => slug);
  assert.deepEqual(order, ["silent", "blips", "flat"]);
});

test("what was lost moves with its columns, and of what is new nothing is known to be lost", () => {
  const heat = new Heat();
  heat.load(answer([site("a", "mmmmb", "00009")]));
  heat.extend(answer([site("a", "bm", "50"), site("n", "mb", "02")], { since: "2026-06-01T12:04:00Z", columns: 2 }));
  assert.deepEqual([heat.bySlug.get("a")?.lost, heat.bySlug.get("n")?.lost], ["00050", "00002"]);
  const row = /** @type {import("../../../../static/network/measurement/heat.js").Row} */ (heat.bySlug.get("a"));
  assert.deepEqual([lostShare(row, 0), lostShare(row, 3)], [0, 5 / 9]);
});

test("letters are counted by what they mean, and what means nothing is unknown", () => {
  assert.deepEqual(tallyOf("mmrbux?"), { met: 2, at_risk: 1, breached: 1, unknown: 2, excluded: 1 });
});

test("at this moment a site does as its last round did; a breach is no blank, and what is unknown lost nothing", () => {
  const round = (/** @type {number|null} */ lost, /** @type {number|null} */ packets) => ({ lost, packets });
  assert.deepEqual(
    [nowOf(round(10, 10), "breached"), nowOf(round(1, 10), "breached"), nowOf(round(0, 10), "breached")],
    ["b9", "b1", "b1"],
  );
  assert.deepEqual([nowOf(round(0, 10), "met"), nowOf(round(1, 100), "at_risk")], ["m0", "r1"]);
  assert.deepEqual([nowOf(round(10, 10), "unknown"), nowOf(round(null, null), "unknown")], ["u0", "u0"]);
});

test("what loses its service now comes before what lost it earlier, and the deeper before the blip", () => {
  const heat = new Heat();
  heat.load(
    answer([site("blip", "mmmmm"), site("earlier", "bbbbb", "99999"), site("silent", "mmmmm"), site("well", "mmmmm")]),
  );
  const nows = new Map(Object.entries({ blip: "b1", earlier: "m0", silent: "b9", well: "u0" }));
  assert.equal(
    heat.hear((slug) => nows.get(slug) || ""),
    true,
  );
  const rows = heat.rows(new Set(nows.keys()), "worst");
  assert.deepEqual(
    rows.map(({ slug }) => slug),
    ["silent", "blip", "earlier", "well"],
  );
  assert.deepEqual([letterOf(rows[0], 0), letterOf(rows[0], 5), letterOf(rows[3], 5)], ["m", "b", "u"]);
  assert.deepEqual([lostShare(rows[0], 5), lostShare(rows[1], 5), lostShare(rows[2], 0)], [1, 1 / 9, 1]);
});

test("rows are put in order once a time, not every second, and whoever draws them hears what is other than before", () => {
  const heat = loaded();
  const all = new Set(["a", "b", "c"]);
  const slugs = (/** @type {"worst"|"name"} */ order) => heat.rows(all, order).map(({ slug }) => slug);
  assert.deepEqual(
    [slugs("worst"), slugs("name")],
    [
      ["b", "a", "c"],
      ["a", "b", "c"],
    ],
  );
  const [worst, byName] = [heat.orders.get("worst"), heat.orders.get("name")];
  assert.equal(
    heat.hear((slug) => (slug === "c" ? "b3" : "m0")),
    true,
  );
  assert.equal(
    heat.hear((slug) => (slug === "c" ? "b3" : "m0")),
    false,
  );
  assert.deepEqual(
    [slugs("worst"), slugs("name")],
    [
      ["c", "b", "a"],
      ["a", "b", "c"],
    ],
  );
  assert.equal(heat.orders.get("worst"), worst);
  assert.equal(heat.orders.get("name"), byName);
  heat.extend(answer([site("a", "bb", "99"), site("b", "mm")], { since: "2026-06-01T12:04:00Z", columns: 2 }));
  assert.deepEqual(slugs("worst"), ["a", "b"]);
});

const NOW_S = 1_780_000_000;
const HOUR_S = 3_600;

test("a short time is told by the minute as long as minutes are kept, others by the hour", () => {
  const time = new TimeRange(["1h", "24h", "7d"], "1h", { nowS: () => NOW_S });
  assert.equal(spanOf(time), "minute");
  time.choose("24h");
  assert.equal(spanOf(time), "hour");
  time.zoomTo(NOW_S - 4 * HOUR_S, NOW_S - 3 * HOUR_S);
  assert.equal(spanOf(time), "minute");
  time.zoomTo(NOW_S - 30 * HOUR_S, NOW_S - 29 * HOUR_S);
  assert.equal(spanOf(time), "hour");
});

test("what is drawn across the strip are whole columns, whichever way it is drawn, and none beyond its ends", () => {
  assert.deepEqual(columnsBetween(25, 61, 20, 10), [1, 3]);
  assert.deepEqual(columnsBetween(61, 25, 20, 10), [1, 3]);
  assert.deepEqual(columnsBetween(-50, 900, 20, 10), [0, 9]);
});

test("what is drawn across the names alone is no time", () => {
  assert.equal(columnsBetween(-90, -20, 20, 10), null);
});

test("a part of the past is read again as long as its last minutes may not have been counted", () => {
  const time = new TimeRange(["1h", "24h"], "1h", { nowS: () => NOW_S });
  assert.equal(mayGrow(time, 60_000, NOW_S * 1000), true);
  time.zoomTo(NOW_S - 1_200, NOW_S - 120);
  assert.equal(mayGrow(time, 60_000, NOW_S * 1000), true);
  assert.equal(mayGrow(time, 60_000, (NOW_S + 600) * 1000), false);
  time.zoomTo(NOW_S - 12 * HOUR_S, NOW_S - 6 * HOUR_S);
  assert.equal(mayGrow(time, 3_600_000, NOW_S * 1000), false);
});

test("the last column is that of this moment only where that is told", () => {
  assert.deepEqual([lastColumnOf(5, [{ now: "m0" }]), lastColumnOf(5, [{ now: "" }])], [5, 4]);
  assert.deepEqual([lastColumnOf(5, []), lastColumnOf(0, [])], [4, 0]);
});
