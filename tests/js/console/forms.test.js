import assert from "node:assert/strict";
import test from "node:test";
import { placesOf, reaches, sendFrom } from "../../../static/console/forms.js";

test("who may do something everywhere may do it anywhere, others in all organisations that it is of", () => {
  assert.deepEqual(placesOf(" a  b "), ["a", "b"]);
  assert.deepEqual(placesOf(undefined), []);
  assert.equal(reaches("*", []), true);
  assert.equal(reaches("a b", ["a"]), true);
  assert.equal(reaches("a b", ["a", "c"]), false);
  assert.equal(reaches("a", []), false); // of nobody is not of one's own
});

/** A form whose button is pressed by `press`. @param {() => Promise<unknown>} send */
function formOf(send) {
  /** @type {Record<string, string>} */
  const attributes = {};
  const button = {
    attributes,
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => (attributes[name] = value),
    removeAttribute: (/** @type {string} */ name) => delete attributes[name],
  };
  const wrong = { hidden: true, textContent: "" };
  /** @type {(event: object) => Promise<void>} */
  let submit = async () => {};
  const form = {
    querySelector: (/** @type {string} */ name) => (name === ".field-error" ? wrong : button),
    addEventListener: (/** @type {string} */ _, /** @type {typeof submit} */ run) => (submit = run),
  };
  sendFrom(/** @type {any} */ (form), send);
  return { button, wrong, press: () => submit({ preventDefault() {} }) };
}

test("a form is sent once at a time", async () => {
  let count = 0;
  /** @type {(value?: unknown) => void} */
  let answer = () => {};
  const { button, wrong, press } = formOf(() => (count++, new Promise((resolve) => (answer = resolve))));
  const first = press();
  await press();
  assert.deepEqual([count, button.attributes], [1, { "aria-disabled": "true" }]); // the focus stays where it is
  answer();
  await first;
  assert.deepEqual([button.attributes, wrong.hidden], [{}, true]);
  press();
  assert.equal(count, 2);
});

test("what could not be sent stays, with the reason", async () => {
  const errors = [{ field: "name", value: "", expected: "a name" }];
  const { button, wrong, press } = formOf(() => Promise.reject(Object.assign(new Error("refused"), { errors })));
  await press();
  assert.deepEqual([button.attributes, wrong.hidden, wrong.textContent], [{}, false, "name: a name"]);
});
