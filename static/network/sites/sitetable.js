/** The table of sites, of any count: a row is drawn anew only where a cell says something else than before. */
import { ageText, el, quantity, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { headOf } from "../../console/table.js";
import { WindowedRows } from "../../console/windowed.js";
import { ageOf, stateOf } from "./sites.js";
import { KIND_WORDS, nameOf, stateChip } from "../words.js";

/**
 * @typedef {{word: string, order?: string, isNumber?: boolean, key: (row: any, now: number) => string,
 *   cell: (row: any, now: number) => import("../../console/dom.js").Child}} Column
 *   `key` says in few letters what a cell
 * shows: only
 *   when that changes is the cell made anew
 */

/** @type {WeakMap<Element, string>} what the cells show */
const shownKeys = new WeakMap();
/** @type {Column[]} */
const COLUMNS = [
  {
    word: gettext("Site"),
    order: "slug",
    key: (row) => row.slug,
    cell: (row) => el("a", { href: `/network/sites/${row.slug}` }, nameOf(row)),
  },
  { word: gettext("Kind"), order: "kind", key: (row) => row.kind, cell: (row) => KIND_WORDS[row.kind] || row.kind },
  { word: gettext("State"), order: "state", key: stateOf, cell: (row, now) => stateChip(stateOf(row, now)) },
  {
    word: gettext("Round trip, measured"),
    order: "rtt_ms",
    isNumber: true,
    key: (row, now) => `${row.rtt_ms} ${row.packets} ${stateOf(row, now) === "unknown"}`,
    cell: rttCell,
  },
  {
    word: gettext("Lost in the last round"),
    isNumber: true,
    key: (row) => `${row.lost} ${row.packets}`,
    cell: (row) => (row.packets ? `${row.lost} / ${row.packets}` : ""),
  },
  {
    word: gettext("Age"),
    order: "measured_at",
    isNumber: true,
    key: ageWord,
    cell: (row, now) => el("span", { class: "age" }, ageWord(row, now)),
  },
  {
    word: gettext("Key site"),
    order: "is_key_site",
    key: (row) => String(row.is_key_site),
    cell: (row) => (row.is_key_site ? gettext("yes") : ""),
  },
];

/** @param {any} row @param {number} now */
function rttCell(row, now) {
  const isOld = stateOf(row, now) === "unknown" && row.rtt_ms !== null;
  if (row.rtt_ms === null && row.packets) return el("span", { class: "muted" }, gettext("no answer"));
  return el("span", { class: isOld ? "is-stale" : "" }, quantity(row.rtt_ms, "ms", 2));
}

/** @param {any} row @param {number} now */
function ageWord(row, now) {
  const age = ageOf(row, now);
  return age === null ? gettext("never measured") : ageText(age);
}

/**
 * @param {{order: () => string, setOrder: (order: string) => void, pick: (slug: string) => void}} setup
 */
export function siteTable(setup) {
  const head = el("tr");
  const table = el("table", { class: "table site-table" }, el("thead", null, head), el("tbody"));
  const attrs = { class: "table-wrap windowed", tabindex: "0", role: "region", "aria-label": gettext("Sites") };
  const box = el("div", attrs, table);
  const place = el("div", { class: "pager" });
  const node = el("div", { class: "stack" }, box, place);
  let ordering = "none yet";
  let [selected, now] = ["", 0];
  /** @type {WindowedRows<any>} */
  const lines = new WindowedRows({
    box,
    table,
    keyOf: (row) => row.slug,
    draw: (line, row) => drawRow(line ?? newLine(), row, selected, now),
    seen: (first, last) => setText(place, placeText(first, last, lines.rows.length)),
  });
  table.tBodies[0].addEventListener("click", ({ target }) => {
    const line = /** @type {Element} */ (target).closest("tr");
    if (line?.dataset.slug && !(/** @type {Element} */ (target).closest("a"))) setup.pick(line.dataset.slug);
  });

  function drawHead() {
    if (ordering === setup.order()) return;
    const focused = document.activeElement?.closest?.("th")?.cellIndex;
    ordering = setup.order();
    replace(head, ...COLUMNS.map((column) => headOf(column, ordering, setup.setOrder)));
    if (focused !== undefined) head.cells[focused].querySelector("button")?.focus();
  }

  return {
    node,
    /** @param {any[]} rows all that fit the filters @param {string} picked @param {number} nowMs */
    draw(rows, picked, nowMs) {
      [selected, now] = [picked, nowMs];
      drawHead();
      lines.show(rows);
    },
    /** Scroll a site into sight. @param {string} slug */
    reveal(slug) {
      const at = lines.rows.findIndex((row) => row.slug === slug);
      if (at >= 0) lines.reveal(at);
    },
  };
}

const newLine = () =>
  el("tr", null, ...COLUMNS.map((column) => el("td", { class: column.isNumber ? "number" : null })));

/** @param {number} first @param {number} last @param {number} count */
function placeText(first, last, count) {
  const words = { first: formatNumber(first + 1), last: formatNumber(last + 1), count: formatNumber(count) };
  return interpolate(gettext("%(first)s to %(last)s of %(count)s"), words);
}

/** @param {HTMLTableRowElement} line @param {any} row @param {string} selected @param {number} now */
function drawRow(line, row, selected, now) {
  if (line.dataset.slug !== row.slug) line.dataset.slug = row.slug;
  const isSelected = String(row.slug === selected);
  if (line.dataset.selected !== isSelected) line.dataset.selected = isSelected;
  COLUMNS.forEach((column, at) => {
    const [cell, key] = [line.cells[at], column.key(row, now)];
    if (shownKeys.get(cell) === key) return;
    shownKeys.set(cell, key);
    replace(cell, column.cell(row, now));
  });
  return line;
}
