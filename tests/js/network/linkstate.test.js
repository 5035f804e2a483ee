/** For how long a link is as it is, and how old what that rests on is: by the server's clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ageWords, linkState } from "../../../static/network/linkstate.js";

const ago = (/** @type {number} */ seconds) => new Date(Date.now() - seconds * 1000).toISOString();

test("a link that is not up says for how long, and how old the measurement is that says so", () => {
  assert.equal(ageWords(ago(300.5), ago(30.5)), "for 5 min · measured 30 s ago");
});

test("one that is up says its measurement alone, and one of which nothing was heard says that", () => {
  assert.equal(ageWords(null, ago(20.5)), "measured 20 s ago");
  assert.equal(ageWords(null, null), "never measured");
});

test("of another time nothing is said", () => {
  assert.equal(linkState({ state: null, state_since: null, measured_at: null }), "");
});
