import assert from "node:assert/strict";
import test from "node:test";
import { widget } from "../../../static/console/dom.js";

/** As much of an element as a widget uses. */
class Node {
  /** @type {any[]} */
  children = [];
  /** @type {Record<string, string>} */
  attrs = {};
  dataset = {};
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attrs[name] = value;
  }
  removeAttribute(/** @type {string} */ name) {
    delete this.attrs[name];
  }
  append(/** @type {any[]} */ ...some) {
    for (const child of some) {
      this.children.push(child);
      if (child instanceof Node) child.remove = () => this.children.splice(this.children.indexOf(child), 1);
    }
  }
  prepend(/** @type {any} */ child) {
    this.append(child);
    this.children.unshift(this.children.pop());
  }
  replaceChildren(/** @type {any[]} */ ...some) {
    this.children = [];
    this.append(...some);
  }
  querySelector(/** @type {string} */ selector) {
    const wanted = selector.split(".").filter(Boolean);
    const fits = (/** @type {any} */ child) => wanted.every((name) => child.attrs?.class?.split(" ").includes(name));
    return this.children.find(fits) ?? null;
  }
  remove() {}
  /** @returns {string[]} */
  get words() {
    return this.children.flatMap((child) => (child instanceof Node ? child.words : [String(child)]));
  }
}

Object.assign(globalThis.document, { createElement: () => new Node() });

/** @returns {{node: Node, state: ReturnType<typeof widget>}} */
function drawn() {
  const node = new Node();
  return { node, state: widget(/** @type {any} */ (node)) };
}

test("what was empty when it was read was empty then, and says nothing of now", () => {
  const { node, state } = drawn();
  state.empty("No site fits these filters.");
  state.stale(30);
  assert.deepEqual(node.words, [
    "Last updated 30 s ago",
    "Nothing was here then",
    "What has come since is shown once Loft answers again.",
  ]);
  state.stale(60);
  assert.deepEqual(node.words.slice(0, 2), ["Last updated 60 s ago", "Nothing was here then"]);
});

test("what is read anew and still empty says so of now", () => {
  const { node, state } = drawn();
  state.empty("No site fits these filters.");
  state.stale(30);
  state.empty("No site fits these filters.");
  assert.deepEqual(node.words, ["Nothing here yet", "No site fits these filters."]);
});

test("rows that are old stay as they were", () => {
  const { node, state } = drawn();
  state.show("a row");
  state.stale(30);
  assert.deepEqual(node.words, ["Last updated 30 s ago", "a row"]);
});
