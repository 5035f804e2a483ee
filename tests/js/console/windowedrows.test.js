import assert from "node:assert/strict";
import test from "node:test";
import { WindowedRows } from "../../../static/console/windowed.js";

const [READING_PX, ROW_PX] = [33, 50]; // of a row that is being read, and of one that was
const VIEW_PX = 500;
const HEAD_PX = 30;

let rowPx = READING_PX;

/** As much of an element as a table of rows needs. */
class Node {
  /** @type {Node[]} */
  children = [];
  /** @type {Node|null} */
  parent = null;
  /** @type {Record<string, string>} */
  dataset = {};
  style = { height: "" };
  get offsetHeight() {
    return rowPx;
  }
  append() {}
  addEventListener() {}
  setAttribute() {}
  contains() {
    return false;
  }
  remove() {
    this.parent?.children.splice(this.parent.children.indexOf(this), 1);
  }
  /** @param {Node} node @param {Node|null} before */
  insertBefore(node, before) {
    if (node.parent === this) node.remove();
    this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, node);
    node.parent = this;
  }
}

Object.assign(document, { createElement: () => new Node(), activeElement: null });
Object.assign(globalThis, {
  requestAnimationFrame: () => 1,
  ResizeObserver: class extends Node {
    observe() {}
  },
});

/** A table of 10,000 rows, and which of them were said to be in sight. */
function tableOfMany() {
  const box = Object.assign(new Node(), { scrollTop: 0, clientHeight: VIEW_PX + HEAD_PX, clientWidth: 800 });
  const table = Object.assign(new Node(), { tBodies: [new Node()], tHead: { rows: [], offsetHeight: HEAD_PX } });
  /** @type {number[]} */
  const first = [];
  /** @type {WindowedRows<number>} */
  const rows = new WindowedRows({
    box: /** @type {any} */ (box),
    table: /** @type {any} */ (table),
    keyOf: String,
    draw: (line) => line ?? /** @type {any} */ (new Node()),
    seen: (from) => first.push(from),
  });
  rowPx = READING_PX;
  rows.show(Array.from({ length: 10_000 }, (_, index) => index));
  rowPx = ROW_PX;
  return { box, rows, first };
}

test("a row that is sought is the first in sight, of whatever height those above it turn out to be", () => {
  const { rows, first, box } = tableOfMany();
  rows.toTop(5000);
  assert.equal(first.at(-1), 5000);
  assert.equal(box.scrollTop, rows.heights.topOf(5000));
});

test("a table that is hidden, or out of the page, says of no row that it is in sight, and forgets no height", () => {
  const { rows, first, box } = tableOfMany();
  rows.toTop(5000);
  const topPx = rows.heights.topOf(5000);
  const said = first.length;
  rowPx = 0;
  Object.assign(box, { scrollTop: 0, clientHeight: 0, clientWidth: 0 });
  rows.show(rows.rows);
  assert.deepEqual([first.length, rows.heights.topOf(5000)], [said, topPx]);
});
