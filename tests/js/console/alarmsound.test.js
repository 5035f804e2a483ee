import assert from "node:assert/strict";
import test from "node:test";
import { SoundTurn } from "../../../static/console/alarmsound.js";

/** Which of these sound. @param {Array<[string, number]>} asked priority, and when. [ms] */
function heard(asked) {
  const turn = new SoundTurn();
  return asked.filter(([priority, atMs]) => turn.take(priority, atMs));
}

test("the first sounds at once, whatever it is", () => {
  for (const priority of ["critical", "warning", "indeterminate"]) assert.equal(heard([[priority, 0]]).length, 1);
});

test("a flood of two hundred within a minute sounds every four seconds and no more", () => {
  /** @type {Array<[string, number]>} */
  const flood = Array.from({ length: 200 }, (_, at) => ["major", at * 300]);
  assert.equal(heard(flood).length, 15);
});

test("what is graver than the last sounds at once, what is milder waits", () => {
  assert.deepEqual(
    heard([
      ["minor", 0],
      ["warning", 100],
      ["critical", 200],
      ["major", 300],
      ["critical", 400],
      ["major", 4200],
    ]).map(([, atMs]) => atMs),
    [0, 200, 4200],
  );
});

test("a clock that was set back silences nothing", () => {
  assert.equal(
    heard([
      ["minor", 1e9],
      ["minor", 0],
    ]).length,
    2,
  );
});
