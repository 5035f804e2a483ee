import assert from "node:assert/strict";
import test from "node:test";

const { learn } = await import("../../../../static/network/alarms/alarmsubjects.js");

const alarm = (subject, object_kind, object_key) => ({ subject, object_kind, object_key });
const site = (slug, name) => ({ slug, name_en: name, name_zh: name });

test("a name of one thing stands for its kind and key", () => {
  const known = new Map();
  const names = learn(known, [alarm("A – B", "link", "a~b")], [site("bs-1", "Harbour")]);
  assert.deepEqual([...names].sort(), ["A – B", "Harbour"]);
  assert.deepEqual(known.get("A – B"), { object_kind: "link", object_key: "a~b" });
  assert.deepEqual(known.get("Harbour"), { object_kind: "site", object_key: "bs-1" });
});

test("two of one name are told apart by their keys, and what was known as the only one is forgotten", () => {
  const known = new Map();
  learn(known, [], [site("bs-1", "Harbour")]);
  assert.equal(known.has("Harbour"), true);
  const names = learn(known, [], [site("bs-1", "Harbour"), site("bs-2", "Harbour")]);
  assert.equal(names.has("Harbour"), true);
  assert.equal(known.has("Harbour"), false);
  assert.deepEqual([...known.keys()].sort(), ["Harbour (site bs-1)", "Harbour (site bs-2)"]);
  assert.deepEqual(known.get("Harbour (site bs-2)"), { object_kind: "site", object_key: "bs-2" });
});

test("an alarm and the site it is about are one thing", () => {
  const known = new Map();
  learn(known, [alarm("Harbour", "site", "bs-1"), alarm("Harbour", "site", "bs-1")], [site("bs-1", "Harbour")]);
  assert.deepEqual([...known.keys()], ["Harbour"]);
});
