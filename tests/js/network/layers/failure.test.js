import assert from "node:assert/strict";
import test from "node:test";
import { partText, tallyOf } from "../../../../static/network/layers/failure.js";
import { falls, HOWS, traceFall } from "../../../../static/network/layers/glfalls.js";
import { LayerState } from "../../../../static/network/layers/state.js";
import { callsOf, layPaper, noting } from "../../paper.js";

layPaper();

test("sites are counted by how they are concerned; of more than are named nobody knows", () => {
  const sites = [{ how: "itself" }, { how: "cut_off" }, { how: "cut_off" }, { how: "on_path" }];
  assert.deepEqual(tallyOf({ site_count: 4, sites }), { cutOff: 2, onPath: 1, isWhole: true });
  assert.equal(tallyOf({ site_count: 300, sites }).isWhole, false);
  assert.deepEqual(tallyOf({ site_count: 0, sites: [] }), { cutOff: 0, onPath: 0, isWhole: true });
});

test("a map that marks a part of what falls says which part", () =>
  assert.equal(
    partText({ site_count: 300, sites: [{}, {}] }),
    "The map marks the worst 2 of 300 sites that are concerned.",
  ));

test("the address remembers what is left out, and takes nothing else for it", () => {
  for (const without of ["site:bs-001", "link:bs-001~oa-002"]) {
    const state = new LayerState(`?without=${without}`);
    assert.equal(state.look.without, without);
    assert.deepEqual(state.query(), { without });
  }
  for (const wrong of ["bs-001", "site:", "site:a~b", "link:a", "drone:7", "site:<b>"])
    assert.equal(new LayerState(`?without=${encodeURIComponent(wrong)}`).look.without, "", wrong);
});

test("what fails, what is cut off and what has another way differ by shape", () => {
  const shapes = HOWS.map((how) => {
    const pen = noting();
    traceFall(pen, 0, 0, how);
    return [callsOf(pen, "arc").length, callsOf(pen, "moveTo").length, callsOf(pen, "closePath").length].join();
  });
  assert.deepEqual(shapes, ["1,2,0", "0,2,0", "0,1,1"]);
});

test("what falls is seen whatever layers are shown", () =>
  assert.deepEqual(
    falls().map(({ layout }) => layout.visibility),
    ["visible", "visible"],
  ));
