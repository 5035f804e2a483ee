import assert from "node:assert/strict";
import test from "node:test";
import { askedOf, csvWord } from "../../../../static/network/alarms/alarmquery.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");
const asked = (/** @type {string} */ query, isWide = false) =>
  Object.fromEntries(askedOf(new URLSearchParams(query), isWide, NOW_MS));

test("consequences stay below their root causes and held alarms apart, unless they are wanted", () => {
  assert.deepEqual(asked(""), { is_consequence: "false", is_held: "false" });
  assert.deepEqual(asked("consequences=on"), { is_held: "false" });
  assert.deepEqual(asked("state=shelved"), { state: "shelved", is_consequence: "false" });
});

test("one alarm that is linked to is looked for among all", () => assert.deepEqual(asked("alarm=7", true), {}));

test("open are active ones and those that nobody has acknowledged; empty is every alarm there ever was", () => {
  assert.equal(asked("is_active=open").is_open, "true");
  assert.equal("is_active" in asked("is_active=open"), false);
  assert.equal(asked("is_active=true").is_active, "true");
  assert.equal("is_active" in asked("is_active="), false);
});

test("what is open comes by its priority, unless another order is chosen; a history by its time", () => {
  assert.equal(asked("is_active=open").ordering, "priority");
  assert.equal(asked("is_active=true").ordering, "priority");
  assert.equal(asked("is_active=open&ordering=subject").ordering, "subject");
  assert.equal("ordering" in asked("is_active=false"), false);
  assert.equal("ordering" in asked("is_active="), false);
});

test("hours before now become a time; filters and the page go on as they are", () => {
  const { since, hours, severity, offset } = asked("hours=24&severity=major&offset=100");
  assert.deepEqual([since, hours, severity, offset], ["2026-05-31T12:00:00.000Z", undefined, "major", "100"]);
});

test("what the form says is not changed", () => {
  const query = new URLSearchParams("alarm=7&hours=1");
  askedOf(query, false, NOW_MS);
  assert.equal(String(query), "alarm=7&hours=1");
});

test("a file that holds less than was found says so", () => {
  assert.equal(csvWord(1000, 1000), "Export CSV");
  assert.equal(csvWord(12_345, 1000), "Export CSV (the first 1,000 of 12,345)");
});
