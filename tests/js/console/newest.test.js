import assert from "node:assert/strict";
import test from "node:test";
import { isOlder } from "../../../static/console/newest.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");
const at = (/** @type {number} */ inS) => new Date(NOW_MS + inS * 1000).toISOString();

test("newest wins, unless its time is yet to come", () => {
  assert.equal(isOlder(at(-2), at(-1), NOW_MS), true);
  assert.equal(isOlder(at(-1), at(-1), NOW_MS), false);
  assert.equal(isOlder(at(-1), at(-2), NOW_MS), false);
  assert.equal(isOlder(at(-2), at(30), NOW_MS), true); // a viewer's clock that is a little behind
  assert.equal(isOlder(at(-2), at(3600), NOW_MS), false);
});
