/**
 * Tables of any count: only the rows that are seen, and a few to spare, are in the page; room is kept for the others,
 * so that the bar scrolls as for all of them. A row keeps its element while it is seen, and its place while it has the
 * focus. Which row of how many each one is, `aria-rowcount` and `aria-rowindex` say.
 */
import { el } from "./dom.js";

const SPARE = 8; // rows above and below what is seen
const MOST_TRIES = 4; // to bring a row to the top
const USUAL_PX = 33; // a row of one line, until the first was measured

/** How high rows are: as measured, and as the last measured one where nobody has seen them yet. */
export class Heights {
  #usualPx = USUAL_PX;
  /** 0: not measured @type {Float64Array} */
  #px = new Float64Array(0);
  /** where each begins, and where the last ends @type {Float64Array|null} */
  #tops = null;

  get count() {
    return this.#px.length;
  }

  /** @param {number} count of rows */
  resize(count) {
    if (count === this.count) return;
    const px = new Float64Array(count);
    px.set(this.#px.subarray(0, count));
    [this.#px, this.#tops] = [px, null];
  }

  /** What was measured counts no more: the table is of another width. */
  forget() {
    this.#px.fill(0);
    this.#tops = null;
  }

  /**
   * Take a height as it is; none where the row is not laid out.
   * @param {number} index @param {number} px @returns {boolean} whether it is news
   */
  measured(index, px) {
    if (!px || this.#px[index] === px) return false;
    if (!this.#px.some(Boolean)) this.#usualPx = px;
    [this.#px[index], this.#tops] = [px, null];
    return true;
  }

  /**
   * Where a row begins; that of the count itself is where the last one ends.
   * @param {number} index @returns {number} pixels below the head
   */
  topOf(index) {
    return this.#begins()[index];
  }

  /** Which row is at a place; the first or the last where it is outside. @param {number} px */
  at(px) {
    const tops = this.#begins();
    let [low, high] = [0, Math.max(0, this.count - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle] <= px) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #begins() {
    if (this.#tops) return this.#tops;
    const tops = new Float64Array(this.count + 1);
    for (let index = 0; index < this.count; index++) tops[index + 1] = tops[index] + (this.#px[index] || this.#usualPx);
    this.#tops = tops;
    return tops;
  }
}

/**
 * Which rows are in the page, in order: those seen with some to spare, and the one that is held.
 * @param {Heights} heights @param {number} fromPx @param {number} viewPx @param {number} held -1: none
 * @returns {number[]}
 */
export function shownRows(heights, fromPx, viewPx, held = -1) {
  const { count } = heights;
  if (!count) return [];
  const first = Math.max(0, heights.at(fromPx) - SPARE);
  const last = Math.min(count - 1, heights.at(fromPx + viewPx) + SPARE);
  const rows = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  if (held < 0 || held >= count || (held >= first && held <= last)) return rows;
  return held < first ? [held, ...rows] : [...rows, held];
}

/**
 * @template Row
 * @typedef {object} Setup
 * @property {HTMLElement} box in which the table scrolls
 * @property {HTMLTableElement} table with a head of one row and an empty body
 * @property {(row: Row, index: number) => string} keyOf what tells a row apart
 * @property {(line: HTMLTableRowElement|null, row: Row, index: number) => HTMLTableRowElement} draw a row's line, made
 *   anew or the one that it has
 * @property {(first: number, last: number) => void} [seen] which rows are in sight
 */

/** @template Row */
export class WindowedRows {
  /** @type {Row[]} */
  rows = [];
  heights = new Heights();
  /** @type {Map<string, HTMLTableRowElement>} */
  #lines = new Map();
  /** @type {HTMLTableRowElement[]} */
  #gaps = [];
  #frame = 0;
  #widthPx = 0;

  /** @param {Setup<Row>} setup */
  constructor(setup) {
    this.setup = setup;
    this.body = setup.table.tBodies[0];
    setup.box.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    new ResizeObserver(() => this.#drawSoon()).observe(setup.box);
  }

  /** @param {Row[]} rows all of them @returns {Row[]} those that are in the page */
  show(rows) {
    this.rows = rows;
    this.heights.resize(rows.length);
    this.setup.table.setAttribute("aria-rowcount", String(rows.length + 1));
    this.setup.table.tHead?.rows[0]?.setAttribute("aria-rowindex", "1");
    return this.#draw().map((index) => rows[index]);
  }

  /**
   * Scroll so that a row is the first in sight: where those above it come into the page for it, they are measured, and
   * it begins elsewhere.
   * @param {number} index
   */
  toTop(index) {
    let topPx = -1;
    for (let tries = 0; tries < MOST_TRIES && topPx !== this.heights.topOf(index); tries++) {
      topPx = this.heights.topOf(index);
      this.setup.box.scrollTop = topPx;
      this.#draw();
    }
  }

  /** Scroll as little as brings a row into sight. @param {number} index */
  reveal(index) {
    const { box } = this.setup;
    const [topPx, endPx] = [this.heights.topOf(index), this.heights.topOf(index + 1)];
    if (topPx < box.scrollTop) box.scrollTop = topPx;
    else if (endPx > box.scrollTop + this.#viewPx) box.scrollTop = endPx - this.#viewPx;
    this.#draw();
  }

  /** What is seen below the head, which stays. */
  get #viewPx() {
    return Math.max(0, this.setup.box.clientHeight - (this.setup.table.tHead?.offsetHeight || 0));
  }

  #drawSoon() {
    this.#frame ||= requestAnimationFrame(() => ((this.#frame = 0), this.#draw()));
  }

  /** @returns {number[]} the rows in the page */
  #draw() {
    const { box, seen } = this.setup;
    const isSeen = box.clientHeight > 0; // else it is hidden, or out of the page: nothing of it is in sight
    if (isSeen && this.#widthPx !== box.clientWidth) {
      this.heights.forget();
      this.#widthPx = box.clientWidth;
    }
    const shown = shownRows(this.heights, box.scrollTop, this.#viewPx, this.#held());
    this.#place(this.#nodes(shown));
    if (this.#measure(shown)) this.#drawSoon();
    const { heights } = this;
    if (isSeen && heights.count) seen?.(heights.at(box.scrollTop), heights.at(box.scrollTop + this.#viewPx - 1));
    return shown;
  }

  /** The row that has the focus stays in the page wherever it is scrolled to. */
  #held() {
    const line = this.body.contains(document.activeElement) && document.activeElement?.closest("tr");
    if (!line) return -1;
    const { keyOf } = this.setup;
    const before = Number(line.ariaRowIndex) - 2; // where it mostly still is: of many thousand rows few are looked at
    if (before >= 0 && before < this.rows.length && keyOf(this.rows[before], before) === line.dataset.row)
      return before;
    return this.rows.findIndex((row, index) => keyOf(row, index) === line.dataset.row);
  }

  /** Lines, and gaps in the place of rows that are not in the page. @param {number[]} shown */
  #nodes(shown) {
    const before = this.#lines;
    this.#lines = new Map();
    /** @type {HTMLTableRowElement[]} */
    const nodes = [];
    let [end, gaps] = [0, 0];
    for (const index of [...shown, this.rows.length]) {
      if (index > end) nodes.push(this.#gap(gaps++, this.heights.topOf(index) - this.heights.topOf(end)));
      if (index < this.rows.length) nodes.push(this.#line(before, index));
      end = index + 1;
    }
    return nodes;
  }

  /** @param {Map<string, HTMLTableRowElement>} before @param {number} index */
  #line(before, index) {
    const row = this.rows[index];
    const key = this.setup.keyOf(row, index);
    const line = this.setup.draw(before.get(key) || null, row, index);
    if (line.dataset.row !== key) line.dataset.row = key;
    line.setAttribute("aria-rowindex", String(index + 2)); // the head is the first
    this.#lines.set(key, line);
    return line;
  }

  /** @param {number} which @param {number} px */
  #gap(which, px) {
    const columns = this.setup.table.tHead?.rows[0]?.cells.length || 1;
    this.#gaps[which] ||= el("tr", { class: "row-gap", "aria-hidden": "true" }, el("td", { colspan: columns }));
    this.#gaps[which].style.height = `${px}px`;
    return this.#gaps[which];
  }

  /** What stays is not touched, so that the focus and the place on the screen stay. @param {HTMLElement[]} nodes */
  #place(nodes) {
    const active = /** @type {HTMLElement|null} */ (document.activeElement);
    const isHeld = this.body.contains(active);
    const wanted = new Set(nodes);
    for (const node of [...this.body.children]) if (!wanted.has(/** @type {HTMLElement} */ (node))) node.remove();
    nodes.forEach((node, at) => {
      if (this.body.children[at] !== node) this.body.insertBefore(node, this.body.children[at] || null);
    });
    if (isHeld && active && active !== document.activeElement) active.focus({ preventScroll: true });
  }

  /** @param {number[]} shown @returns {boolean} whether some are of another height than was thought */
  #measure(shown) {
    const lines = shown.map((index) => this.#lines.get(this.setup.keyOf(this.rows[index], index)));
    const px = lines.map((line) => line?.offsetHeight || 0);
    return shown.map((index, at) => this.heights.measured(index, px[at])).some(Boolean);
  }
}
