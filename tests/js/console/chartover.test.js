import assert from "node:assert/strict";
import test from "node:test";
import { callsOf, layPaper, noting } from "../paper.js";
import { drawLevels, drawNames, lastIn, spread } from "../../../static/console/chartover.js";

layPaper();
const colour = (/** @type {string} */ name) => name;

/** @param {Array<{label: string, width?: number, values: Array<number|null>}>} 100 px from 0 to 10 */
function plotOf(lines) {
  const series = [
    { label: "Time" },
    ...lines.map(({ label, width = 1 }) => ({ label, width, show: true, scale: "y" })),
  ];
  return /** @type {any} */ ({
    bbox: { left: 50, top: 0, width: 200, height: 100 },
    ctx: noting(),
    data: [[0, 1, 2], ...lines.map(({ values }) => values)],
    scales: { x: { min: 0, max: 2 }, y: { min: 0, max: 10 } },
    series,
    valToPos: (/** @type {number} */ value) => 100 - value * 10,
  });
}

test("names that would cover each other are moved apart, in the same order", () => {
  assert.deepEqual(spread([50, 52, 10], 14, 0, 100), [50, 64, 10]);
});

test("names at the lower edge are pushed up, and none leaves the chart", () => {
  assert.deepEqual(spread([95, 96, 97], 14, 0, 100), [72, 86, 100]);
  assert.deepEqual(spread([-20], 14, 7, 100), [7]);
});

test("the end of a line is its last value in view, and a line of gaps has none", () => {
  assert.deepEqual(lastIn([0, 1, 2], [1, 2, 3], [0, 1.5]), [1, 2]);
  assert.deepEqual(lastIn([0, 1, 2], [1, null, null], [0, 2]), [0, 1]);
  assert.equal(lastIn([0, 1], [null, null], [0, 2]), null);
});

test("a line that ended before what is shown is not named, one that leads through it is", () => {
  assert.equal(lastIn([0, 1, 2], [1, 2, null], [5, 9]), null);
  assert.equal(lastIn([0, 1], [1, 2], [5, 9]), null);
  assert.deepEqual(lastIn([0, 10], [1, 2], [5, 9]), [0, 1]);
});

test("each of several lines is named at its end; what a hook draws by itself is not", () => {
  const plot = plotOf([
    { label: "p50", values: [1, 1, 1] },
    { label: "p99", values: [5, 5, null] },
    { label: "lost", width: 0, values: [1, 1, 1] },
  ]);
  drawNames(plot, colour);
  assert.deepEqual(
    callsOf(plot.ctx, "fillText").map(([text, x, y]) => [text, x, y]),
    [
      ["p50", 247, 83],
      ["p99", 247, 43],
    ],
  );
});

test("a single line needs no name: its axis says what it is", () => {
  const plot = plotOf([{ label: "only", values: [1, 2, 3] }]);
  drawNames(plot, colour);
  assert.deepEqual(callsOf(plot.ctx, "fillText"), []);
});

test("what is promised is a line with its words, and beyond the chart an arrow at its edge", () => {
  const plot = plotOf([]);
  drawLevels(
    plot,
    [
      { value: 5, text: "promised 5 ms" },
      { value: 20, text: "promised 20 ms" },
    ],
    colour,
  );
  assert.deepEqual(callsOf(plot.ctx, "lineTo"), [[250, 50]]);
  assert.deepEqual(
    callsOf(plot.ctx, "fillText").map(([text]) => text),
    ["promised 5 ms", "↑ promised 20 ms"],
  );
});
