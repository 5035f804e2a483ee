import assert from "node:assert/strict";
import test from "node:test";
import { marked, markersOf, SHAPES } from "../../../static/console/chartshapes.js";
import { callsOf, noting } from "../paper.js";

const every = (/** @type {number} */ at) => at * 10;

test("shapes keep their distance, and the first value has one", () => {
  assert.deepEqual(marked([1, 1, 1, 1, 1, 1, 1], every, 30), [0, 3, 6]);
});

test("where nothing was measured there is no shape; the next value has one", () => {
  assert.deepEqual(marked([null, 1, null, undefined, 1, 1], every, 30), [1, 4]);
  assert.deepEqual(marked([], every, 30), []);
});

test("every marker is told by another shape in the legend", () => {
  assert.equal(new Set(Object.values(SHAPES)).size, 4);
});

test("a line's shapes are drawn inside of the chart, closed, and uPlot draws none of its own", () => {
  Object.assign(globalThis, { devicePixelRatio: 1 });
  const pen = noting();
  const plot = {
    ctx: pen,
    bbox: { left: 0, width: 100 },
    data: [
      [0, 50, 200],
      [1, 2, 3],
    ],
    series: [{}, { scale: "y" }],
    valToPos: (/** @type {number} */ value) => value,
  };
  const { show } = markersOf("square", "#fff", "#000");
  assert.equal(/** @type {any} */ (show)(plot, 1), false);
  assert.equal(callsOf(pen, "closePath").length, 2); // the third lies beyond the edge
  assert.equal(callsOf(pen, "lineTo").length, 8);
});
