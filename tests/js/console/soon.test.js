import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { onceQuiet, soon } from "../../../static/console/soon.js";

/**
 * Ask at these times of a clock; when it was done, and how often.
 * @param {typeof soon} later @param {number[]} askedMs
 */
function doneAt(later, askedMs) {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {number[]} */
  const done = [];
  let nowMs = 0;
  const ask = later(() => done.push(nowMs), 200);
  for (; nowMs <= 1000; nowMs += 50) {
    if (askedMs.includes(nowMs)) ask();
    mock.timers.tick(50);
  }
  mock.timers.reset();
  return done;
}

test("who types is waited for until they pause", () => {
  assert.deepEqual(doneAt(onceQuiet, [0]), [150]); // within the step that ends at 200
  assert.deepEqual(doneAt(onceQuiet, [0, 100, 200]), [350]);
  assert.deepEqual(doneAt(onceQuiet, [0, 500]), [150, 650]);
});

test("what is told without a pause is done every so often", () => {
  assert.deepEqual(doneAt(soon, [0, 100, 150]), [150]);
  assert.deepEqual(doneAt(soon, [0, 100, 200, 300, 400]), [150, 350, 550]);
});

test("what is stopped is not done, and can be asked for again", () => {
  for (const later of [onceQuiet, soon]) {
    mock.timers.enable({ apis: ["setTimeout"] });
    let count = 0;
    const ask = later(() => count++, 200);
    ask();
    ask.stop();
    mock.timers.tick(500);
    assert.equal(count, 0);
    ask();
    mock.timers.tick(200);
    assert.equal(count, 1);
    mock.timers.reset();
  }
});
