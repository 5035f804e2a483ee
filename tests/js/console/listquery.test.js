import assert from "node:assert/strict";
import test from "node:test";
import { lastOffset, queryOf, restore, without, withMore } from "../../../static/console/listquery.js";

test("the address says what is filled in; the first page goes without saying", () => {
  /** @type {Array<[string, string]>} */
  const fields = [
    ["search", "a b"],
    ["kind", ""],
    ["offset", "0"],
    ["is_active", ""],
  ];
  assert.equal(String(queryOf(fields)), "search=a+b");
  assert.equal(String(queryOf([["offset", "50"]])), "offset=50");
  assert.equal(String(queryOf(fields, ["is_active"])), "search=a+b&is_active=");
  assert.equal(queryOf([["limit", "0"]]).get("limit"), "0"); // only of the page is nought the usual one
});

test("a query is taken further without its own being changed", () => {
  const query = new URLSearchParams("search=x&record=a&limit=5");
  assert.equal(String(withMore(query, { limit: "1000", format: "csv" })), "search=x&record=a&limit=1000&format=csv");
  assert.equal(String(without(query, ["record", "other"])), "search=x&limit=5");
  assert.equal(String(without(query)), String(query));
});

test("behind the last row the last page is shown", () => {
  const numbers = [0, 1, 50, 51, 100, 101].map((count) => lastOffset(count, 50));
  assert.deepEqual(numbers, [0, 0, 0, 50, 50, 100]);
});

test("a form is filled in from an address; what it has not is left alone", () => {
  /** @type {Record<string, any>} */
  const fields = {
    search: { type: "text", value: "" },
    wide: { type: "checkbox", value: "on", checked: false },
    held: { type: "checkbox", value: "true", checked: true },
  };
  const form = { elements: { namedItem: (/** @type {string} */ name) => fields[name] ?? null } };
  restore(form, new URLSearchParams("search=bs-1&wide=on&held=on&unknown=1"));
  assert.deepEqual([fields.search.value, fields.wide.checked, fields.held.checked], ["bs-1", true, false]);
  assert.equal(fields.wide.value, "on");
});
