import assert from "node:assert/strict";
import test from "node:test";
import { digitsOf, plotLook, tickText, valueText } from "../../../static/console/plot.js";

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

test("the legend tells a value with its digits and unit, and a dash where there is none", () => {
  const shown = valueText(1, " %");
  assert.deepEqual(
    [12.345, 0, null, undefined].map((value) => shown(null, value)),
    ["12.3 %", "0.0 %", "–", "–"],
  );
});

test("lines of a chart have the inks of the theme: measured solid, modelled dashed, others drawn by a hook", () => {
  const inks = { "--ink": " black ", "--muted": "grey", "--line": "silver" };
  Object.assign(globalThis, {
    getComputedStyle: () => ({ getPropertyValue: (/** @type {keyof typeof inks} */ name) => inks[name] ?? "" }),
  });
  const { axisOf, dashed, drawn, line, time, timeAxis, x } = plotLook(() => [10, 20]);
  assert.deepEqual(line("p50", "--ink", { width: 2 }), {
    label: "p50",
    stroke: "black",
    width: 2,
    points: { size: 4 },
  });
  assert.deepEqual(
    [dashed("mean", "--muted", {}).dash, dashed("mean", "--muted", {}).points],
    [[6, 5], { show: false }],
  );
  assert.deepEqual([drawn("lost", "--ink", {}).width, drawn("lost", "--ink", {}).paths?.call(null)], [0, null]);
  assert.deepEqual(
    [timeAxis.label, timeAxis.stroke, axisOf("ms", { size: 64 }).size],
    ["Time (Asia/Shanghai)", "grey", 64],
  );
  assert.deepEqual(axisOf("ms").values(null, [0, 0.25], 0, 0, 0.25), ["0.00", "0.25"]);
  assert.match(time.value(null, Date.parse("2026-06-01T04:00:00Z") / 1000), /Jun 1, 12:00:00/);
  assert.equal(time.value(null, null), "–");
  assert.deepEqual(x.range(null, 1, 2), [10, 20]);
  assert.deepEqual(plotLook(() => null).x.range(null, 1, 2), [1, 2]);
});
