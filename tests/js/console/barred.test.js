import assert from "node:assert/strict";
import test from "node:test";
import { bar, barred } from "../../../static/console/barred.js";

/** A control as a page has it, as far as barring it goes. */
function control() {
  /** @type {any} */
  const made = { disabled: false, title: "", removeAttribute: (/** @type {string} */ name) => (made[name] = "") };
  return made;
}

test("a control that cannot be used says why, and says nothing any more once it can", () => {
  const button = control();
  bar(button, "This is the end of the list.");
  assert.deepEqual([button.disabled, button.title], [true, "This is the end of the list."]);
  for (const none of [false, "", null, undefined]) {
    bar(button, "Why");
    bar(button, none);
    assert.deepEqual([button.disabled, button.title], [false, ""]);
  }
});

test("a control is made with its reason, or free", () => {
  assert.deepEqual(barred("Why"), { disabled: true, title: "Why" });
  assert.deepEqual(barred(false), { disabled: false, title: null });
});
