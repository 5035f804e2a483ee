import assert from "node:assert/strict";
import test from "node:test";
import { marksOf } from "../../../static/network/timeline.js";

const AT = "2026-06-01T12:00:00Z";
const AT_S = Date.parse(AT) / 1000;
/** @param {Partial<import("../../../static/network/timeline.js").Row>} [given] */
const row = (given) => ({ at: AT, until: AT, kind: "alarm", severity: "", text_en: "", text_zh: "", ...given });

test("alarms are told apart by shape, and last until they are over", () => {
  const marks = marksOf([
    row({ severity: "critical", until: null }),
    row({ severity: "major", until: "2026-06-01T12:05:00Z" }),
    row({ severity: "indeterminate" }),
  ]);
  assert.deepEqual(
    marks.map(({ shape, untilS }) => [shape, untilS]),
    [
      ["▲", null],
      ["◆", AT_S + 300],
      ["◇", AT_S],
    ],
  );
});

test("what somebody did is a moment, whenever it took effect", () => {
  const [push, change] = marksOf([
    row({ kind: "push", until: "2026-06-01T12:01:00Z" }),
    row({ kind: "change", until: null }),
  ]);
  assert.deepEqual([push.fromS, push.untilS, push.shape], [AT_S, AT_S, "⇪"]);
  assert.deepEqual([change.untilS, change.shape], [AT_S, "✎"]);
});

test("maintenance is hatched, and unknown time is left to the charts", () => {
  const marks = marksOf([row({ kind: "maintenance" }), row({ kind: "unknown" }), row({ kind: "breach" })]);
  assert.deepEqual(
    marks.map(({ isHatched, shape }) => [isHatched, shape]),
    [
      [true, "▨"],
      [false, "✕"],
    ],
  );
});
