/** A list of the REST API as a table: filters and page in the address bar, CSV of the same rows, every state drawn. */
import { asOfMs, getJson } from "./api.js";
import { el, keepFocus, widget } from "./dom.js";
import { connect } from "./hub.js";
import { ListWindow, PAGE, pageAround } from "./listwindow.js";
import { lastOffset, queryOf, restore, without, withMore } from "./listquery.js";
import { pagerOf } from "./pager.js";
import { onceQuiet, soon } from "./soon.js";
import { headOf, rowOf, tableOf } from "./table.js";
import { Turns } from "./turns.js";

const SETTLE_MS = 200;
const TYPING_MS = 250;
const AGAIN_MS = 10_000;
export const MOST_CSV = 1000; // as many as the API gives at once

/**
 * @typedef {import("./table.js").Head & {cell: (row: any) => import("./dom.js").Child}} Column
 * @typedef {{results: any[], count: number}} Page
 * @typedef {object} Setup
 * @property {string} url
 * @property {HTMLFormElement} form
 * @property {HTMLElement} table
 * @property {HTMLAnchorElement} csv
 * @property {Column[]} columns
 * @property {string} empty
 * @property {(count: number) => void} [drawn]
 * @property {string[]} [ofPage] fields of the form that the address keeps and the server need not know
 * @property {string[]} [always] fields that the address says though they are empty
 * @property {(query: URLSearchParams) => URLSearchParams} [ask] what the API is asked for, where that is not what the
 *   form says
 * @property {number} [pageRows] how many rows a page has, where the list is turned page by page; else it scrolls
 * @property {boolean} [isPagerNeeded] the pager is there only where there is another page
 * @property {boolean} [isLive] what was read stays, with its age, while nothing newer can be read
 * @property {string} [topic] of the hub: what it says of it has the list read anew
 * @property {boolean} [isTyped] the list is read while somebody types, once they pause
 * @property {() => void} [filtered] the form was changed by hand
 * @property {() => void} [turned] another page is asked for
 * @property {(page: Page) => Promise<unknown>} [fetchMore] what goes with a page
 * @property {(page: Page) => any[]|null} [rowsOf] the rows that are drawn of a page; null: it is to be asked for anew
 * @property {(row: any, index: number) => Record<string, any>} [lineOf] attributes of a row
 */

/** @param {Setup} setup */
export const listing = (setup) => new Listing(setup);

class Listing {
  #turns = new Turns();
  #readMs = 0;
  #isStale = false;
  #again = 0;
  #isSought = true; // the row of which the address tells is to be the first in sight
  /** @type {any[]} what is drawn */
  rows = [];
  count = 0;
  reloadSoon = soon(() => this.reload(), SETTLE_MS);
  #typed = onceQuiet(() => this.reload(), TYPING_MS);

  /** @param {Setup} setup */
  constructor(setup) {
    this.setup = setup;
    this.form = setup.form;
    this.state = widget(setup.table);
    this.window = setup.pageRows ? null : this.#scrolling();
    restore(setup.form, new URLSearchParams(location.search));
    this.#listen();
    this.state.loading();
    this.reload();
  }

  #listen() {
    const { form, reloadSoon } = this;
    const { filtered, isTyped, topic } = this.setup;
    const fromStart = () => {
      this.#seek(0);
      filtered?.();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isTyped) fromStart();
      this.reload();
    });
    if (!isTyped) form.addEventListener("change", () => form.requestSubmit());
    else
      form.addEventListener("input", (event) => {
        if (/** @type {any} */ (event.target).name) fromStart(), this.#typed();
      });
    if (topic)
      connect({
        topics: [topic],
        onOpen: reloadSoon,
        onEvent: (event) => event.topic === topic && reloadSoon(),
        onState: (state) => state === "lost" && this.reloadLater(),
      });
  }

  query() {
    return queryOf(new FormData(this.form), this.setup.always);
  }

  /** Write what the form says into the address. */
  address() {
    const query = this.query();
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    this.form.dispatchEvent(new Event("loft:listed"));
    return query;
  }

  /** Read the page anew. @returns {Promise<void>} */
  async reload() {
    this.reloadSoon.stop();
    this.#typed.stop();
    const query = this.address();
    const turn = this.#turns.ask(String(query));
    const from = this.#from;
    this.setup.csv.href = this.#url({ format: "csv", limit: String(MOST_CSV), offset: "0" });
    try {
      const page = await getJson(this.#url(this.#range(from)));
      await this.setup.fetchMore?.(page);
      if (this.#turns.take(turn)) await this.#got(page, from);
    } catch (problem) {
      if (this.#turns.take(turn)) this.#failed(problem);
    }
  }

  /** What the API is asked now. @param {Record<string, string>} more */
  #url(more) {
    const { ask, ofPage, url } = this.setup;
    return `${url}?${withMore(ask ? ask(this.query()) : without(this.query(), ofPage), more)}`;
  }

  /** @param {number} from the first row that is asked for @returns {Record<string, string>} */
  #range(from) {
    return { limit: String(this.setup.pageRows ?? PAGE), offset: String(from) };
  }

  get #from() {
    return this.window ? pageAround(this.#offset) : this.#offset;
  }

  get #offset() {
    return Number(this.form.elements.offset.value || 0);
  }

  /** @param {Page} page @param {number} from its first row @returns {Promise<void>|undefined} */
  #got(page, from) {
    const last = lastOffset(page.count, this.setup.pageRows ?? 1);
    if (page.results.length === 0 && this.#offset > last) return this.turnTo(last); // rows went meanwhile
    const rows = this.setup.rowsOf ? this.setup.rowsOf(page) : page.results;
    if (!rows) return this.reload();
    const asOf = asOfMs(page);
    [this.rows, this.count, this.#readMs, this.#isStale] = [rows, page.count, asOf || Date.now(), asOf > 0];
    this.window?.read(rows, from, page.count);
    if (asOf) this.reloadLater();
    return this.redraw();
  }

  #scrolling() {
    const { setup } = this;
    return new ListWindow({
      columns: () => setup.columns, // they may be others at another time
      lineOf: setup.lineOf,
      order: () => this.form.elements.ordering?.value,
      setOrder: (ordering) => this.#orderBy(ordering),
      fetchPage: (from) => getJson(this.#url(this.#range(from))),
      again: () => this.reload(),
      failed: (problem) => this.#failed(problem),
      moved: (first) => first !== this.#offset && ((this.form.elements.offset.value = String(first)), this.address()),
    });
  }

  /** @param {number} offset of the row that is to be the first in sight */
  #seek(offset) {
    this.form.elements.offset.value = String(Math.max(0, offset));
    this.#isSought = true;
  }

  /** @param {string} ordering */
  #orderBy(ordering) {
    this.form.elements.ordering.value = ordering;
    if (this.window) this.#seek(0);
    return this.reload();
  }

  /** @param {any} problem */
  #failed(problem) {
    if (this.setup.isLive && this.#readMs && "status" in problem && problem.status !== 403)
      return void (this.#sayStale(), this.reloadLater());
    [this.rows, this.count, this.#readMs] = [[], 0, 0]; // what is not shown any more is not worked with either
    this.setup.drawn?.(0);
    if (problem.status === 403) return this.state.forbidden(problem.detail);
    return this.state.error(problem.message, () => this.reload());
  }

  /** Read again in a while: nothing tells a page that the database answers, and a lost line tells it nothing. */
  reloadLater() {
    this.#again ||= setTimeout(() => ((this.#again = 0), this.reloadSoon()), AGAIN_MS * (0.5 + Math.random()));
  }

  #sayStale() {
    this.#isStale = true;
    this.state.stale((Date.now() - this.#readMs) / 1000);
  }

  /** @param {number} offset */
  turnTo(offset) {
    this.#seek(offset);
    this.setup.turned?.();
    return this.reload();
  }

  /** Draw what was read; nothing where nothing is shown. @returns {undefined} */
  redraw() {
    const { setup, state } = this;
    if (!this.#readMs) return undefined;
    keepFocus(setup.table, () => (this.rows.length ? this.#show() : state.empty(setup.empty)));
    if (this.#isStale) this.#sayStale();
    return void setup.drawn?.(this.count);
  }

  #show() {
    if (!this.window) return this.state.show(this.#table());
    if (!this.window.node.isConnected) {
      this.state.show(this.window.node);
      this.#isSought = true; // what is put into the page anew is scrolled to its top
    }
    this.setup.table.querySelector(".widget-stale")?.remove();
    this.window.draw();
    if (this.#isSought) this.window.reveal(this.#offset);
    return void (this.#isSought = false);
  }

  #table() {
    const { columns, isPagerNeeded, lineOf, pageRows = 0 } = this.setup;
    const order = this.form.elements.ordering?.value;
    const heads = columns.map((column) => headOf(column, order, (ordering) => this.#orderBy(ordering)));
    const lines = this.rows.map((row, index) => {
      const cells = columns.map((column) => column.cell(row));
      return rowOf(columns, cells, lineOf?.(row, index));
    });
    const [offset, last] = [this.#offset, Math.min(this.#offset + pageRows, this.count)];
    const place = { offset, last, count: this.count, rows: pageRows };
    const pager = (!isPagerNeeded || this.count > pageRows) && pagerOf(place, (to) => this.turnTo(to));
    return el("div", { class: "stack" }, tableOf(heads, lines), pager);
  }
}
