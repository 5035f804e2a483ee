import assert from "node:assert/strict";
import test from "node:test";
import { Part, partsOf } from "../../../../static/network/layers/parts.js";
import { LayerState } from "../../../../static/network/layers/state.js";

/** A part whose answers come when they are let go. @param {() => string} [question] */
function slow(question) {
  /** @type {Array<{resolve: (data: any) => void, reject: (problem: any) => void}>} */
  const answers = [];
  /** @type {string[]} */
  const told = [];
  const part = new Part(
    () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
    ({ state, data }) => told.push(`${state} ${data ?? ""}`.trim()),
    () => false,
    question,
  );
  return { answers, part, told };
}

test("a slow answer is shown though the same was asked again, and the newer one after it", async () => {
  const { answers, part, told } = slow();
  const loads = [part.load(), part.load()];
  answers[0].resolve("old");
  assert.equal(await loads[0], "old");
  answers[1].resolve("new");
  assert.equal(await loads[1], "new");
  assert.deepEqual(told.slice(-2), ["ready old", "ready new"]);
});

test("an answer that a newer one overtook is not shown any more", async () => {
  const { answers, part } = slow();
  const loads = [part.load(), part.load()];
  answers[1].resolve("new");
  await loads[1];
  answers[0].resolve("old");
  assert.equal(await loads[0], "new");
  assert.equal(part.data, "new");
});

test("an answer to what is not asked any more is not shown", async () => {
  let question = "live";
  const { answers, part, told } = slow(() => question);
  const first = part.load();
  question = "planned";
  const second = part.load();
  answers[0].resolve("live sites");
  assert.equal(await first, null);
  answers[1].resolve("planned sites");
  await second;
  assert.deepEqual(told, ["loading", "loading", "ready planned sites"]);
});

test("that an overtaken reading failed is not told of the one that is under way", async () => {
  const { answers, part } = slow();
  const loads = [part.load(), part.load()];
  answers[0].reject({ status: 503, name: "Problem" });
  await loads[0];
  assert.equal(part.problem, null);
  answers[1].resolve("there");
  await loads[1];
  assert.equal(part.state, "ready");
});

test("circles are asked of a twin and a reading, corridors of a twin, links of neither", () => {
  const state = new LayerState();
  const parts = partsOf(/** @type {any} */ ({}), state, () => {});
  const questions = () => [parts.circles, parts.corridors, parts.links].map((part) => part.question());
  const before = questions();
  state.set({ reading: 1 });
  const other = questions();
  assert.deepEqual([other[0] === before[0], other[1] === before[1], other[2] === before[2]], [false, true, true]);
  state.set({ twin: "planned" });
  assert.deepEqual([questions()[1] === other[1], questions()[2] === other[2]], [false, true]);
});

test("what was shown of one question is not left as the answer to another that fails", async () => {
  let question = "live";
  const { answers, part } = slow(() => question);
  const loads = [part.load()];
  answers[0].resolve("live sites");
  await loads[0];
  loads.push(part.load());
  answers[1].reject({ status: 503, name: "Problem" });
  assert.equal(await loads[1], "live sites"); // an older answer to the same
  question = "planned";
  loads.push(part.load());
  answers[2].reject({ status: 503, name: "Problem" });
  assert.equal(await loads[2], null);
  assert.deepEqual([part.state, part.problem.status], ["error", 503]);
});
