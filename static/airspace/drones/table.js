/** The table of what is in view, in step with the map: filtered, sorted, of any count, walked by keys. */
import { byId, el, keepFocus, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { headOf } from "../../console/table.js";
import { WindowedRows } from "../../console/windowed.js";
import { BadLinks } from "./badlinks.js";
import { COLUMNS } from "./tablecolumns.js";

/** @type {WeakMap<Element, unknown>} what the cells show */
const cellsTold = new WeakMap();

const byName = new Intl.Collator(undefined, { numeric: true }); // made once: of thousands each is compared many times

/**
 * @typedef {import("./tablecolumns.js").Row} Row
 * @typedef {import("./tablecolumns.js").Column} Column
 */

export class Table {
  /**
   * @param {HTMLElement} node
   * @param {{onSelect: (id: number) => void, onFilter: (state: string) => void, state: string}} options
   */
  constructor(node, { onSelect, onFilter, state }) {
    this.node = node;
    this.onSelect = onSelect;
    this.ordering = "state";
    this.selected = 0;
    /** @type {Row[]} */
    this.rows = [];
    this.total = 0;
    this.count = /** @type {HTMLElement} */ (node.querySelector("#table-count"));
    this.head = el("tr");
    const table = el(
      "table",
      { class: "table", "aria-label": gettext("Drones in view") },
      el("thead", null, this.head),
      el("tbody"),
    );
    const box = /** @type {HTMLElement} */ (node.querySelector("#table-place"));
    box.append(table);
    /** @type {WindowedRows<Row>} */
    this.lines = new WindowedRows({
      box,
      table,
      keyOf: (row) => String(row.id),
      draw: (line, row) => this.#drawRow(line, row),
    });
    this.body = this.lines.body;
    this.filter = /** @type {HTMLSelectElement} */ (node.querySelector("#table-filter"));
    this.filter.value = [...this.filter.options].some((option) => option.value === state) ? state : "";
    this.bad = new BadLinks(byId("bad-links"), this.filter, onFilter);
    this.filter.addEventListener("change", () => onFilter(this.filter.value));
    this.body.addEventListener("click", (event) => this.#clicked(event));
    this.#drawHead();
  }

  #drawHead() {
    keepFocus(this.head, () =>
      replace(
        this.head,
        ...COLUMNS.map((column) =>
          headOf({ ...column, order: column.key }, this.ordering, (next) => this.#orderBy(next)),
        ),
      ),
    );
  }

  /** @param {string} ordering the key of a column, with a dash in front: the last first */
  #orderBy(ordering) {
    this.ordering = ordering;
    this.#drawHead();
    this.show(this.rows, this.total);
  }

  /** @param {any} event */
  #clicked(event) {
    const row = event.target.closest("tr");
    if (row?.dataset.id) this.onSelect(Number(row.dataset.id));
  }

  /**
   * @param {Row[]} rows in view and of the filtered state @param {number} total in view before the filter
   * @returns {Row[]} those that are in the page
   */
  show(rows, total) {
    const isDown = this.ordering.startsWith("-");
    const { value } = COLUMNS.find(({ key }) => key === this.ordering.slice(Number(isDown))) || COLUMNS[0];
    const sign = isDown ? -1 : 1;
    const order = new Map(rows.map((row) => [row, value(row)])); // thousands are compared with one another many times
    this.rows = rows.sort((a, b) => sign * compare(order.get(a) ?? 0, order.get(b) ?? 0) || a.id - b.id);
    this.total = total;
    this.#drawCount();
    return this.lines.show(this.rows);
  }

  /** @param {HTMLTableRowElement|null} known @param {Row} row */
  #drawRow(known, row) {
    const line = known ?? newLine();
    line.dataset.id = String(row.id);
    line.dataset.selected = String(row.id === this.selected);
    COLUMNS.forEach((column, at) => drawCell(line.cells[at], column, row));
    return line;
  }

  #drawCount() {
    const values = { found: formatNumber(this.rows.length), total: formatNumber(this.total) };
    if (this.rows.length < this.total)
      setText(this.count, interpolate(gettext("%(found)s of %(total)s drones in view"), values));
    else
      setText(
        this.count,
        interpolate(ngettext("%(total)s drone in view", "%(total)s drones in view", this.total), values),
      );
  }

  /** Open it, or close it. */
  toggle() {
    const isClosed = this.node.dataset.closed !== "true";
    this.node.dataset.closed = String(isClosed);
    byId("table-toggle").setAttribute("aria-expanded", String(!isClosed));
  }

  /** @param {number} id @param {boolean} [isByKey] */
  select(id, isByKey = false) {
    this.selected = id;
    if (isByKey) this.lines.reveal(this.rows.findIndex((row) => row.id === id));
    for (const line of this.body.rows) line.dataset.selected = String(Number(line.dataset.id) === id);
  }

  /** Select the next or the one before. @param {1|-1} step */
  walk(step) {
    if (!this.rows.length) return;
    const at = this.rows.findIndex((row) => row.id === this.selected);
    const next = at < 0 ? 0 : Math.max(0, Math.min(this.rows.length - 1, at + step));
    this.onSelect(this.rows[next].id);
    this.select(this.rows[next].id, true);
  }
}

function newLine() {
  const line = el("tr", null, ...COLUMNS.map((column) => el("td", { class: column.isNumber ? "number" : null })));
  line.firstChild?.replaceWith(el("td"));
  return line;
}

/**
 * Make a cell only when what it says changed: two hundred rows a second are too many to build anew, and to compare as
 * elements.
 * @param {HTMLElement} cell @param {Column} column @param {Row} row
 */
function drawCell(cell, column, row) {
  const told = column.told(row);
  if (cellsTold.has(cell) && cellsTold.get(cell) === told) return;
  cellsTold.set(cell, told);
  const content = column.cell(row);
  if (column.key !== "name") return replace(cell, content);
  // the same button: it may have the focus
  replace(cell.firstElementChild || cell.appendChild(el("button", { type: "button", class: "row-button" })), content);
}

/** @param {string|number} a @param {string|number} b */
function compare(a, b) {
  return typeof a === "string" ? byName.compare(a, String(b)) : a - Number(b);
}
