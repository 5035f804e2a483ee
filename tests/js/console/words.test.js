import assert from "node:assert/strict";
import test from "node:test";
import { SITE_STATES } from "../../../static/airspace/map/overlays.js";
import { linkWord, stateWord } from "../../../static/airspace/words.js";
import { roleWord } from "../../../static/console/access/role_words.js";

test("a role is said in words, and one that is not known as it is", () => {
  assert.deepEqual([roleWord("planner"), roleWord("auditor")], ["planner", "auditor"]);
});

test("what a drone's state is not known to mean is unknown", () => {
  assert.deepEqual(
    [stateWord("warning"), stateWord("levitating"), linkWord(2)],
    ["Low battery", "Unknown", "Link lost"],
  );
});

test("every state of a site has a shape of its own, so that colour is never alone", () => {
  const shapes = Object.values(SITE_STATES).map(([shape]) => shape);
  assert.equal(new Set(shapes).size, shapes.length);
});
