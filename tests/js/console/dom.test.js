import assert from "node:assert/strict";
import test from "node:test";
import { ageText, formatTime } from "../../../static/console/dom.js";

const HOUR_MS = 3600e3;

test("ages grow coarser as they grow", () => {
  const ages = [0, 0.44, 9.94, 10, 119.9, 120, 7199, 7200, 172799, 172800];
  assert.deepEqual(ages.map(ageText), [
    "0.0 s",
    "0.4 s",
    "9.9 s",
    "10 s",
    "119 s",
    "2 min",
    "119 min",
    "2 h",
    "47 h",
    "2 d",
  ]);
});

test("clocks that are apart make no age below zero, and no age is unknown", () => {
  assert.equal(ageText(-3), "0.0 s");
  assert.deepEqual([null, NaN, Infinity].map(ageText), ["unknown", "unknown", "unknown"]);
});

test("a time is of the console's zone, with the day when it is not today and the year when it is far away", () => {
  const now = Date.now();
  const of = (/** @type {number} */ ms) => formatTime(now - ms);
  assert.match(of(HOUR_MS), /^\d\d:\d\d:\d\d GMT\+8$/);
  assert.match(of(13 * HOUR_MS), /^[A-Z][a-z]{2} \d+, \d\d:\d\d:\d\d GMT\+8$/);
  assert.match(of(200 * 24 * HOUR_MS), /^[A-Z][a-z]{2} \d+, 20\d\d, \d\d:\d\d:\d\d GMT\+8$/);
  assert.match(formatTime("2020-06-01T12:00:00Z"), /^Jun 1, 2020, 20:00:00/);
});

test("what is no time is unknown", () => assert.equal(formatTime("soon"), "unknown"));
