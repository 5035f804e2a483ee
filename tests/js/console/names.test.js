import assert from "node:assert/strict";
import test from "node:test";
import { learn, namedBy } from "../../../static/console/names.js";

test("a thing is called by its name, by its key where there is none, and nothing where there is no key", () => {
  learn("model", { "machine-failure": "Machine failure" });
  assert.equal(namedBy("model", "machine-failure"), "Machine failure");
  assert.equal(namedBy("model", "other"), "other");
  assert.equal(namedBy("region", "lanwan"), "lanwan");
  assert.equal(namedBy("model", null), "");
  assert.equal(namedBy("model", "toString"), "toString");
  assert.equal(namedBy("constructor", "name"), "name");
});
