import assert from "node:assert/strict";
import test from "node:test";
import { stretchesOf } from "../../../static/console/sparkline.js";

test("a trend is a path per stretch without a gap, and a dot where a value stands by itself", () => {
  const places = [[0, 1], [2, 3.25], null, null, [5, 5], null, [7, 1], [8, 2], [9, 3]];
  assert.deepEqual(stretchesOf(places), { paths: ["M0.0 1.0L2.0 3.3", "M7.0 1.0L8.0 2.0L9.0 3.0"], dots: [[5, 5]] });
});

test("nothing known is nothing drawn", () => {
  assert.deepEqual(stretchesOf([]), { paths: [], dots: [] });
  assert.deepEqual(stretchesOf([null, null]), { paths: [], dots: [] });
});
