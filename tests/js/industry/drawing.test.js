import assert from "node:assert/strict";
import test from "node:test";
import { latencyText, msText, nameOf, pathOf, percent } from "../../../static/industry/drawing.js";

const y = (/** @type {number} */ risk) => risk * 10;
const point = (/** @type {number} */ second, /** @type {number} */ risk) => ({ time: second * 1000, risk });

test("the line of a risk breaks where a minute or more passed without a reading", () => {
  const points = [point(0, 0.1), point(50, 0.2), point(110, 0.3), point(200, 0.4), point(259, 0.5)];
  assert.equal(pathOf(points.slice(0, 2), 100, y), "M0.0 1.0L100.0 2.0");
  assert.equal(pathOf(points, 259, y), "M0.0 1.0L50.0 2.0M200.0 4.0L259.0 5.0");
});

test("one reading is no line", () => {
  assert.equal(pathOf([], 100, y), "");
  assert.equal(pathOf([point(0, 0.1)], 100, y), "");
});

test("small risks have a digit behind the point, others none", () => {
  assert.deepEqual([0, 0.0123, 0.0994, 0.0995, 0.5].map(percent), ["0.0 %", "1.2 %", "9.9 %", "10 %", "50 %"]);
});

test("times below ten milliseconds have two digits, unknown ones say so", () => {
  assert.deepEqual([0.5, 9.999, 10, 1234.4, null].map(msText), ["0.50 ms", "10.00 ms", "10 ms", "1,234 ms", "unknown"]);
});

test("each part of a latency is told with where it is from", () => {
  const part = (/** @type {number|null} */ ms) => ({ ms, source: "measured" });
  const latency = { network: part(1), queue: part(null), inference: part(20), storage: part(0) };
  assert.equal(
    latencyText(latency),
    "network 1.00 ms (measured), queue unknown (measured), inference 20 ms (measured), storage 0.00 ms (measured)",
  );
});

test("names are those of the reader's language, which is English here", () => {
  assert.equal(nameOf({ name_en: "Press", name_zh: "压机" }), "Press");
  assert.equal(nameOf({ title_en: "Wear", title_zh: "磨损" }), "Wear");
});
