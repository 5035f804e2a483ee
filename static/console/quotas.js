/** Quotas: what each organisation may have and has used, and changing a limit. */
import { getJson, sendJson } from "./api.js";
import { openDialog } from "./dialog.js";
import { chip, el, widget } from "./dom.js";
import { formatNumber, gettext, interpolate } from "./i18n.js";
import { toast } from "./toast.js";

const EVERY_MS = 5000;
const MOST = 1000;
const NEARLY = 0.8;
const WORDS = {
  requests_per_s: gettext("Requests per second"),
  positions_per_s: gettext("Positions per second"),
  rows_per_day: gettext("Rows stored per day"),
  jobs_per_day: gettext("Jobs per day"),
  jobs_open: gettext("Jobs open at once"),
  sockets: gettext("Open sockets"),
  storage_bytes: gettext("Bytes stored"),
};
const list = document.getElementById("list");
const state = widget(list);

async function draw() {
  try {
    const page = await getJson(`/api/v1/quotas?limit=${MOST}`);
    if (page.results.length === 0) state.empty(gettext("You belong to no organisation."));
    else state.show(el("div", { class: "stack" }, ...page.results.map(cardOf)));
  } catch (problem) {
    if (problem.status === 403) state.forbidden(problem.detail);
    else state.error(problem.message, draw);
  }
}

function cardOf(row) {
  const name = document.documentElement.lang.startsWith("zh") ? row.name_zh : row.name_en;
  const heads = [gettext("Quota"), gettext("Used"), gettext("Limit"), gettext("Per key"), gettext("Refused"), gettext("State"), ""];
  const head = el("tr", null, ...heads.map((word) => el("th", { scope: "col" }, word)));
  const rows = row.quotas.map((quota) => rowOf(row.organisation, quota));
  return el("section", { class: "card stack" }, el("h2", null, name), el("div", { class: "table-wrap" }, el("table", { class: "table" }, el("thead", null, head), el("tbody", null, ...rows))));
}

function rowOf(slug, quota) {
  const number = (value) => el("td", { class: "number" }, value === null ? "" : formatNumber(value));
  const change = list.dataset.mayChange ? changeButton(slug, quota) : "";
  return el("tr", null, el("td", null, WORDS[quota.quota]), number(quota.used), number(quota.limit), number(quota.per_key), number(quota.refused), el("td", null, stateOf(quota)), el("td", null, change));
}

function stateOf(quota) {
  if (quota.used >= quota.limit) return chip("critical", gettext("used up"));
  if (quota.used >= quota.limit * NEARLY) return chip("warning", gettext("nearly used up"));
  return chip("normal", gettext("enough left"));
}

function changeButton(slug, quota) {
  const button = el("button", { class: "button small", type: "button" }, gettext("Change"));
  button.addEventListener("click", () => {
    const field = el("input", { type: "number", min: "0", value: quota.limit, "aria-label": WORDS[quota.quota] });
    const save = el("button", { class: "button primary", type: "button" }, gettext("Save"));
    const reset = el("button", { class: "button", type: "button" }, gettext("As in the settings"));
    const dialog = openDialog(interpolate(gettext("%(what)s of %(slug)s"), { what: WORDS[quota.quota], slug }), [field], [save, reset]);
    save.addEventListener("click", () => set(slug, { [quota.quota]: Number(field.value) }, dialog));
    reset.addEventListener("click", () => set(slug, { [quota.quota]: null }, dialog));
  });
  return button;
}

async function set(slug, limits, dialog) {
  try {
    await sendJson("PATCH", `/api/v1/quotas/${slug}`, limits);
    dialog?.close?.();
    await draw();
  } catch (problem) {
    const errors = (problem.errors || []).map((error) => `${error.field}: ${error.expected}`);
    toast([problem.message, ...errors].join(" · "), "error");
  }
}

state.loading();
draw();
setInterval(() => document.hidden || document.querySelector("dialog[open]") || draw(), EVERY_MS);
