/** Tables: heads that order, rows of cells, the box in which they scroll; and facts, which are a table of one row. */
import { el } from "./dom.js";
import { gettext } from "./i18n.js";

/**
 * @typedef {import("./dom.js").Child} Child
 * @typedef {{word: string, order?: string, isNumber?: boolean, look?: string, said?: string}} Head `order`: what the
 *   server calls the order by it, with a dash in front where the first press is for the last first; `look`: a class of
 *   its cells; `said`: what readers of the screen hear where nothing is written, `word` being empty
 * @typedef {string|Head|HTMLTableCellElement} AnyHead
 */

/** @param {string} order */
const opposite = (order) => (order.startsWith("-") ? order.slice(1) : `-${order}`);

/**
 * What a press on a head orders by: its own order first, then the opposite.
 * @param {string} now @param {string} order
 */
export const orderAfter = (now, order) => (now === order ? opposite(order) : order);

/** How a column is sorted, as `aria-sort` says it. @param {string} now @param {string} [order] of its head */
export function sortedBy(now, order) {
  if (!order) return null;
  return now === order ? "ascending" : now === opposite(order) ? "descending" : null;
}

/** @param {AnyHead|undefined} head */
const classOf = (head) => (isHead(head) ? (head.isNumber ? "number" : head.look) : null);

/** @param {AnyHead|undefined} head @returns {head is Head} */
const isHead = (head) => typeof head === "object" && "word" in head;

/** What is heard of a column over which nothing is written: mostly it has buttons. @param {string} [said] */
const unwritten = (said) => el("span", { class: "visually-hidden" }, said || gettext("Actions"));

/**
 * The head of a column: a button where the list can be ordered by it.
 * @param {Head} head @param {string} [ordering] of now @param {(ordering: string) => unknown} [setOrder]
 */
export function headOf(head, ordering = "", setOrder) {
  const { order } = head;
  const word = head.word || unwritten(head.said);
  const press = order && setOrder && (() => setOrder(orderAfter(ordering, order)));
  const text = press
    ? el("button", { type: "button", dataset: { focus: `sort-${order}` }, onclick: press }, word)
    : word;
  return el(
    "th",
    { scope: "col", class: head.isNumber ? "number" : null, "aria-sort": sortedBy(ordering, order) },
    text,
  );
}

/**
 * A row; a cell that is one already (a row's own head) stays as it is.
 * @param {AnyHead[]} heads whose looks its cells have
 * @param {Array<Child|Child[]>} cells
 * @param {Record<string, any>|null} [attrs]
 */
export const rowOf = (heads, cells, attrs = null) =>
  el(
    "tr",
    attrs,
    cells.map((cell, at) =>
      cell instanceof HTMLTableCellElement ? cell : el("td", { class: classOf(heads[at]) }, cell),
    ),
  );

/**
 * A table as wide as it needs to be.
 * @param {AnyHead[]} heads words, or with what the column is
 * @param {Array<HTMLElement|Array<Child|Child[]>>} rows their cells, or made already
 * @param {Record<string, any>} [attrs]
 */
export function bareTable(heads, rows, attrs) {
  const made = heads.map((head) =>
    typeof head === "string" ? headOf({ word: head }) : isHead(head) ? headOf(head) : head,
  );
  const lines = rows.map((row) => (Array.isArray(row) ? rowOf(heads, row) : row));
  return el("table", { class: "table", ...attrs }, el("thead", null, el("tr", null, made)), el("tbody", null, lines));
}

/**
 * A table in a box, which scrolls where it is too wide.
 * @param {Parameters<typeof bareTable>} given
 */
export const tableOf = (...given) => el("div", { class: "table-wrap" }, bareTable(...given));

/** @param {Array<[string, Child]>} pairs words and what is so called */
export const facts = (pairs) =>
  el(
    "dl",
    { class: "facts" },
    pairs.flatMap(([word, value]) => [el("dt", null, word), el("dd", null, value)]),
  );
