import assert from "node:assert/strict";
import test from "node:test";
import { HEIGHTS_M, LayerState, PRESENT } from "../../../../static/network/layers/state.js";

const again = (/** @type {LayerState} */ state) => new LayerState(`?${new URLSearchParams(state.query())}`);

test("what is plain is left out of the address, and what is not comes back from it", () => {
  const state = new LayerState();
  assert.deepEqual(state.query(), {});
  state.toggle("coverage");
  state.toggle("links");
  state.set({
    value: "sinr",
    heightM: 30,
    compare: 200,
    split: 0.25,
    opacity: 0.4,
    linksBy: "standing",
    corridorsBy: "standing",
    reading: 3,
    centre: "dc-1",
    sector: "bs-1-a",
  });
  assert.deepEqual(again(state).look, state.look);
  assert.deepEqual([...again(state).shown], ["coverage", "links"]);
  assert.equal(state.query().circle, "ip.round_trip");
});

test("an address that makes no sense is as one that says nothing", () => {
  const odd =
    "?layers=roads,&value=x&height=7&compare=7&split=101&opacity=-1&links=x&corridors=x&circle=ip&centre=<b>&sector=a%20b";
  assert.deepEqual(new LayerState(odd).look, new LayerState().look);
  assert.equal(new LayerState(odd).shown.size, 0);
});

test("comparing with the present is told from comparing with a height", () => {
  assert.deepEqual(
    ["present", "60", ""].map((compare) => new LayerState(`?compare=${compare}`).look.compare),
    [PRESENT, 60, null],
  );
});

test("the divider keeps two hundredths from either side", () => {
  const state = new LayerState();
  state.set({ split: -3 });
  assert.equal(state.look.split, 0.02);
  state.set({ split: 1 });
  assert.equal(state.look.split, 0.98);
});

test("only what changes is told", () => {
  const state = new LayerState();
  /** @type {string[]} */
  const topics = [];
  state.onChange((what) => topics.push(what));
  state.set({ value: "rsrp", heightM: 60 });
  assert.deepEqual([state.toggle("circles"), state.toggle("circles")], [true, false]);
  assert.deepEqual(topics, ["heightM", "circles", "circles"]);
});

test("heights are climbed one by one and end", () => {
  const state = new LayerState();
  const seen = Array.from({ length: 4 }, () => (state.climb(1), state.look.heightM));
  assert.deepEqual(seen, [200, 300, 300, 300]);
  for (let step = 0; step < 9; step++) state.climb(-1);
  assert.equal(state.look.heightM, HEIGHTS_M[0]);
});

test("right of the divider the other height is meant, left of it and without one the first", () => {
  const heights = (/** @type {string} */ query) => [0.2, 0.3].map((share) => new LayerState(query).heightAt(share));
  assert.deepEqual(heights("?height=60&compare=200&split=25"), [60, 200]);
  assert.deepEqual(
    [heights("?height=60&split=25"), heights("?height=60&compare=present&split=25")],
    [
      [60, 60],
      [60, 60],
    ],
  );
});

test("comparing begins with another height than the one shown", () => {
  const state = new LayerState("?height=1.5");
  state.toggleCompare();
  assert.equal(state.look.compare, 30);
  state.toggleCompare();
  assert.equal(state.look.compare, null);
});

test("a layer is by its agreements only while it is shown", () => {
  const state = new LayerState("?links=standing");
  assert.equal(state.isByCompliance("links"), false);
  state.toggle("links");
  assert.deepEqual([state.isByCompliance("links"), state.isByCompliance("corridors")], [true, false]);
});
