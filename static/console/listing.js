/** A list of the REST API as a table: filters and page in the address bar, CSV of the same rows, every state drawn. */
import { barred, FIRST_PAGE, LAST_PAGE } from "./barred.js";
import { asOfMs, getJson } from "./api.js";
import { el, keepFocus, widget } from "./dom.js";
import { connect } from "./hub.js";
import { formatNumber, gettext, interpolate } from "./i18n.js";
import { lastOffset, queryOf, restore, without, withMore } from "./listquery.js";
import { onceQuiet, soon } from "./soon.js";
import { headOf, rowOf, tableOf } from "./table.js";
import { Turns } from "./turns.js";

const ROWS = 50;
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
 * @property {number} [pageRows] how many rows a page has
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
    restore(setup.form, new URLSearchParams(location.search));
    this.#listen();
    this.state.loading();
    this.reload();
  }

  #listen() {
    const { form, reloadSoon } = this;
    const { filtered, isTyped, topic } = this.setup;
    const fromStart = () => {
      form.elements.offset.value = "0";
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
    const { setup } = this;
    const query = this.address();
    const turn = this.#turns.ask(String(query));
    const asked = setup.ask ? setup.ask(query) : without(query, setup.ofPage);
    setup.csv.href = `${setup.url}?${withMore(asked, { format: "csv", limit: String(MOST_CSV), offset: "0" })}`;
    try {
      const page = await getJson(`${setup.url}?${withMore(asked, { limit: String(this.#most) })}`);
      await setup.fetchMore?.(page);
      if (this.#turns.take(turn)) await this.#got(page);
    } catch (problem) {
      if (this.#turns.take(turn)) this.#failed(problem);
    }
  }

  get #most() {
    return this.setup.pageRows ?? ROWS;
  }

  get #offset() {
    return Number(this.form.elements.offset.value || 0);
  }

  /** @param {Page} page @returns {Promise<void>|undefined} */
  #got(page) {
    const last = lastOffset(page.count, this.#most);
    if (page.results.length === 0 && this.#offset > last) return this.turnTo(last); // rows went meanwhile
    const rows = this.setup.rowsOf ? this.setup.rowsOf(page) : page.results;
    if (!rows) return this.reload();
    const asOf = asOfMs(page);
    [this.rows, this.count, this.#readMs, this.#isStale] = [rows, page.count, asOf || Date.now(), asOf > 0];
    if (asOf) this.reloadLater();
    return this.redraw();
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
    this.form.elements.offset.value = String(Math.max(0, offset));
    this.setup.turned?.();
    return this.reload();
  }

  /** Draw what was read; nothing where nothing is shown. @returns {undefined} */
  redraw() {
    const { setup, state } = this;
    if (!this.#readMs) return undefined;
    keepFocus(setup.table, () => (this.rows.length ? state.show(this.#table()) : state.empty(setup.empty)));
    if (this.#isStale) this.#sayStale();
    return void setup.drawn?.(this.count);
  }

  #table() {
    const { form, setup } = this;
    const { columns, isPagerNeeded, lineOf } = setup;
    const order = (/** @type {string} */ ordering) => ((form.elements.ordering.value = ordering), this.reload());
    const heads = columns.map((column) => headOf(column, form.elements.ordering?.value, order));
    const lines = this.rows.map((row, index) => {
      const cells = columns.map((column) => column.cell(row));
      return rowOf(columns, cells, lineOf?.(row, index));
    });
    const hasPager = !isPagerNeeded || this.count > this.#most;
    return el("div", { class: "stack" }, tableOf(heads, lines), hasPager && this.#pager());
  }

  #pager() {
    const offset = this.#offset;
    const last = Math.min(offset + this.#most, this.count);
    return pagerOf({ offset, last, count: this.count, rows: this.#most }, (to) => this.turnTo(to));
  }
}

/**
 * Which rows of how many are shown, and buttons to the others.
 * @param {{offset: number, last: number, count: number, rows: number}} place `rows`: of a page
 * @param {(to: number) => unknown} go
 */
function pagerOf({ offset, last, count, rows }, go) {
  /** @param {string} focus @param {string} word @param {number} to @param {string|false} reason why it is of no use */
  const button = (focus, word, to, reason) =>
    el(
      "button",
      { class: "button small", type: "button", dataset: { focus }, ...barred(reason), onclick: () => go(to) },
      word,
    );
  const place = { first: formatNumber(offset + 1), last: formatNumber(last), count: formatNumber(count) };
  return el(
    "div",
    { class: "pager" },
    interpolate(gettext("%(first)s to %(last)s of %(count)s"), place),
    button("earlier", gettext("Earlier"), offset - rows, offset === 0 && FIRST_PAGE),
    button("next", gettext("Next"), offset + rows, last >= count && LAST_PAGE),
  );
}
