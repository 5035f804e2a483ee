import assert from "node:assert/strict";
import test from "node:test";
import { wordOf } from "../../../static/network/inventory/inventoryasof.js";
import { momentOf, wallOf } from "../../../static/console/walltime.js";

test("a wall clock of the console's zone is a moment, and back", () => {
  assert.equal(momentOf("2026-06-01T12:00"), "2026-06-01T04:00:00.000Z");
  assert.equal(wallOf("2026-06-01T04:00:00Z"), "2026-06-01T12:00");
  assert.equal(momentOf(""), null);
});

test("the banner says whether a time is past, planned or none", () => {
  const now = Date.parse("2026-06-01T00:00:00Z");
  assert.match(wordOf("2026-05-01T00:00:00Z", now), /^As of May 1, 2026.*, past/);
  assert.match(wordOf("2026-07-01T00:00:00Z", now), /planned/);
  assert.match(wordOf("soon", now), /“soon”, which is none/);
});
