import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Coverage } from "../../../../static/network/layers/coverage.js";
import { LayerState, PRESENT } from "../../../../static/network/layers/state.js";
import { callsOf, layPaper, noting } from "../../paper.js";

mock.method(globalThis, "setInterval", () => 0);
Object.assign(document, { hidden: false });
layPaper();

const CORNERS = [
  [121, 32],
  [122, 32],
  [122, 31],
  [121, 31],
];
const VALUE = { key: "rsrp", low: 0, high: 254, classes: [100] };

/** A coverage of two servers whose rasters are their names; `get` may be replaced. @param {any} [look] */
function stage(look = {}) {
  const state = new LayerState();
  state.toggle("coverage");
  state.set(look);
  /** @type {any} */
  const rasters = noting({
    about: { version: "v1", servers: ["a", "b"], corners: CORNERS },
    kept: new Map(),
    describe: async () => {},
    valueOf: (/** @type {string} */ key) => ({ ...VALUE, key }),
    get: async (/** @type {string} */ value, /** @type {number} */ heightM) => `${value}@${heightM}`,
  });
  const [drawing, swipe] = [noting(), noting()];
  /** @type {any[]} */
  const tried = [];
  const coverage = new Coverage({
    rasters,
    state,
    drawing,
    swipe,
    tell() {},
    onTried: (...trials) => tried.push(trials),
  });
  const drawn = () => callsOf(drawing, "showCoverage").map(([shown]) => shown && [shown.left, shown.right]);
  return { coverage, drawing, drawn, rasters, state, swipe, tried };
}

test("coverage that is not wanted is not read, and what was drawn goes", async () => {
  const { coverage, drawn, rasters, state, swipe } = stage();
  state.toggle("coverage");
  await coverage.refresh();
  assert.deepEqual(drawn(), [null]);
  assert.equal(callsOf(rasters, "get").length, 0);
  assert.equal(callsOf(swipe, "hide").length, 1);
});

test("the raster of the wanted value and height is drawn with its corners, undivided", async () => {
  const { coverage, drawing, drawn, state } = stage();
  const { value, heightM, opacity } = state.look;
  await coverage.refresh();
  assert.deepEqual(drawn(), [[`${value}@${heightM}`, null]]);
  assert.deepEqual(callsOf(drawing, "showCoverage")[0][0].corners, CORNERS);
  assert.deepEqual(callsOf(drawing, "look"), [[{ split: null, opacity, hasEdges: value === "server" }]]);
});

test("two heights are divided where the divider is, each side named", async () => {
  const { coverage, drawing, drawn, swipe } = stage({ value: "rsrp", heightM: 30, compare: 200, split: 0.25 });
  await coverage.refresh();
  assert.deepEqual(drawn(), [["rsrp@30", "rsrp@200"]]);
  assert.equal(callsOf(drawing, "look")[0][0].split, 0.25);
  assert.deepEqual(callsOf(swipe, "show"), [[0.25, "30 m", "200 m"]]);
});

test("what was asked for before something else was wanted is not drawn", async () => {
  const { coverage, drawn, rasters, state } = stage({ value: "rsrp", heightM: 30 });
  /** @type {Array<() => void>} */
  const answers = [];
  rasters.get = (/** @type {string} */ value, /** @type {number} */ heightM) =>
    new Promise((resolve) => answers.push(() => resolve(`${value}@${heightM}`)));
  const first = coverage.refresh();
  await new Promise(setImmediate);
  state.set({ heightM: 60 });
  const second = coverage.refresh();
  await new Promise(setImmediate);
  answers[1]();
  await second;
  answers[0]();
  await first;
  assert.deepEqual(drawn(), [["rsrp@60", null]]);
});

test("the description is read again once it is old, not with every look", async () => {
  const { coverage, rasters } = stage();
  await coverage.refresh();
  await coverage.refresh();
  assert.equal(callsOf(rasters, "describe").length, 1);
  coverage.describedMs = -Infinity;
  await coverage.refresh();
  assert.equal(callsOf(rasters, "describe").length, 2);
  await coverage.forget(); // the sectors changed
  assert.equal(callsOf(rasters, "describe").length, 3);
});

test("what is drawn is old when the sectors have changed since, or it could not be read again", async () => {
  const { coverage, rasters } = stage();
  assert.equal(coverage.stale(), null); // nothing is drawn yet
  await coverage.refresh();
  assert.equal(coverage.stale(), null);
  rasters.about.version = "v2";
  assert.match(coverage.stale() ?? "", /the sectors changed since/);
  rasters.get = () => Promise.reject(Object.assign(new Error("no"), { status: 503 }));
  await coverage.refresh();
  assert.match(coverage.stale() ?? "", /could not be read again/);
});

test("a change that is tried is drawn beside what holds now, and its figures are told", async () => {
  const change = { tilt_deg: 4 };
  const look = { value: "rsrp", heightM: 30, compare: PRESENT, sector: "bs-1-a", change };
  const { coverage, drawing, drawn, rasters, swipe, tried } = stage(look);
  await coverage.refresh();
  assert.deepEqual(drawn(), [["rsrp@30", "rsrp@30"]]);
  assert.deepEqual(callsOf(swipe, "show")[0].slice(1), ["tried", "now"]);
  coverage.tryOut(5);
  const [[request, answer]] = callsOf(rasters, "whatIf");
  assert.deepEqual(request, { value: "rsrp", heightM: 30, sector: "bs-1-a", change, startedMs: 5 });
  answer({ raster: "tried", kpis: { after: 1 }, startedMs: 5 });
  const [[shown]] = callsOf(drawing, "showTrial");
  assert.deepEqual([shown.left, shown.right, tried], ["tried", "rsrp@30", [[{ after: 1 }]]]);
});

test("a trial of another height than is looked at is not drawn, nor one that failed", () => {
  const { coverage, drawing, rasters, state, tried } = stage({ value: "rsrp", sector: "a", change: { tilt_deg: 1 } });
  coverage.tryOut();
  const [[, answer]] = callsOf(rasters, "whatIf");
  state.set({ heightM: 200 });
  answer({ raster: "tried", kpis: null, startedMs: 0 });
  answer(null, "refused");
  assert.equal(callsOf(drawing, "showTrial").length, 0);
  assert.deepEqual(tried, [[null], [null, "refused"]]);
});

test("a change that is taken back ends the trial", async () => {
  const { coverage, drawn, rasters, state, tried } = stage({ value: "rsrp", sector: "a", change: { tilt_deg: 1 } });
  await coverage.refresh();
  coverage.tryOut();
  callsOf(rasters, "whatIf")[0][1]({ raster: "tried", kpis: null, startedMs: 0 });
  state.set({ change: null });
  await coverage.tryOut();
  assert.equal(callsOf(rasters, "forget").length, 1);
  assert.deepEqual([drawn().at(-1)?.[0], tried.at(-1)], [`rsrp@${state.look.heightM}`, [null]]);
});

test("another theme has other colours", async () => {
  const { coverage, drawing } = stage({ value: "rsrp" });
  const theme = layPaper({ "ramp-1": "#010101" });
  await coverage.refresh();
  coverage.refresh();
  theme["ramp-1"] = "#020202";
  coverage.useTheme();
  const inks = callsOf(drawing, "showCoverage").map(([{ lookup }]) => lookup[4]);
  assert.deepEqual([inks[0], inks.at(-1)], [1, 2]);
});
