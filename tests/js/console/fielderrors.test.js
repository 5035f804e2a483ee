import assert from "node:assert/strict";
import test from "node:test";
import {
  clear,
  errorText,
  fieldOf,
  givenText,
  markErrors,
  problemText,
  restOf,
} from "../../../static/console/fielderrors.js";

const error = (/** @type {string} */ field, /** @type {unknown} */ value = 0) => ({ field, value, expected: "more" });

/** A control in a field of a form, as far as errors need one. @param {string} id */
function controlOf(id) {
  /** @type {Record<string, string>} */
  const attributes = { "aria-describedby": `${id}-hint` };
  /** @type {any[]} */
  const beside = [];
  return {
    id,
    beside,
    attributes,
    getAttribute: (/** @type {string} */ name) => attributes[name] ?? null,
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => (attributes[name] = value),
    removeAttribute: (/** @type {string} */ name) => delete attributes[name],
    closest: () => ({ append: (/** @type {any} */ node) => beside.push(node) }),
  };
}

test("an error of a part of a field is of the field", () => {
  assert.deepEqual(
    ["route", "route[2]", "route.site", "points[0].lat"].map((name) => fieldOf(error(name))),
    ["route", "route", "route", "points"],
  );
});

test("what was filled in is told, and that nothing was", () => {
  assert.deepEqual(
    ["a b", 0, "", null, undefined].map((value) => givenText({ field: "x", value, expected: "" })),
    ["“a b”", "“0”", "nothing given", "nothing given", "nothing given"],
  );
});

test("a problem is its errors in one line, or its own words where it names none", () => {
  assert.equal(errorText(error("power_dbm")), "power_dbm: more");
  assert.equal(problemText({ message: "no", errors: [error("a"), error("b")] }), "a: more · b: more");
  assert.equal(problemText({ message: "no", errors: [] }), "no");
  assert.equal(problemText({ message: "no" }), "no");
});

test("errors that stand at their fields are not told twice", () => {
  const problem = { message: "no", errors: [error("a"), error("b")] };
  assert.deepEqual(restOf(problem, [problem.errors[1]]), ["b: more"]);
  assert.deepEqual(restOf(problem, []), []);
  assert.deepEqual(restOf({ message: "no", errors: [] }, []), ["no"]);
});

test("an error is marked at its control, which says so to readers, until it is cleared", () => {
  /** @type {any} */
  const control = controlOf("r-power");
  let removed = 0;
  const made = (/** @type {string} */ tag) => ({
    tag,
    text: "",
    setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
      Object.assign(this, { [name]: value });
    },
    append(/** @type {any[]} */ ...text) {
      this.text += text.join("");
    },
    remove: () => removed++,
  });
  const getElementById = (/** @type {string} */ id) => control.beside.find((/** @type {any} */ node) => node.id === id);
  Object.assign(document, { createElement: made, getElementById });
  const errors = [error("power[0]"), error("other"), error("power[2]")];
  const rest = markErrors(errors, (name) => (name === "power" ? control : null));
  assert.deepEqual(rest.map(fieldOf), ["other"]);
  assert.deepEqual(control.attributes, { "aria-describedby": "r-power-hint r-power-error", "aria-invalid": "true" });
  const [{ id, text }] = control.beside;
  assert.deepEqual([id, text, control.beside.length], ["r-power-error", "power[0]: more · power[2]: more", 1]);
  clear(control);
  assert.equal(removed, 1);
  assert.deepEqual(control.attributes, { "aria-describedby": "r-power-hint" });
});
