import assert from "node:assert/strict";
import test from "node:test";
import { Pace } from "../../../../static/airspace/map/pace.js";

/** Pictures after which frames come so late. @param {Pace} pace @param {number} lateMs @param {number} times */
function draw(pace, lateMs, times) {
  let nowMs = 10_000;
  pace.frame(nowMs);
  for (let count = 0; count < times; count++) {
    pace.draw(nowMs);
    for (const stepMs of [lateMs, 16, 16]) pace.frame((nowMs += stepMs));
  }
  return nowMs;
}

test("a quick machine draws thirty pictures a second", () => {
  const pace = new Pace();
  const nowMs = draw(pace, 17, 20);
  pace.draw(nowMs);
  assert.deepEqual([pace.isDue(nowMs + 32), pace.isDue(nowMs + 33)], [false, true]);
});

test("where a picture is drawn slowly, a third of the time at most goes into pictures", () => {
  const pace = new Pace();
  const nowMs = draw(pace, 200, 40);
  pace.draw(nowMs);
  assert.ok(Math.abs(pace.costMs - 200) < 1);
  assert.deepEqual([pace.isDue(nowMs + 500), pace.isDue(nowMs + 601)], [false, true]);
});

test("however slow, a picture comes at least every one and a half seconds", () => {
  const pace = new Pace();
  const nowMs = draw(pace, 60_000, 40);
  pace.draw(nowMs);
  assert.deepEqual([pace.isDue(nowMs + 1499), pace.isDue(nowMs + 1500)], [false, true]);
});

test("a single late frame does not slow the pictures down for long", () => {
  const pace = new Pace();
  draw(pace, 400, 1);
  const slowMs = pace.costMs;
  draw(pace, 17, 20);
  assert.ok(slowMs > 60 && pace.costMs < 20, `${slowMs} ${pace.costMs}`);
});

test("where the page draws by itself, pictures are rarer", () => {
  const pace = new Pace(125);
  const nowMs = draw(pace, 17, 20);
  pace.draw(nowMs);
  assert.deepEqual([pace.isDue(nowMs + 124), pace.isDue(nowMs + 125)], [false, true]);
});
