import assert from "node:assert/strict";
import test from "node:test";
import { TimeRange } from "../../../../static/console/timerange.js";
import { nothingText, scoresUrl, wholeRows } from "../../../../static/industry/plants/machinerisk.js";

const nowS = () => Date.parse("2026-06-01T12:00:00Z") / 1000;
/** @param {string} [search] */
const timeOf = (search) => new TimeRange(["15m", "1h"], "15m", { search, nowS });

test("what is exported of a machine is of the time that is shown, up to now", () => {
  const query = new URL(scoresUrl("works", "mill-01", timeOf()), "http://x").searchParams;
  assert.deepEqual(Object.fromEntries(query), {
    factory: "works",
    machine: "mill-01",
    since: "2026-06-01T11:45:00.000Z",
    format: "csv",
    limit: "1000",
  });
});

test("where no time is shown, the newest of all machines are exported", () => {
  const query = new URL(scoresUrl("works", "", timeOf()), "http://x").searchParams;
  assert.deepEqual(Object.fromEntries(query), { factory: "works", format: "csv", limit: "1000" });
});

test("of a part of the past both ends are asked for, and of a machine only its risks", () => {
  const time = timeOf("?from=2026-06-01T10:00:00Z&until=2026-06-01T10:30:00Z");
  const query = new URL(scoresUrl("works", "mill 1", time), "http://x").searchParams;
  assert.equal(query.get("machine"), "mill 1");
  assert.equal(query.get("until"), "2026-06-01T10:30:00.000Z");
});

test("a short time is told by the reading, a long one by the minute, with one question each", async () => {
  /** @type {string[]} */
  const spans = [];
  const ask = async (/** @type {string} */ span) => (spans.push(span), [1, 2, 3]);
  assert.deepEqual(await wholeRows(3_600, ask), { span: "reading", rows: [1, 2, 3] });
  assert.deepEqual(await wholeRows(3_601, ask), { span: "minute", rows: [1, 2, 3] });
  assert.deepEqual(spans, ["reading", "minute"]);
});

test("more readings than an answer holds are told by the minute: what is cut off is no gap", async () => {
  const ask = async (/** @type {string} */ span) => Array(span === "reading" ? 2_000 : 60).fill(0);
  const { span, rows } = await wholeRows(3_600, ask);
  assert.deepEqual([span, rows.length], ["minute", 60]);
});

test("of a time whose risks are deleted, nobody says that none was inferred", () => {
  assert.equal(nothingText(timeOf(), 86_400), "No risk was inferred in the time shown.");
  const time = timeOf("?from=2026-05-30T10:00:00Z&until=2026-05-30T10:30:00Z");
  assert.equal(nothingText(time, 86_400), "Risks of this time are not kept any more: they are deleted after 24 h.");
});
