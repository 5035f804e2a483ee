/** The rows of a list of the REST API, of any count: what is in sight is read when it comes into sight, and no more. */
import { el, keepFocus, setText } from "./dom.js";
import { formatNumber, gettext, interpolate } from "./i18n.js";
import { onceQuiet } from "./soon.js";
import { headOf, rowOf } from "./table.js";
import { WindowedRows } from "./windowed.js";

export const PAGE = 100; // rows that are read at once: about four screens
const AHEAD = 36; // of them before the first in sight
const SPARE = 8;
const SCROLLING_MS = 80;

/** Where a page begins that has what is in sight. Pure. @param {number} first in sight */
export const pageAround = (first) => Math.max(0, first - AHEAD);

/**
 * The first row near what is in sight that was not read; -1: all were. Pure.
 * @param {any[]} rows with holes @param {number} first @param {number} last in sight
 */
export function firstMissing(rows, first, last) {
  const end = Math.min(rows.length - 1, last + SPARE);
  for (let index = Math.max(0, first - SPARE); index <= end; index++) if (!(index in rows)) return index;
  return -1;
}

/**
 * From where a page is read that has a missing row; with what is in sight, where the view is not higher than a page.
 * Pure.
 * @param {number} missing @param {number} first in sight
 */
export function pageWith(missing, first) {
  const from = pageAround(first);
  return missing < from + PAGE ? from : missing;
}

/**
 * @typedef {object} Setup
 * @property {() => import("./listing.js").Column[]} columns of now
 * @property {(row: any, index: number) => Record<string, any>} [lineOf] attributes of a row
 * @property {string} [label] what the rows are
 * @property {() => string} order of now
 * @property {(ordering: string) => unknown} setOrder
 * @property {(from: number) => Promise<import("./listing.js").Page>} fetchPage from a row on
 * @property {() => unknown} again their number is another: all is to be read anew
 * @property {(problem: any) => unknown} failed what came into sight could not be read
 * @property {(first: number) => unknown} moved the first row in sight is another
 */

export class ListWindow {
  /** @type {any[]} as many as there are, with holes where nothing was read */
  rows = [];
  #first = 0;
  #last = 0;
  #filling = -1; // the first row of the page that is being read, into the rows of now
  /** @type {Set<Element>} lines that say what their row said last */
  #fresh = new Set();

  /** @param {Setup} setup */
  constructor(setup) {
    this.setup = setup;
    this.head = el("tr");
    this.place = el("div", { class: "pager" });
    const label = setup.label ?? gettext("Rows");
    const table = el("table", { class: "table", "aria-label": label }, el("thead", null, this.head), el("tbody"));
    const attrs = { class: "table-wrap windowed", tabindex: "0", role: "region", "aria-label": label };
    const box = el("div", attrs, table);
    this.node = el("div", { class: "stack" }, box, this.place);
    /** @type {WindowedRows<any>} */
    this.lines = new WindowedRows({
      box,
      table,
      keyOf: (_, index) => String(index),
      draw: (line, row, index) => this.#line(line, row, index),
      seen: (first, last) => this.#seen(first, last),
    });
    this.settled = onceQuiet(() => this.#settle(), SCROLLING_MS);
  }

  /**
   * What is in sight was read anew; the others are read again when they come into sight.
   * @param {any[]} page @param {number} from @param {number} count
   */
  read(page, from, count) {
    this.rows = Array(count);
    this.#filling = -1; // what is under way is of the rows before: it is not taken
    this.#take(page, from);
  }

  /** What came into sight was read. @param {any[]} page @param {number} from */
  add(page, from) {
    this.#take(page, from);
    keepFocus(this.node, () => this.lines.show(this.rows));
  }

  /** @param {any[]} page @param {number} from */
  #take(page, from) {
    for (const [at, row] of page.entries()) if (from + at < this.rows.length) this.rows[from + at] = row;
  }

  /** Draw all that is in sight as it is now. */
  draw() {
    const { columns, order, setOrder } = this.setup;
    this.head.replaceChildren(...columns().map((column) => headOf(column, order(), setOrder)));
    this.#fresh.clear();
    this.lines.show(this.rows);
  }

  /** Scroll to a row, or to the last where there are fewer. @param {number} index */
  reveal(index) {
    this.lines.toTop(Math.max(0, Math.min(index, this.rows.length - 1)));
  }

  /** @param {HTMLTableRowElement|null} known @param {any} row @param {number} index */
  #line(known, row, index) {
    if (known && this.#fresh.has(known)) return known;
    if (known && !row && known.contains(document.activeElement)) return known; // out of sight it keeps the focus
    const { lineOf } = this.setup;
    const columns = this.setup.columns();
    const cells = row && columns.map((column) => column.cell(row));
    const line = row ? rowOf(columns, cells, lineOf?.(row, index)) : this.#empty();
    if (row) this.#fresh.add(line);
    return line;
  }

  #empty() {
    const words = el("td", { class: "muted", colspan: this.setup.columns().length }, gettext("Loading"));
    return el("tr", null, words);
  }

  /** @param {number} first @param {number} last */
  #seen(first, last) {
    const words = {
      first: formatNumber(first + 1),
      last: formatNumber(last + 1),
      count: formatNumber(this.rows.length),
    };
    setText(this.place, interpolate(gettext("%(first)s to %(last)s of %(count)s"), words));
    [this.#first, this.#last] = [first, last];
    this.settled();
  }

  /** Once nobody scrolls: say where it is, and read what is missing. */
  #settle() {
    this.setup.moved(this.#first);
    const missing = firstMissing(this.rows, this.#first, this.#last);
    if (missing >= 0) this.#fill(pageWith(missing, this.#first));
  }

  /** Read what came into sight, unless all is read anew meanwhile. @param {number} from */
  async #fill(from) {
    if (this.#filling === from) return;
    this.#filling = from;
    const { rows } = this;
    try {
      const page = await this.setup.fetchPage(from);
      if (rows !== this.rows) return;
      if (page.count !== rows.length) this.setup.again();
      else this.add(page.results, from);
    } catch (problem) {
      if (rows === this.rows) this.setup.failed(problem);
    } finally {
      if (rows === this.rows && this.#filling === from) this.#filling = -1;
    }
  }
}
