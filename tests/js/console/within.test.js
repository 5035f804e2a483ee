import assert from "node:assert/strict";
import test from "node:test";
import { getBytes, getJson, Problem } from "../../../static/console/api.js";
import { ANSWER_MS, within } from "../../../static/console/within.js";
import { serve } from "../server.js";

/** @param {AbortSignal} signal @returns {Promise<string>} why it was called off */
const reasonOf = (signal) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason.name)));

/**
 * Time limits pass at once.
 * @param {import("node:test").TestContext} t @returns {number[]} those that were asked for
 */
function hurry(t) {
  /** @type {number[]} */
  const asked = [];
  const timeout = AbortSignal.timeout;
  t.mock.method(AbortSignal, "timeout", (/** @type {number} */ ms) => (asked.push(ms), timeout.call(AbortSignal, 20)));
  return asked;
}

const awake = setInterval(() => {}, 1000); // a time limit alone keeps no process alive
test.after(() => clearInterval(awake));

/** @param {Promise<unknown>} call @returns {Promise<any>} */
const failed = (call) =>
  call.then(
    () => assert.fail("it went well"),
    (problem) => problem,
  );

test("what takes longer is called off", async () => {
  assert.equal(await reasonOf(within(5)), "TimeoutError");
  assert.equal(await reasonOf(within(5, new AbortController().signal)), "TimeoutError");
});

test("what is called off anyway is called off at once", async () => {
  const calling = new AbortController();
  const reason = reasonOf(within(60_000, calling.signal));
  calling.abort();
  assert.equal(await reason, "AbortError");
});

test("a server that never answers is a problem like one that is not there", async (t) => {
  const asked = hurry(t);
  /** @type {(answer: object) => void} */
  let answer = () => {};
  await serve(t, () => new Promise((resolve) => (answer = resolve)));
  for (const ask of [() => getJson("/api/v1/sites"), () => getBytes("/api/v1/coverage/raster")]) {
    const problem = await failed(ask());
    assert.ok(problem instanceof Problem);
    assert.deepEqual([problem.status, problem.title], [0, "No answer"]);
    answer({});
  }
  assert.deepEqual(asked, [ANSWER_MS, ANSWER_MS]);
});
