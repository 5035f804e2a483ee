/** Quotas: what each organisation may have and has used, and changing a limit. */
import { namedBy } from "../names.js";
import { getAll, sendJson } from "../api.js";
import { openDialog } from "../dialog.js";
import { byId, chip, el, keepFocus, widget } from "../dom.js";
import { onceAtATime, onSubmit } from "../forms.js";
import { formatNumber, gettext, interpolate } from "../i18n.js";
import { tableOf } from "../table.js";

const EVERY_MS = 5000;
const MOST = 2 ** 53 - 1;
const NO_LONGER = [401, 403]; // asking again would only be refused again
const NEARLY = 0.8;
/** @type {Record<string, string>} */
const WORDS = {
  requests_per_s: gettext("Requests per second"),
  positions_per_s: gettext("Positions per second"),
  rows_per_day: gettext("Rows stored per day"),
  jobs_per_day: gettext("Jobs per day"),
  jobs_open: gettext("Jobs open at once"),
  sockets: gettext("Open sockets"),
  storage_bytes: gettext("Bytes stored"),
};
const HEADS = [
  gettext("Quota"),
  { word: gettext("Used"), isNumber: true },
  { word: gettext("Limit"), isNumber: true },
  { word: gettext("Per key"), isNumber: true },
  { word: gettext("Refused"), isNumber: true },
  gettext("State"),
  "",
];
const list = byId("list");
const state = widget(list);
let turn = 0;
let asking = 0;
let readMs = 0;

async function draw() {
  const own = ++turn;
  asking += 1;
  try {
    const rows = await getAll("/api/v1/quotas");
    if (own === turn) show(rows);
  } catch (problem) {
    if (own === turn) tell(problem);
  } finally {
    asking -= 1;
  }
}

/** @param {any[]} rows */
function show(rows) {
  readMs = performance.now();
  keepFocus(list, () => {
    if (rows.length === 0) state.empty(gettext("You belong to no organisation."));
    else state.show(el("div", { class: "stack" }, ...rows.map(cardOf)));
  });
}

/** What was read stays, and says how old it is, unless it may be read no longer. @param {any} problem */
function tell(problem) {
  const isOver = NO_LONGER.includes(problem.status);
  if (isOver) clearInterval(timer);
  if (readMs && !isOver) return state.stale((performance.now() - readMs) / 1000);
  if (problem.status === 403) state.forbidden(problem.detail);
  else state.error(problem.message, draw);
}

/** @param {any} row */
function cardOf(row) {
  const name = document.documentElement.lang.startsWith("zh") ? row.name_zh : row.name_en;
  const rows = row.quotas.map((/** @type {any} */ quota) => cellsOf(row.organisation, quota));
  return el("section", { class: "card stack" }, el("h2", null, name), tableOf(HEADS, rows));
}

/** @param {string} slug @param {any} quota */
function cellsOf(slug, quota) {
  const numbers = [quota.used, quota.limit, quota.per_key, quota.refused];
  const change = list.dataset.mayChange ? changeButton(slug, quota) : "";
  return [
    WORDS[quota.quota],
    ...numbers.map((number) => (number === null ? "" : formatNumber(number))),
    stateOf(quota),
    change,
  ];
}

/** @param {any} quota */
function stateOf(quota) {
  if (quota.used >= quota.limit) return chip("critical", gettext("used up"));
  if (quota.used >= quota.limit * NEARLY) return chip("warning", gettext("nearly used up"));
  return chip("normal", gettext("enough left"));
}

/** @param {string} slug @param {any} quota */
function changeButton(slug, quota) {
  const focus = `${slug}-${quota.quota}`;
  return el(
    "button",
    {
      class: "button small",
      type: "button",
      "aria-label": titleOf(slug, quota),
      dataset: { focus },
      onclick: () => openChange(slug, quota),
    },
    gettext("Change"),
  );
}

/** @param {string} slug @param {any} quota */
const titleOf = (slug, quota) =>
  interpolate(gettext("%(what)s of %(slug)s"), { what: WORDS[quota.quota], slug: namedBy("organisation", slug) });

/** @param {string} slug @param {any} quota */
function openChange(slug, quota) {
  // an emptied field is no limit of nought, which would shut the organisation out
  const field = el("input", {
    type: "number",
    name: "limit",
    min: 0,
    max: MOST,
    step: 1,
    required: true,
    value: quota.limit,
    "aria-label": WORDS[quota.quota],
  });
  const reset = el("button", { class: "button", type: "button" }, gettext("As in the settings"));
  const form = /** @type {any} */ (
    el(
      "form",
      { class: "form", autocomplete: "off" },
      field,
      el("div", { class: "row" }, el("button", { class: "button primary" }, gettext("Save")), reset),
    )
  );
  const dialog = openDialog(titleOf(slug, quota), [form]);
  /** @param {any} limit */
  const set = async (limit) => {
    await sendJson("PATCH", `/api/v1/quotas/${encodeURIComponent(slug)}`, { [quota.quota]: limit });
    dialog.close();
    await draw();
  };
  onSubmit(form, () => set(form.elements.limit.valueAsNumber));
  reset.addEventListener(
    "click",
    onceAtATime(() => set(null)),
  );
}

state.loading();
draw();
const timer = setInterval(
  () => document.hidden || asking || document.querySelector("dialog[open]") || draw(),
  EVERY_MS,
);
