/** The table of what is in view, in step with the map: filtered, sorted, of any count, walked by keys. */
import { ageText, byId, chip, el, keepFocus, quantity, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { headOf } from "../../console/table.js";
import { WindowedRows } from "../../console/windowed.js";
import { BadLinks } from "./badlinks.js";
import { controlChip, linkWord, stateChip } from "../words.js";

/** @type {Record<string, number>} */
const LOUDNESS = { emergency: 0, warning: 1, unknown: 2, normal: 3, ground: 4 };
/** @type {Record<string, number>} */
const CONTROL_ORDER = { below: 0, gap_ahead: 1, unknown: 2, met: 3 };

/** @typedef {import("../tracking/state.js").Drone & {name: string|null}} Row */

/**
 * @typedef {{key: string, word: string, isNumber?: boolean, value: (row: Row) => string|number,
 *   cell: (row: Row) => string|HTMLElement}} Column
 */

/** @type {WeakMap<Element, string>} what the cells show */
const shownTexts = new WeakMap();
/** @type {Column[]} */
const COLUMNS = [
  { key: "state", word: gettext("State"), value: loudness, cell: (row) => stateChip(row) },
  {
    key: "name",
    word: gettext("Drone"),
    value: (row) => row.name || String(row.id),
    cell: (row) => row.name || el("span", { class: "muted" }, `#${row.id}`),
  },
  {
    key: "altitude",
    word: gettext("Altitude (WGS-84)"),
    isNumber: true,
    value: (row) => row.altitudeM,
    cell: (row) => quantity(row.altitudeM, "m"),
  },
  {
    key: "speed",
    word: gettext("Ground speed"),
    isNumber: true,
    value: (row) => row.speedMps ?? -1,
    cell: (row) => quantity(row.speedMps, "m/s", 1),
  },
  {
    key: "track",
    word: gettext("Track"),
    isNumber: true,
    value: (row) => row.trackDeg ?? -1,
    cell: (row) => quantity(row.trackDeg, "°"),
  },
  {
    key: "control",
    word: gettext("Control link"),
    value: (row) => (row.isForeign ? 4 : CONTROL_ORDER[row.control]),
    cell: (row) => (row.isForeign ? "–" : controlChip(row.control)),
  },
  { key: "age", word: gettext("Last heard"), isNumber: true, value: (row) => row.ageS, cell: ageCell },
  {
    key: "verified",
    word: gettext("Registered"),
    value: (row) => (row.isForeign ? 2 : row.isUnverified ? 0 : 1),
    cell: verifiedCell,
  },
];

/** @param {Row} row */
function verifiedCell(row) {
  if (row.isForeign) return "–";
  return row.isUnverified ? chip("unverified", gettext("Unverified")) : gettext("Verified");
}

/** @param {Row} row */
function loudness(row) {
  if (row.isForeign) return 5;
  if (row.control === "below" && row.state !== "emergency") return 0.9;
  return LOUDNESS[row.state] - (row.link === 2 ? 0.5 : 0) - (row.isUnverified ? 0.2 : 0) - (row.link === 1 ? 0.1 : 0);
}

/** @param {Row} row */
function ageCell(row) {
  const text = row.isAgeKnown ? ageText(row.ageS) : `> ${ageText(row.ageS)}`;
  return el("span", { class: row.link ? "is-stale" : "", title: linkWord(row.link) }, text);
}

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
    this.rows = rows.sort((a, b) => sign * compare(value(a), value(b)) || a.id - b.id);
    this.total = total;
    this.#drawCount();
    return this.lines.show(this.rows);
  }

  /** @param {HTMLTableRowElement|null} known @param {Row} row */
  #drawRow(known, row) {
    const line = known ?? newLine();
    line.dataset.id = String(row.id);
    line.dataset.selected = String(row.id === this.selected);
    COLUMNS.forEach((column, at) => drawCell(line.cells[at], column.cell(row), row, at));
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
 * Touch a cell only when what it says changed: two hundred rows a second are too many to build anew.
 * @param {HTMLElement} cell @param {string|HTMLElement} content @param {Row} row @param {number} at
 */
function drawCell(cell, content, row, at) {
  const key = content instanceof Node ? content.outerHTML : content;
  const text = at === 1 ? `${row.id} ${key}` : key;
  if (shownTexts.get(cell) === text) return;
  shownTexts.set(cell, text);
  if (at !== 1) return replace(cell, content);
  // the same button: it may have the focus
  replace(cell.firstElementChild || cell.appendChild(el("button", { type: "button", class: "row-button" })), content);
}

/** @param {string|number} a @param {string|number} b */
function compare(a, b) {
  return typeof a === "string" ? a.localeCompare(String(b), undefined, { numeric: true }) : a - Number(b);
}
