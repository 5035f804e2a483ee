import assert from "node:assert/strict";
import test from "node:test";
import { Heights, shownRows } from "../../../static/console/windowed.js";

/** @param {number} count @param {number} px */
function evenly(count, px) {
  const heights = new Heights();
  heights.resize(count);
  heights.measured(0, px);
  return heights;
}

test("the first measured height stands for the rows that nobody has seen", () => {
  const heights = evenly(10_000, 30);
  assert.equal(heights.topOf(10_000), 300_000);
  assert.equal(heights.measured(7, 50), true);
  assert.deepEqual([heights.topOf(7), heights.topOf(8), heights.topOf(10_000)], [210, 260, 300_020]);
});

test("the row at a place is the one that covers it; beyond the ends it is the first or the last", () => {
  const heights = evenly(10, 30);
  heights.measured(3, 60);
  const places = [-5, 0, 29, 30, 90, 149, 150, 9_999];
  assert.deepEqual(
    places.map((px) => heights.at(px)),
    [0, 0, 0, 1, 3, 3, 4, 9],
  );
});

test("what is measured again as it was, or is not laid out, is no news", () => {
  const heights = evenly(5, 30);
  assert.equal(heights.measured(0, 30), false);
  assert.equal(heights.measured(1, 0), false);
  assert.equal(heights.measured(1, 30), true);
});

test("in a table of another width heights are measured anew", () => {
  const heights = evenly(4, 30);
  heights.measured(2, 90);
  heights.forget();
  assert.equal(heights.topOf(4), 120);
  heights.measured(1, 20);
  assert.equal(heights.topOf(4), 80);
});

test("heights stay known when rows are added, and go with rows that go", () => {
  const heights = evenly(3, 30);
  heights.measured(2, 50);
  heights.resize(4);
  assert.equal(heights.topOf(4), 140);
  heights.resize(2);
  assert.equal(heights.topOf(2), 60);
});

test("of 10,000 rows those in sight are in the page, with eight to spare on both sides", () => {
  const rows = shownRows(evenly(10_000, 30), 150_000, 600);
  assert.deepEqual([rows[0], rows.at(-1), rows.length], [4992, 5028, 37]);
});

test("at the ends there are none to spare", () => {
  const heights = evenly(100, 30);
  assert.deepEqual([shownRows(heights, 0, 60)[0], shownRows(heights, 0, 60).at(-1)], [0, 10]);
  assert.equal(shownRows(heights, 2_940, 60).at(-1), 99);
  assert.deepEqual(shownRows(new Heights(), 0, 600), []);
});

test("the row with the focus stays, above or below, once, and not where there are no rows any more", () => {
  const heights = evenly(1000, 30);
  assert.equal(shownRows(heights, 15_000, 300, 2)[0], 2);
  assert.equal(shownRows(heights, 0, 300, 999).at(-1), 999);
  assert.equal(shownRows(heights, 0, 300, 4).filter((row) => row === 4).length, 1);
  assert.equal(shownRows(heights, 0, 300, 5_000).at(-1), 18);
});
