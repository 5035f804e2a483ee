import assert from "node:assert/strict";
import test from "node:test";
import { PAGE, firstMissing, pageAround, pageWith } from "../../../static/console/listwindow.js";

/** @param {number} count @param {number} from @param {number} to */
function readFrom(count, from, to) {
  const rows = Array(count);
  for (let index = from; index < to; index++) rows[index] = { id: index };
  return rows;
}

test("a page has what is in sight, what is above it, and more of what is below", () => {
  assert.deepEqual([0, 10, 36, 37, 5000].map(pageAround), [0, 0, 0, 1, 4964]);
  const [first, last] = [5000, 5025]; // a screen of rows
  const from = pageAround(first);
  assert.equal(firstMissing(readFrom(10_000, from, from + PAGE), first, last), -1);
});

test("what was read is missing nowhere, whatever is beyond the ends", () => {
  assert.equal(firstMissing(readFrom(30, 0, 30), 0, 29), -1);
  assert.equal(firstMissing([], 0, 0), -1);
});

test("rows a little above and below what is in sight are read with it", () => {
  const rows = readFrom(10_000, 100, 200);
  assert.equal(firstMissing(rows, 120, 145), -1);
  assert.equal(firstMissing(rows, 107, 132), 99);
  assert.equal(firstMissing(rows, 170, 195), 200);
});

test("in a view that is higher than a page what is below it is another page, not the same one again", () => {
  const [first, last] = [5000, 5079];
  assert.equal(pageWith(first - 8, first), pageAround(first));
  const rows = readFrom(10_000, pageAround(first), pageAround(first) + PAGE);
  const missing = firstMissing(rows, first, last);
  assert.equal(pageWith(missing, first), pageAround(first) + PAGE);
});

test("a row that was read and says nothing is none that is missing", () => {
  assert.equal(firstMissing([null, undefined], 0, 1), -1);
});
