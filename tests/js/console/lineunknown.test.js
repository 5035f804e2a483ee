import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { sayUnknownSince, watch, whenHeardAgain } from "../../../static/console/lineunknown.js";

/** As much of an element as is said something in. */
class Place {
  /** @type {Place[]} */
  children = [];
  /** @type {Record<string, string>} */
  dataset = {};
  /** @type {Place|null} */
  parentElement = null;
  className = "";
  textContent = "";

  get firstChild() {
    return this.children[0] ?? null;
  }

  prepend(/** @type {Place} */ child) {
    child.parentElement = this;
    this.children.unshift(child);
  }

  remove() {
    const siblings = this.parentElement?.children ?? [];
    siblings.splice(siblings.indexOf(this), 1);
  }

  closest() {
    return "widget" in this.dataset ? this : null;
  }

  querySelector(/** @type {string} */ selector) {
    const names = selector.split(", ").map((name) => name.slice(1).replaceAll(".", " "));
    return this.children.find(({ className }) => names.includes(className)) ?? null;
  }

  /** @returns {string[]} */
  get notes() {
    return this.children.filter(({ className }) => className === "line-unknown").map((note) => note.textContent);
  }
}

/** @type {Place[]} */
let page;
beforeEach(() => {
  page = [];
  Object.assign(document, { createElement: () => new Place(), querySelectorAll: () => page });
  sayUnknownSince("");
});

/** @param {string} [content] the class of what is in it; none: nothing is */
function placed(content) {
  const place = new Place();
  if (content !== undefined) place.prepend(Object.assign(new Place(), { className: content }));
  page.push(place);
  return place;
}

test("each widget says since when it is unknown, once, until something is heard again", () => {
  const place = placed("table-wrap");
  watch(/** @type {any} */ (place));
  assert.deepEqual(place.notes, []);
  for (const _ of [1, 2]) sayUnknownSince("12:00:01");
  assert.deepEqual(place.notes, ["Unknown since 12:00:01"]);
  sayUnknownSince("");
  assert.deepEqual(place.notes, []);
});

test("what is drawn meanwhile says so as well", () => {
  sayUnknownSince("12:00:01");
  const place = placed("table-wrap");
  watch(/** @type {any} */ (place));
  assert.deepEqual(place.notes, ["Unknown since 12:00:01"]);
});

test("what shows no value says nothing of it", () => {
  const places = [placed(), placed("widget-state error"), placed("widget-state forbidden")];
  for (const place of places) watch(/** @type {any} */ (place));
  sayUnknownSince("12:00:01");
  assert.deepEqual(
    places.map(({ notes }) => notes),
    [[], [], []],
  );
});

test("a part of a widget does not repeat what that says", () => {
  const whole = placed("stack");
  const part = placed("table-wrap");
  watch(/** @type {any} */ (whole));
  whole.prepend(part);
  watch(/** @type {any} */ (part));
  sayUnknownSince("12:00:01");
  assert.deepEqual([whole.notes, part.notes], [["Unknown since 12:00:01"], []]);
});

test("what no topic tells of is read anew once something is heard again, and not before", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let count = 0;
  whenHeardAgain(() => count++);
  sayUnknownSince("");
  sayUnknownSince("12:00:01");
  mock.timers.runAll();
  assert.equal(count, 0);
  sayUnknownSince("");
  mock.timers.runAll();
  assert.equal(count, 1);
  mock.timers.reset();
});
