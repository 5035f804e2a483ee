import assert from "node:assert/strict";
import test from "node:test";
import { matching } from "../../../../static/network/alarms/severitylines.js";

/** @param {string} key @param {string} specific_problem @param {string} [circumstance] */
const line = (key, specific_problem, circumstance = "") => ({
  key,
  specific_problem,
  circumstance,
  severity: "major",
  standard_severity: "major",
  changed_at: null,
  changed_by: "",
});
const LINES = [
  line("availability_breached", "Availability below its objective"),
  line("availability_breached.key_site", "Availability below its objective", "At a key site"),
  line("disk_full", "磁盘将满"),
];
/** @param {string} words */
const found = (words) => (matching(LINES, words) || []).map(({ key }) => key);

test("nothing asked for is everything", () => assert.equal(found(" ").length, 3));

test("before the table is known, or when it could not be read, nobody says that no line holds the words", () => {
  assert.equal(matching(null, "disk"), null);
});

test("problem, circumstance and code are looked through, every word has to be there", () => {
  assert.deepEqual(found("KEY availability"), ["availability_breached.key_site"]);
  assert.deepEqual(found("objective"), ["availability_breached", "availability_breached.key_site"]);
  assert.deepEqual(found("磁盘"), ["disk_full"]);
  assert.deepEqual(found("objective disk"), []);
});
