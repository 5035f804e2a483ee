import assert from "node:assert/strict";
import test from "node:test";
import { TimeRange } from "../../../../static/console/timerange.js";
import { scoresUrl } from "../../../../static/industry/plants/machinerisk.js";

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
