import assert from "node:assert/strict";
import test from "node:test";
import { callsOf, layPaper, noting } from "../paper.js";
import { drawMarks, Marks, partIn } from "../../../static/console/chartmarks.js";

layPaper();
const colour = (/** @type {string} */ name) => name;
const ALARM = { fromS: 20, untilS: 40, shape: "▲", ink: "--critical", isHatched: false };

/** A chart from 0 s to 100 s that is 100 px wide. */
const plotOf = () =>
  /** @type {any} */ ({
    bbox: { left: 0, top: 0, width: 100, height: 60 },
    ctx: noting(),
    scales: { x: { min: 0, max: 100 } },
    valToPos: (/** @type {number} */ value) => value,
  });

test("what is over before, or begins after what is shown, is not in it", () => {
  assert.equal(partIn(ALARM, 41, 100), null);
  assert.equal(partIn(ALARM, 0, 19), null);
});

test("what began earlier lasts from the edge on, and what is not over lasts to the other", () => {
  assert.deepEqual(partIn(ALARM, 30, 100), { fromS: 30, untilS: 40, hasBegin: false });
  assert.deepEqual(partIn({ ...ALARM, untilS: null }, 0, 100), { fromS: 20, untilS: 100, hasBegin: true });
});

test("an alarm is its shape, a line where it began, and a bar as long as it lasted", () => {
  const plot = plotOf();
  drawMarks(plot, [ALARM], colour);
  assert.deepEqual(callsOf(plot.ctx, "fillRect"), [[20, 0, 20, 3]]);
  assert.deepEqual(callsOf(plot.ctx, "lineTo"), [[20, 60]]);
  assert.deepEqual(callsOf(plot.ctx, "fillText"), [["▲", 20, 8]]);
});

test("a time in which nothing was to be expected is hatched, within its ends", () => {
  const plot = plotOf();
  drawMarks(plot, [{ ...ALARM, isHatched: true, fromS: -10 }], colour);
  assert.deepEqual(callsOf(plot.ctx, "rect"), [[0, 0, 40, 60]]);
  assert.equal(callsOf(plot.ctx, "clip").length, 1);
});

test("charts hear of new marks, and have them then", () => {
  const marks = new Marks();
  let count = -1;
  marks.onChange(() => (count = marks.list.length));
  marks.show([ALARM]);
  assert.equal(count, 1);
});
