/** A list of the REST API as a table: filters and page in the address bar, CSV of the same rows, every state drawn. */
import { getJson } from "./api.js";
import { el, keepFocus, widget } from "./dom.js";
import { formatNumber, gettext, interpolate } from "./i18n.js";

const ROWS = 50;

/**
 * @typedef {{word: string, cell: (row: any) => import("./dom.js").Child, order?: string, isNumber?: boolean}} Column
 * @typedef {{results: any[], count: number}} Page
 * @typedef {{url: string, form: HTMLFormElement, table: HTMLElement, csv: HTMLAnchorElement, columns: Column[],
 *   empty: string,
 *   drawn?: () => void, ofPage?: string[]}} Setup
 * @param {Setup} setup
 *   `ofPage`: fields of the form that the address keeps and the server need not know
 * @returns {{reload: () => Promise<void>}}
 */
export function listing(setup) {
  const state = widget(setup.table);
  restore(setup.form);

  let turn = 0;

  async function reload() {
    const own = ++turn;
    const query = queryOf(setup.form);
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    for (const name of setup.ofPage || []) query.delete(name);
    setup.csv.href = `${setup.url}?${with_(query, { format: "csv", limit: "1000", offset: "0" })}`;
    try {
      const page = await getJson(`${setup.url}?${with_(query, { limit: String(ROWS) })}`);
      if (own !== turn) return; // a later question was asked meanwhile
      if (page.results.length === 0 && goBack(setup.form, page.count)) return await reload();
      keepFocus(setup.table, () =>
        page.results.length ? state.show(tableOf(setup, page, reload)) : state.empty(setup.empty),
      );
      setup.drawn?.();
    } catch (problem) {
      if (own !== turn) return;
      if (problem.status === 403) state.forbidden(problem.detail);
      else state.error(problem.message, reload);
    }
  }

  setup.form.addEventListener("submit", (event) => {
    event.preventDefault();
    setup.form.elements.offset.value = "0";
    reload();
  });
  setup.form.addEventListener("change", () => setup.form.requestSubmit());
  state.loading();
  reload();
  return { reload };
}

/** @param {HTMLFormElement} form */
function restore(form) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = /** @type {any} */ (form.elements.namedItem(name));
    if (field) field.value = value;
  }
}

/**
 * Behind the last row, where rows went meanwhile, go to the last page.
 * @param {HTMLFormElement} form @param {number} count @returns {boolean} whether there is one before
 */
function goBack(form, count) {
  const last = Math.max(0, Math.ceil(count / ROWS) - 1) * ROWS;
  if (Number(form.elements.offset.value || 0) <= last) return false;
  form.elements.offset.value = String(last);
  return true;
}

/** @param {HTMLFormElement} form */
function queryOf(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "offset" && value === "0")) query.set(name, String(value));
  }
  return query;
}

/** @param {URLSearchParams} query @param {Record<string, string>} more */
function with_(query, more) {
  return new URLSearchParams({ ...Object.fromEntries(query), ...more });
}

/** @param {Setup} setup @param {Page} page @param {() => unknown} reload */
function tableOf(setup, page, reload) {
  const heads = setup.columns.map((column) => headOf(setup.form, column, reload));
  const rows = page.results.map((row) =>
    el(
      "tr",
      null,
      ...setup.columns.map((column) => el("td", { class: column.isNumber ? "number" : null }, column.cell(row))),
    ),
  );
  const table = el(
    "table",
    { class: "table" },
    el("thead", null, el("tr", null, ...heads)),
    el("tbody", null, ...rows),
  );
  return el("div", { class: "stack" }, el("div", { class: "table-wrap" }, table), turner(setup.form, page, reload));
}

/**
 * The head of a column; a button where its form can order by it.
 * @param {HTMLFormElement} form @param {Column} column @param {() => unknown} reload
 */
export function headOf(form, column, reload) {
  if (!column.order) return el("th", { scope: "col", class: column.isNumber ? "number" : null }, column.word);
  const order = form.elements.ordering.value;
  const sorted = order === column.order ? "ascending" : order === `-${column.order}` ? "descending" : null;
  const button = el("button", { type: "button", dataset: { focus: `sort-${column.order}` } }, column.word);
  button.addEventListener("click", () => {
    form.elements.ordering.value = sorted === "ascending" ? `-${column.order}` : column.order;
    reload();
  });
  return el("th", { scope: "col", class: column.isNumber ? "number" : null, "aria-sort": sorted }, button);
}

/** @param {HTMLFormElement} form @param {Page} page @param {() => unknown} reload */
function turner(form, page, reload) {
  const offset = Number(form.elements.offset.value || 0);
  return pagerOf({ offset, last: offset + page.results.length, count: page.count, rows: ROWS }, (to) => {
    form.elements.offset.value = String(Math.max(0, to));
    reload();
  });
}

/**
 * Which rows of how many are shown, and buttons to the others.
 * @param {{offset: number, last: number, count: number, rows: number}} place `rows`: of a page
 * @param {(to: number) => unknown} go
 */
export function pagerOf({ offset, last, count, rows }, go) {
  return el(
    "div",
    { class: "pager" },
    interpolate(gettext("%(first)s to %(last)s of %(count)s"), {
      first: formatNumber(offset + 1),
      last: formatNumber(last),
      count: formatNumber(count),
    }),
    el(
      "button",
      {
        class: "button small",
        type: "button",
        dataset: { focus: "earlier" },
        disabled: offset === 0,
        onclick: () => go(offset - rows),
      },
      gettext("Earlier"),
    ),
    el(
      "button",
      {
        class: "button small",
        type: "button",
        dataset: { focus: "next" },
        disabled: last >= count,
        onclick: () => go(offset + rows),
      },
      gettext("Next"),
    ),
  );
}
