import assert from "node:assert/strict";
import test from "node:test";
import { digitsOf, tickText } from "../../../static/console/plot.js";

const at = (/** @type {string} */ text) => Date.parse(text) / 1000;

test("the marks of an axis tell the day where it is another than before, in the console's zone", () => {
  const evening = at("2026-06-01T15:00:00Z"); // 23:00 there
  assert.equal(tickText(evening, null, 3600), "23:00");
  assert.equal(tickText(evening, evening - 3600, 3600), "23:00");
  assert.match(tickText(evening + 7200, evening, 7200), /^6\/2 01:00$/);
});

test("steps below a minute show seconds, steps of days the day alone", () => {
  const noon = at("2026-06-01T04:00:00Z");
  assert.equal(tickText(noon + 15, noon, 15), "12:00:15");
  assert.equal(tickText(noon, null, 86_400), "6/1");
});

test("as many digits as tell two neighbours apart", () => {
  assert.deepEqual([5, 1, 0.5, 0.25, 0.001, 1 / 3].map(digitsOf), [0, 0, 1, 2, 3, 6]);
});
