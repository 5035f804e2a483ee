import assert from "node:assert/strict";
import test from "node:test";
import { formatNumber, gettext, interpolate, ngettext, pgettext } from "../../../static/console/i18n.js";

test("without a catalogue the English words stand", () => {
  assert.equal(gettext("Search"), "Search");
  assert.equal(pgettext("verb", "Search"), "Search");
});

test("one is told from many, and none counts as many", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => ngettext("drone", "drones", count)),
    ["drones", "drone", "drones"],
  );
});

test("names are filled in, also twice and with falsy values", () => {
  assert.equal(interpolate("%(a)s of %(b)s, %(a)s", { a: 0, b: "" }), "0 of , 0");
  assert.equal(interpolate("100 % of %(what)s", { what: "%(a)s" }), "100 % of %(a)s");
});

test("numbers have as many digits as wanted", () => {
  assert.deepEqual(
    [formatNumber(1234.56), formatNumber(1234.56, 1), formatNumber(0.5, 2)],
    ["1,235", "1,234.6", "0.50"],
  );
});
