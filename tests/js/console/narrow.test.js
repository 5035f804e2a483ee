import assert from "node:assert/strict";
import test from "node:test";
import { foldWords, isSet } from "../../../static/console/narrow.js";

const SELECT = { type: "select-one", name: "state", options: [{ value: "" }, { value: "open" }] };

test("a filter is set when it says something else than where nothing was chosen", () => {
  assert.equal(isSet({ ...SELECT, value: "" }), false);
  assert.equal(isSet({ ...SELECT, value: "open" }), true);
  assert.equal(isSet({ type: "search", name: "search", value: "" }), false);
  assert.equal(isSet({ type: "search", name: "search", value: "bs-0" }), true);
  assert.equal(isSet({ type: "checkbox", name: "consequences", value: "on", checked: false }), false);
  assert.equal(isSet({ type: "checkbox", name: "consequences", value: "on", checked: true }), true);
});

test("a list whose first choice is not empty begins with that one", () => {
  const shown = { type: "select-one", name: "is_active", options: [{ value: "open" }, { value: "" }] };
  assert.equal(isSet({ ...shown, value: "open" }), false);
  assert.equal(isSet({ ...shown, value: "" }), true);
});

test("what has no name filters nothing, whatever it says", () => {
  assert.equal(isSet({ type: "select-one", name: "", value: "a view", options: [{ value: "" }] }), false);
});

test("the button says how many filters are set out of sight, and nothing of none", () => {
  assert.equal(foldWords(0), "Filters");
  assert.equal(foldWords(2), "Filters, 2 set");
});
