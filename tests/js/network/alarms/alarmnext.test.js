/** What falls next, and how far away computing is, in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { consequenceText } from "../../../../static/network/alarms/alarmnext.js";

const step = (/** @type {object} */ more) => ({
  link: "a~b",
  name_en: "A – B",
  name_zh: "甲 – 乙",
  sites: 1,
  key_sites: 0,
  ...more,
});

test("what would fall next is named, the worst first, with its key sites where there are any", () => {
  const next = [step({ sites: 4, key_sites: 1 }), step({ name_en: "B – C" })];
  assert.equal(consequenceText({ next }), "would fall next: A – B (4 sites, 1 key site); B – C (1 site)");
});

test("links are called as the reader calls them, and in English where they have no other name", () => {
  document.documentElement.lang = "zh-hans";
  try {
    assert.match(consequenceText({ next: [step({}), step({ name_zh: "" })] }), /甲 – 乙 .*A – B/);
  } finally {
    document.documentElement.lang = "en";
  }
});

test("how far away computing is says that it is modelled, what was planned and what the limit is", () => {
  const far = { modelled_ms: 1.234, planned_ms: 0.4, limit_ms: 1 };
  assert.equal(consequenceText(far), "modelled over what is left 1.234 ms; planned 0.400 ms, limit 1.000 ms");
  assert.match(consequenceText({ ...far, modelled_ms: null }), /^no way to computing is left; planned/);
});

test("of other figures nothing is said", () => {
  assert.equal(consequenceText({}), "");
  assert.equal(consequenceText({ next: [] }), "");
  assert.equal(consequenceText({ limit_ms: 1 }), "");
});
