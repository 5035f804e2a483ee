import assert from "node:assert/strict";
import test from "node:test";
import { Turns } from "../../../static/console/turns.js";

test("a question that is asked over and over has its slow answers drawn, in their order", () => {
  const turns = new Turns();
  const [first, second, third] = [turns.ask("a"), turns.ask("a"), turns.ask("a")];
  assert.deepEqual([turns.take(first), turns.take(third), turns.take(second)], [true, true, false]);
});

test("an answer to what is not asked any more is not drawn, even if asked for last", () => {
  const turns = new Turns();
  const old = turns.ask("a");
  const now = turns.ask("b");
  assert.deepEqual([turns.take(old), turns.take(now)], [false, true]);
  assert.equal(turns.take(turns.ask("a")), true);
});

test("what an answer is drawn with may fail, and says so in its own turn", () => {
  const turns = new Turns();
  const own = turns.ask();
  assert.deepEqual([turns.take(own), turns.take(own)], [true, true]);
});

test("neither the answer nor the failure of an older question is of use", async () => {
  const turns = new Turns();
  const old = [turns.answerTo("a", async () => 1), turns.answerTo("a", () => Promise.reject(new Error("too late")))];
  assert.equal(await turns.answerTo("b", async () => 2), 2);
  assert.deepEqual(await Promise.all(old), [null, null]);
  await assert.rejects(
    turns.answerTo("b", () => Promise.reject(new Error("away"))),
    /away/,
  );
});
