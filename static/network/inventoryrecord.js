/** One record in the inspector: its form, its removal with what goes with it, its history. */
import { getJson, sendJson } from "../console/api.js";
import { confirmAction } from "../console/dialog.js";
import { chip, el, icon, replace, widget } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { toast } from "../console/toast.js";
import { clear, formOf, mark, momentOf } from "./inventoryform.js";
import { drawHistory } from "./inventoryhistory.js";
import { KINDS, urlOf } from "./inventorykinds.js";
import { dateOf, nameOf } from "./words.js";

/**
 * @param {{node: HTMLElement, list: string, missing: {add: string, change: string, delete: string, withdraw: string}, changed: (key: string|null) => void, closed: () => void}} setup
 */
export function recordPanel(setup) {
  const kind = KINDS[setup.list];
  let form = null;
  let shown = null;
  let turn = 0;

  async function open(key, { isFocused = false } = {}) {
    if (!(await mayLeave())) return false;
    const own = ++turn;
    form = shown = null;
    setup.node.closest(".inspector").dataset.closed = "false";
    widget(setup.node).loading();
    try {
      const row = await getJson(urlOf(setup.list, key));
      if (own !== turn) return false; // another record was opened meanwhile
      draw(row);
      if (isFocused) document.getElementById("record-title").focus();
    } catch (problem) {
      if (own !== turn) return false;
      replace(setup.node, head(key), el("div", { class: "record-body stack" }, el("div", { id: "record-state" }), history(key)));
      const state = widget(document.getElementById("record-state"));
      if (problem.status === 404) state.empty(gettext("There is no such record now; it may be planned, or have been removed."));
      else state.error(problem.message, () => open(key));
    }
    return true;
  }

  async function create() {
    if (setup.missing.add || !(await mayLeave())) return false;
    setup.node.closest(".inspector").dataset.closed = "false";
    turn += 1;
    draw(null);
    setup.node.querySelector("input, select")?.focus();
    return true;
  }

  /** Somebody changed records: take the new values, unless that would wipe out what is being entered. */
  async function refresh(changes) {
    const key = shown && kind.keyOf(shown);
    if (!key || !changes.some((one) => one.kind === kind.record && one.key === key)) return;
    const row = await getJson(urlOf(setup.list, key)).catch(() => null);
    if (!shown || kind.keyOf(shown) !== key || row?.changed_at === shown.changed_at) return;
    if (isIdle()) return void open(key);
    const again = el("button", { class: "button small", type: "button" }, gettext("Read it anew"));
    again.addEventListener("click", () => ((form = null), open(key)));
    replace(document.getElementById("rest"), el("p", { class: "banner warning" }, gettext("Somebody else changed this record meanwhile."), again));
  }

  function isIdle() {
    return Object.keys(form?.changed() || {}).length === 0 && !setup.node.contains(document.activeElement);
  }

  async function close() {
    if (!(await mayLeave())) return false;
    form = shown = null;
    setup.node.closest(".inspector").dataset.closed = "true";
    replace(setup.node);
    setup.closed();
    return true;
  }

  async function mayLeave() {
    if (!form || Object.keys(form.changed()).length === 0) return true;
    return confirmAction(gettext("Leave without saving?"), gettext("What you entered here is lost."), gettext("Leave"));
  }

  function draw(row) {
    const missing = row ? setup.missing.change : setup.missing.add;
    shown = row;
    form = formOf(kind.fields, row);
    const fieldset = el("fieldset", { class: "plain stack", disabled: Boolean(missing) }, el("div", { class: "record-fields" }, ...form.nodes), ...whenAndWhy(),
      el("div", { class: "record-foot" }, el("div", { id: "rest", role: "alert" }), el("button", { class: "button primary" }, row ? gettext("Save") : gettext("Add"))));
    const box = el("form", { class: "form", novalidate: true }, missing && el("p", { class: "banner warning" }, lack(missing)), fieldset);
    box.addEventListener("submit", (event) => (event.preventDefault(), save(row)));
    replace(setup.node, head(row ? kind.keyOf(row) : kind.title, row), el("div", { class: "record-body stack" }, row && standing(row), box, row && removal(row), row && history(kind.keyOf(row))));
  }

  function head(title, row = null) {
    const shut = el("button", { class: "icon-button", type: "button", "aria-label": gettext("Close") }, icon("close"));
    shut.addEventListener("click", close);
    const name = row?.name_en ? nameOf(row) : title;
    return el("div", { class: "record-head" }, el("div", null, el("h2", { id: "record-title", tabindex: "-1" }, name), name === title ? null : el("span", { class: "muted mono" }, title)), shut);
  }

  function standing(row) {
    const link = kind.pageOf && el("a", { href: kind.pageOf(row) }, gettext("To its page"));
    const since = row.valid_from ? interpolate(gettext("These values hold since %(time)s."), { time: dateOf(row.valid_from) }) : gettext("These values are from before the records began.");
    return el("p", { class: "row" }, el("span", { class: "muted" }, since), link, el("span", { id: "plans" }));
  }

  async function save(row) {
    const when = whenValues();
    const values = row ? form.changed() : form.values();
    if (row && Object.keys(values).length === 0) return toast(gettext("Nothing was changed in the form."));
    return attempt(async () => {
      const answer = row ? await sendJson("PATCH", urlOf(setup.list, kind.keyOf(row)), { ...values, ...when }) : await sendJson("POST", `/api/v1/${setup.list}`, { ...values, ...when });
      const key = row ? kind.keyOf(row) : kind.keyOf(values);
      done(answer, gettext("Saved"), key);
    });
  }

  function removal(row) {
    const missing = setup.missing.delete;
    const button = el("button", { class: "button danger small", type: "button", disabled: Boolean(missing) }, gettext("Remove"));
    button.addEventListener("click", async () => {
      const key = kind.keyOf(row);
      const when = whenValues();
      const time = when.valid_from && new Date(when.valid_from) > new Date() ? interpolate(gettext("It is planned for %(time)s."), { time: dateOf(when.valid_from) }) : "";
      const words = [await consequence(kind, key), time].filter(Boolean).join(" ");
      if (!(await confirmAction(interpolate(gettext("Remove %(key)s?"), { key }), words, gettext("Remove")))) return;
      await attempt(async () => done(await sendJson("DELETE", urlOf(setup.list, key), Object.keys(when).length ? when : undefined), gettext("Removed"), null));
    });
    return el("div", { class: "row" }, button, missing && el("span", { class: "muted" }, lack(missing)));
  }

  function history(key) {
    const node = el("div", { id: "history" });
    widget(node).loading();
    drawHistory(node, kind.record, key, { missing: setup.missing.withdraw, changed: () => open(key), drawn: sayPlans });
    return el("section", { class: "stack", "aria-labelledby": "history-title" }, el("h3", { id: "history-title" }, gettext("History and plans")), node);
  }

  function done(answer, word, key) {
    form = null;
    const isPlanned = answer && "applied_at" in answer && !answer.applied_at;
    toast(isPlanned ? interpolate(gettext("Planned from %(time)s"), { time: dateOf(answer.valid_from) }) : word);
    setup.changed(isPlanned && key && !answer.values ? null : key);
  }

  async function attempt(action) {
    const rest = document.getElementById("rest");
    replace(rest);
    try {
      await action();
    } catch (problem) {
      const left = showWhenError(form.showErrors(problem.errors || []));
      const words = left.map((error) => `${error.field}: ${error.expected}`);
      const heading = problem.errors?.length ? [] : [problem.message];
      replace(rest, ...[...heading, ...words].map((text) => el("p", { class: "field-error" }, text)));
    }
  }

  return { open, create, close, refresh, isOpen: () => setup.node.closest(".inspector").dataset.closed === "false" };
}

/** Say beside the values that they are planned to change. */
function sayPlans(plans) {
  const first = plans.at(-1); // the newest come first
  const node = document.getElementById("plans");
  if (node && first) replace(node, chip("waiting", interpolate(gettext("planned to change from %(time)s"), { time: dateOf(first.valid_from) })));
}

function lack(right) {
  return interpolate(gettext("You lack the right %(right)s."), { right });
}

/** When the values begin to hold, and why they are changed. */
function whenAndWhy() {
  const zone = document.documentElement.dataset.timeZone || "UTC";
  return [
    el("div", { class: "field" }, el("label", { for: "r-valid_from" }, interpolate(gettext("Valid from (%(zone)s)"), { zone })), el("input", { id: "r-valid_from", type: "datetime-local", "aria-describedby": "r-valid_from-hint" }),
      el("span", { class: "hint", id: "r-valid_from-hint" }, gettext("Empty: at once. A time to come makes it a plan."))),
    el("div", { class: "field" }, el("label", { for: "r-reason" }, gettext("Reason (may stay empty)")), el("input", { id: "r-reason", maxlength: 200, autocomplete: "off" })),
  ];
}

function whenValues() {
  const found = { valid_from: momentOf(valueIn("r-valid_from")), reason: valueIn("r-reason") };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value));
}

function valueIn(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id)).value.trim();
}

function showWhenError(errors) {
  const node = (error) => document.getElementById(`r-${error.field}`);
  for (const name of ["valid_from", "reason"]) clear(node({ field: name }));
  return errors.filter((error) => {
    const isHere = ["valid_from", "reason"].includes(error.field);
    if (isHere) mark(node(error), error.expected);
    return !isHere;
  });
}

/** What goes with a record that is removed, in words. */
async function consequence(kind, key) {
  const found = await Promise.all([counted(kind.goesWith, key), counted(kind.keeps, key)]).catch(() => null);
  if (!found) return gettext("What goes with it could not be read, so it is unknown. Its history stays on record.");
  const [gone, kept] = found;
  if (kept.length) return interpolate(gettext("It still holds %(what)s. They have to be removed or moved first."), { what: list(kept) });
  if (gone.length) return interpolate(gettext("With it go %(what)s. Its history stays on record."), { what: list(gone) });
  return gettext("Nothing else goes with it. Its history stays on record.");
}

async function counted(wanted = [], key) {
  const found = await Promise.all(wanted.map(async (one) => ({ ...one, count: (await getJson(`${one.url}?${one.query}=${encodeURIComponent(key)}&limit=1`)).count })));
  return found.filter((one) => one.count).map((one) => interpolate(one.words(one.count), { count: one.count }));
}

function list(words) {
  return new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" }).format(words);
}
