/**
 * The strip of sites by time on a canvas: only what is in view is drawn; arrow keys walk it, and a line says the
 * cell.
 */
import { el } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { penOf } from "../gl.js";
import { columnsBetween, Heat, lastColumnOf } from "./heat.js";
import { drawRows, forgetPatterns, HEAD_PX, NAMES_PX, NOW_PX, rowPxOf } from "./heatstripdrawing.js";

/** @type {Record<string, number[]>} */
const STEPS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  PageUp: [0, -20],
  PageDown: [0, 20],
};

const LEAST_DRAG_PX = 6; // less is a click

/** @typedef {import("./heat.js").Row} Row */

export class HeatStrip {
  #isAsked = false;

  /**
   * @param {HTMLElement} node
   * @param {{said: (row: Row, column: number) => void, open: (slug: string) => void,
   *   nearer: (fromMs: number, untilMs: number) => void}} calls `nearer`: what was drawn across with the mouse
   */
  constructor(node, calls) {
    this.calls = calls;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.spacer = el("div", { class: "heat-spacer" });
    this.box = el(
      "div",
      {
        class: "heat-box",
        tabindex: "0",
        role: "application",
        "aria-describedby": "heat-said",
        "aria-label": gettext("Sites by time. Arrow keys move from cell to cell, Enter opens the site."),
      },
      this.canvas,
      this.spacer,
    );
    this.pen = penOf(this.canvas);
    /** @type {import("./heatstripdrawing.js").Seen} */
    this.seen = { heat: new Heat(), rows: [], row: 0, column: 0, isDense: false, selected: "" };
    node.replaceChildren(this.box);
    this.#listen();
  }

  #listen() {
    const ask = () => this.#ask();
    new ResizeObserver(ask).observe(this.box);
    this.box.addEventListener("scroll", ask, { passive: true });
    this.box.addEventListener("keydown", (event) => this.#onKey(event));
    let downX = NaN;
    this.box.addEventListener("pointerdown", (event) => (downX = event.clientX));
    this.box.addEventListener("click", (event) => {
      if (Math.abs(event.clientX - downX) >= LEAST_DRAG_PX) this.#lookNearer(downX, event.clientX);
      else this.#at(event, (row, column) => this.#walkTo(row, column));
    });
    this.box.addEventListener("dblclick", (event) =>
      this.#at(event, (row) => this.calls.open(this.seen.rows[row].slug)),
    );
    document.addEventListener("loft:theme", () => {
      forgetPatterns();
      ask();
    });
  }

  #ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#draw();
    });
  }

  get #rowPx() {
    return rowPxOf(this.seen.isDense);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { seen } = this;
    if (event.ctrlKey || event.metaKey || event.altKey || !seen.rows.length) return;
    const step = STEPS[event.key];
    if (event.key === "Enter") this.calls.open(seen.rows[seen.row].slug);
    else if (event.key === "Home") this.#walkTo(seen.row, 0);
    else if (event.key === "End") this.#walkTo(seen.row, this.#lastColumn);
    else if (step) this.#walkTo(seen.row + step[1], seen.column + step[0]);
    else return;
    event.preventDefault();
  }

  /** @param {number} row @param {number} column */
  #walkTo(row, column) {
    const { box, seen } = this;
    const rowPx = this.#rowPx;
    seen.row = Math.max(0, Math.min(seen.rows.length - 1, row));
    seen.column = Math.max(0, Math.min(this.#lastColumn, column));
    seen.selected = seen.rows[seen.row].slug;
    const y = seen.row * rowPx;
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + rowPx > box.scrollTop + box.clientHeight - HEAD_PX)
      box.scrollTop = y + rowPx - box.clientHeight + HEAD_PX;
    this.calls.said(seen.rows[seen.row], seen.column);
    this.#ask();
  }

  /** @param {MouseEvent} event @param {(row: number, column: number) => void} call */
  #at(event, call) {
    const frame = this.box.getBoundingClientRect();
    const row = Math.floor((event.clientY - frame.top - HEAD_PX + this.box.scrollTop) / this.#rowPx);
    const column = Math.floor((event.clientX - frame.left - NAMES_PX) / this.#cellPx);
    if (this.seen.rows[row]) call(row, Math.max(0, column));
  }

  /** @param {number} fromX @param {number} untilX in the window */
  #lookNearer(fromX, untilX) {
    const { heat } = this.seen;
    const leftPx = this.box.getBoundingClientRect().left + NAMES_PX;
    const drawn = columnsBetween(fromX - leftPx, untilX - leftPx, this.#cellPx, heat.columns);
    if (drawn) this.calls.nearer(heat.timesOf(drawn[0])[0], heat.timesOf(drawn[1])[1]);
  }

  /** That of this moment, where it is told. */
  get #lastColumn() {
    return lastColumnOf(this.seen.heat.columns, this.seen.rows);
  }

  get #cellPx() {
    return Math.max(2, (this.box.clientWidth - NAMES_PX - NOW_PX) / Math.max(1, this.seen.heat.columns || 1));
  }

  #draw() {
    const { box, canvas, pen, seen } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [box.clientWidth, box.clientHeight];
    if (!seen.rows.length && !seen.heat.columns) return;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    }
    this.spacer.style.height = `${Math.max(0, seen.rows.length * this.#rowPx + HEAD_PX - height)}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    drawRows(pen, seen, { width, height, top: box.scrollTop, rowPx: this.#rowPx, cellPx: this.#cellPx });
  }

  /** @param {Heat} heat @param {Row[]} rows @param {{isDense: boolean, selected: string}} look */
  show(heat, rows, look) {
    const { seen } = this;
    Object.assign(seen, { heat, rows, ...look });
    const index = rows.findIndex((row) => row.slug === look.selected);
    if (index >= 0) seen.row = index;
    seen.row = Math.max(0, Math.min(rows.length - 1, seen.row));
    seen.column = Math.min(seen.column, this.#lastColumn); // another time may have fewer
    this.#ask();
  }
}
