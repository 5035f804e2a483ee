import assert from "node:assert/strict";
import test from "node:test";
import { formatTime } from "../../../../static/console/dom.js";
import { figureText } from "../../../../static/network/alarms/alarmfigures.js";

const AT = new Date(Date.now() - 60_000).toISOString();
const SINCE = new Date(Date.now() - 120_000).toISOString();
const figure = (/** @type {object} */ more) => ({
  metric: "availability",
  value: 0.5,
  promised: 0.9,
  at: AT,
  silent_since: null,
  ...more,
});
const said = (/** @type {object} */ more) => figureText({ figure: figure(more), detail: {} }).replaceAll("\u00a0", " ");

test("a silent site is told by its silence, by what is and by what was promised", () => {
  assert.equal(said({ value: 0, silent_since: SINCE }), `no answer since ${formatTime(SINCE)}; 0 %, promised 90 %`);
});

test("of a time that nobody can measure now only the silence and the promise are told", () => {
  assert.equal(
    said({ metric: "rtt_p99", value: null, promised: 5, silent_since: SINCE }),
    `no answer since ${formatTime(SINCE)}; promised 5 ms`,
  );
});

test("what is has the time at which it was measured", () => {
  assert.equal(said({}), `50 % at ${formatTime(AT)}, promised 90 %`);
  assert.equal(
    said({ metric: "rtt_p99", value: 12.345, promised: 5.5 }),
    `12.35 ms at ${formatTime(AT)}, promised 5.50 ms`,
  );
});

test("what was measured too long ago is unknown since then", () => {
  assert.equal(said({ value: null }), `unknown since ${formatTime(AT)}, promised 90 %`);
  assert.equal(said({ value: null, at: null }), "unknown, never measured, promised 90 %");
});

test("a promise that was withdrawn is said to be gone", () => {
  assert.equal(said({ promised: null }), `50 % at ${formatTime(AT)}, nothing is promised any more`);
});

test("a root cause promises nothing: its silence alone is told", () => {
  assert.equal(
    said({ metric: "", value: null, promised: null, silent_since: SINCE }),
    `no answer since ${formatTime(SINCE)}`,
  );
});

test("an alarm that is over tells the figures of when it was raised, as such, and never as a comparison", () => {
  const detail = { metric: "availability", value: 0.867, objective: 0.9 };
  assert.equal(figureText({ figure: null, detail }).replaceAll("\u00a0", " "), "when raised 86.7 %, promised 90 %");
  assert.equal(
    figureText({ figure: null, detail: { ...detail, value: null } }).replaceAll("\u00a0", " "),
    "when raised unknown, promised 90 %",
  );
});

test("an alarm of which nothing is promised has no figures", () => {
  assert.equal(figureText({ figure: null, detail: { jobs: 4 } }), "");
});
