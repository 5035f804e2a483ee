import assert from "node:assert/strict";
import test from "node:test";

Object.assign(globalThis.document, { addEventListener: () => {} });
const { answered, groupOf } = await import("../../../static/console/palette.js");

test("what was found is shown by its name in the reader's language, with what tells it apart", () => {
  const found = [{ name_en: "Mill", name_zh: "磨坊", detail: "mill-7", url: "/industry/factories/mill-7" }];
  assert.deepEqual(groupOf({ kind: "Factories", found }), {
    word: "Factories",
    found: [{ label: "Mill", detail: "mill-7", url: "/industry/factories/mill-7" }],
  });
});

test("what tells a thing apart is shown as it is, whatever word it looks like, and a missing name is the other one", () => {
  const found = [{ name_en: "Mill", name_zh: "", detail: "Search", url: "/" }];
  assert.deepEqual(groupOf({ kind: "Factories", found }).found[0], { label: "Mill", detail: "Search", url: "/" });
});

test("what the server did not look through is not told to hold nothing", async () => {
  const failing = await answered(Promise.reject(new Error("Loft does not answer.")));
  assert.deepEqual(failing, { groups: [], missing: "Only pages and actions were searched. Loft does not answer." });
  assert.deepEqual(await answered(Promise.resolve([])), { groups: [], missing: "" });
});

test("what has no name is shown by what tells it apart", () => {
  const found = [{ name_en: "", name_zh: "", detail: "LW-1", url: "/map?drone=1" }];
  assert.equal(groupOf({ kind: "Drones", found }).found[0].label, "LW-1");
});
