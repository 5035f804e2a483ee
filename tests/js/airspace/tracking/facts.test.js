import assert from "node:assert/strict";
import test from "node:test";
import { cellOf } from "../../../../static/airspace/tracking/facts.js";
import { learn } from "../../../../static/console/names.js";

test("the cell that serves a drone is called by the name of its site, and by its key before sites are read", () => {
  assert.equal(cellOf({ site: "bs-012" }), "bs-012");
  learn("site", { "bs-012": "Harbour North" });
  assert.equal(cellOf({ site: "bs-012" }), "Harbour North");
});
