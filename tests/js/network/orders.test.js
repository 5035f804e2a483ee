import assert from "node:assert/strict";
import test from "node:test";
import { sizeText } from "../../../static/network/orders.js";

test("files of less than a tenth of a megabyte are told in kilobytes", () => {
  assert.deepEqual([0, 950, 99_999, 100_000, 12_345_678].map(sizeText), [
    "0.0 kB",
    "1.0 kB",
    "100.0 kB",
    "0.1 MB",
    "12.3 MB",
  ]);
});
