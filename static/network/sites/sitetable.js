/** The table of sites: a page of rows, drawn anew only where a cell says something else than before. */
import { bar, FIRST_PAGE, LAST_PAGE } from "../../console/barred.js";
import { ageText, el, quantity, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { headOf } from "../../console/table.js";
import { ageOf, stateOf } from "./sites.js";
import { KIND_WORDS, nameOf, stateChip } from "../words.js";

export const ROWS = 50;

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
 * @param {{order: () => string, setOrder: (order: string) => void, go: (offset: number) => void,
 *   pick: (slug: string) => void}} setup
 */
export function siteTable(setup) {
  const head = el("tr");
  const body = el("tbody");
  const count = el("span");
  const earlier = el("button", { class: "button small", type: "button" }, gettext("Earlier"));
  const later = el("button", { class: "button small", type: "button" }, gettext("Next"));
  const pager = el("div", { class: "pager" }, count, earlier, later);
  const node = el(
    "div",
    { class: "stack" },
    el("div", { class: "table-wrap" }, el("table", { class: "table site-table" }, el("thead", null, head), body)),
    pager,
  );
  let offset = 0;
  let ordering = "none yet";
  earlier.addEventListener("click", () => setup.go(Math.max(0, offset - ROWS)));
  later.addEventListener("click", () => setup.go(offset + ROWS));
  body.addEventListener("click", ({ target }) => {
    const line = /** @type {Element} */ (target).closest("tr");
    if (line && !(/** @type {Element} */ (target).closest("a"))) setup.pick(line.dataset.slug || "");
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
    /**
     * @param {any[]} rows all that fit the filters @param {number} from @param {string} selected @param {number} now
     */
    draw(rows, from, selected, now) {
      offset = Math.min(from, Math.max(0, Math.ceil(rows.length / ROWS) - 1) * ROWS);
      drawHead();
      const shown = rows.slice(offset, offset + ROWS);
      shown.forEach((row, index) => drawRow(body, index, row, selected, now));
      while (body.rows.length > shown.length) body.lastElementChild?.remove();
      setText(count, placeText(offset, shown.length, rows.length));
      bar(earlier, offset === 0 && FIRST_PAGE);
      bar(later, offset + shown.length >= rows.length && LAST_PAGE);
    },
  };
}

/** @param {number} offset @param {number} shown @param {number} count */
function placeText(offset, shown, count) {
  const [first, last] = [shown ? offset + 1 : 0, offset + shown];
  const words = { first: formatNumber(first), last: formatNumber(last), count: formatNumber(count) };
  return interpolate(gettext("%(first)s to %(last)s of %(count)s"), words);
}

/**
 * @param {HTMLTableSectionElement} body @param {number} index @param {any} row @param {string} selected
 * @param {number} now
 */
function drawRow(body, index, row, selected, now) {
  const line =
    body.rows[index] ||
    body.appendChild(
      el("tr", null, ...COLUMNS.map((column) => el("td", { class: column.isNumber ? "number" : null }))),
    );
  if (line.dataset.slug !== row.slug) line.dataset.slug = row.slug;
  const isSelected = String(row.slug === selected);
  if (line.dataset.selected !== isSelected) line.dataset.selected = isSelected;
  COLUMNS.forEach((column, at) => {
    const [cell, key] = [line.cells[at], column.key(row, now)];
    if (shownKeys.get(cell) === key) return;
    shownKeys.set(cell, key);
    replace(cell, column.cell(row, now));
  });
}
