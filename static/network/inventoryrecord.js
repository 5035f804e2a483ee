/** One record in the inspector: its form, its removal with what goes with it, its history. */
import { getJson, sendJson } from "../console/api.js";
import { confirmAction } from "../console/dialog.js";
import { byId, chip, el, icon, replace, widget } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { toast } from "../console/toast.js";
import { clear, formOf, mark, momentOf } from "./inventoryform.js";
import { drawHistory } from "./inventoryhistory.js";
import { KINDS, urlOf } from "./inventorykinds.js";
import { dateOf, nameOf } from "./words.js";

/**
 * @typedef {{add: string, change: string, delete: string, withdraw: string}} Missing rights that this person lacks
 * @typedef {{node: HTMLElement, list: string, missing: Missing, changed: (key: string|null) => void, closed: () =>
 *   void}} Setup
 */

export class RecordPanel {
  /** @type {ReturnType<typeof formOf>|null} */
  #form = null;
  /** @type {any} */
  #shown = null;
  #turn = 0;
  /** @type {HTMLElement} */
  #inspector;

  /** @param {Setup} setup */
  constructor(setup) {
    this.setup = setup;
    this.kind = KINDS[setup.list];
    this.#inspector = /** @type {HTMLElement} */ (setup.node.closest(".inspector"));
  }

  isOpen() {
    return this.#inspector.dataset.closed === "false";
  }

  /** @param {any} key @param {any} [given] */
  async open(key, { isFocused = false } = {}) {
    if (!(await this.#mayLeave())) return false;
    const own = ++this.#turn;
    this.#form = this.#shown = null;
    this.#inspector.dataset.closed = "false";
    widget(this.setup.node).loading();
    try {
      const row = await getJson(urlOf(this.setup.list, key));
      if (own !== this.#turn) return false; // another record was opened meanwhile
      this.#draw(row);
      if (isFocused) byId("record-title").focus();
    } catch (problem) {
      if (own !== this.#turn) return false;
      replace(
        this.setup.node,
        this.#head(key),
        el("div", { class: "record-body stack" }, el("div", { id: "record-state" }), this.#history(key)),
      );
      const state = widget(byId("record-state"));
      if (problem.status === 404)
        state.empty(gettext("There is no such record now; it may be planned, or have been removed."));
      else state.error(problem.message, () => this.open(key));
    }
    return true;
  }

  async create() {
    if (this.setup.missing.add || !(await this.#mayLeave())) return false;
    this.#inspector.dataset.closed = "false";
    this.#turn += 1;
    this.#draw(null);
    /** @type {HTMLElement|null} */ (this.setup.node.querySelector("input, select"))?.focus();
    return true;
  }

  /**
   * Somebody changed records: take the new values, unless that would wipe out what is being entered.
   * @param {any[]} changes
   */
  async refresh(changes) {
    const key = this.#shown && this.kind.keyOf(this.#shown);
    if (!key || !changes.some((one) => one.kind === this.kind.record && one.key === key)) return;
    const row = await getJson(urlOf(this.setup.list, key)).catch(() => null);
    if (!this.#shown || this.kind.keyOf(this.#shown) !== key || row?.changed_at === this.#shown.changed_at) return;
    if (this.#isIdle()) return void this.open(key);
    const again = el("button", { class: "button small", type: "button" }, gettext("Read it anew"));
    again.addEventListener("click", () => ((this.#form = null), this.open(key)));
    replace(
      byId("rest"),
      el("p", { class: "banner warning" }, gettext("Somebody else changed this record meanwhile."), again),
    );
  }

  #isIdle() {
    return Object.keys(this.#form?.changed() || {}).length === 0 && !this.setup.node.contains(document.activeElement);
  }

  async close() {
    if (!(await this.#mayLeave())) return false;
    this.#form = this.#shown = null;
    this.#inspector.dataset.closed = "true";
    replace(this.setup.node);
    this.setup.closed();
    return true;
  }

  async #mayLeave() {
    if (!this.#form || Object.keys(this.#form.changed()).length === 0) return true;
    return confirmAction(gettext("Leave without saving?"), gettext("What you entered here is lost."), gettext("Leave"));
  }

  /** @param {any} row */
  #draw(row) {
    const missing = row ? this.setup.missing.change : this.setup.missing.add;
    this.#shown = row;
    const form = formOf(this.kind.fields, row);
    this.#form = form;
    const fieldset = el(
      "fieldset",
      { class: "plain stack", disabled: Boolean(missing) },
      el("div", { class: "record-fields" }, ...form.nodes),
      ...whenAndWhy(),
      el(
        "div",
        { class: "record-foot" },
        el("div", { id: "rest", role: "alert" }),
        el("button", { class: "button primary" }, row ? gettext("Save") : gettext("Add")),
      ),
    );
    const box = el(
      "form",
      { class: "form", novalidate: true },
      missing && el("p", { class: "banner warning" }, lack(missing)),
      fieldset,
    );
    box.addEventListener("submit", (event) => (event.preventDefault(), this.#save(row, form)));
    replace(
      this.setup.node,
      this.#head(row ? this.kind.keyOf(row) : this.kind.title, row),
      el(
        "div",
        { class: "record-body stack" },
        row && this.#standing(row),
        box,
        row && this.#removal(row),
        row && this.#history(this.kind.keyOf(row)),
      ),
    );
  }

  /** @param {string} title @param {any} [row] */
  #head(title, row = null) {
    const shut = el("button", { class: "icon-button", type: "button", "aria-label": gettext("Close") }, icon("close"));
    shut.addEventListener("click", () => this.close());
    const name = row?.name_en ? nameOf(row) : title;
    return el(
      "div",
      { class: "record-head" },
      el(
        "div",
        null,
        el("h2", { id: "record-title", tabindex: "-1" }, name),
        name === title ? null : el("span", { class: "muted mono" }, title),
      ),
      shut,
    );
  }

  /** @param {any} row */
  #standing(row) {
    const link = this.kind.pageOf && el("a", { href: this.kind.pageOf(row) }, gettext("To its page"));
    const since = row.valid_from
      ? interpolate(gettext("These values hold since %(time)s."), { time: dateOf(row.valid_from) })
      : gettext("These values are from before the records began.");
    return el("p", { class: "row" }, el("span", { class: "muted" }, since), link, el("span", { id: "plans" }));
  }

  /** @param {any} row @param {ReturnType<typeof formOf>} form */
  async #save(row, form) {
    const when = whenValues();
    const values = row ? form.changed() : form.values();
    if (row && Object.keys(values).length === 0) return toast(gettext("Nothing was changed in the form."));
    return this.#attempt(async () => {
      const answer = row
        ? await sendJson("PATCH", urlOf(this.setup.list, this.kind.keyOf(row)), { ...values, ...when })
        : await sendJson("POST", `/api/v1/${this.setup.list}`, { ...values, ...when });
      const key = row ? this.kind.keyOf(row) : this.kind.keyOf(values);
      this.#done(answer, gettext("Saved"), key);
    });
  }

  /** @param {any} row */
  #removal(row) {
    const missing = this.setup.missing.delete;
    const button = el(
      "button",
      { class: "button danger small", type: "button", disabled: Boolean(missing) },
      gettext("Remove"),
    );
    button.addEventListener("click", async () => {
      const key = this.kind.keyOf(row);
      const when = whenValues();
      const time =
        when.valid_from && new Date(when.valid_from) > new Date()
          ? interpolate(gettext("It is planned for %(time)s."), { time: dateOf(when.valid_from) })
          : "";
      const words = [await consequence(this.kind, key), time].filter(Boolean).join(" ");
      if (!(await confirmAction(interpolate(gettext("Remove %(key)s?"), { key }), words, gettext("Remove")))) return;
      await this.#attempt(async () =>
        this.#done(
          await sendJson("DELETE", urlOf(this.setup.list, key), Object.keys(when).length ? when : undefined),
          gettext("Removed"),
          null,
        ),
      );
    });
    return el("div", { class: "row" }, button, missing && el("span", { class: "muted" }, lack(missing)));
  }

  /** @param {any} key */
  #history(key) {
    const node = el("div", { id: "history" });
    widget(node).loading();
    drawHistory(node, this.kind.record, key, {
      missing: this.setup.missing.withdraw,
      changed: () => this.open(key),
      drawn: sayPlans,
    });
    return el(
      "section",
      { class: "stack", "aria-labelledby": "history-title" },
      el("h3", { id: "history-title" }, gettext("History and plans")),
      node,
    );
  }

  /** @param {any} answer @param {string} word @param {any} key */
  #done(answer, word, key) {
    this.#form = null;
    const isPlanned = answer && "applied_at" in answer && !answer.applied_at;
    toast(isPlanned ? interpolate(gettext("Planned from %(time)s"), { time: dateOf(answer.valid_from) }) : word);
    this.setup.changed(isPlanned && key && !answer.values ? null : key);
  }

  /** @param {(...given: any[]) => unknown} action */
  async #attempt(action) {
    const rest = byId("rest");
    replace(rest);
    try {
      await action();
    } catch (problem) {
      const errors = problem.errors || [];
      const left = showWhenError(this.#form ? this.#form.showErrors(errors) : errors);
      const words = left.map((error) => `${error.field}: ${error.expected}`);
      const heading = problem.errors?.length ? [] : [problem.message];
      replace(rest, ...[...heading, ...words].map((text) => el("p", { class: "field-error" }, text)));
    }
  }
}

/** Say beside the values that they are planned to change. @param {any[]} plans */
function sayPlans(plans) {
  const first = plans.at(-1); // the newest come first
  const node = byId("plans");
  if (node && first)
    replace(
      node,
      chip("waiting", interpolate(gettext("planned to change from %(time)s"), { time: dateOf(first.valid_from) })),
    );
}

/** @param {string} right */
function lack(right) {
  return interpolate(gettext("You lack the right %(right)s."), { right });
}

/** When the values begin to hold, and why they are changed. */
function whenAndWhy() {
  const zone = document.documentElement.dataset.timeZone || "UTC";
  return [
    el(
      "div",
      { class: "field" },
      el("label", { for: "r-valid_from" }, interpolate(gettext("Valid from (%(zone)s)"), { zone })),
      el("input", { id: "r-valid_from", type: "datetime-local", "aria-describedby": "r-valid_from-hint" }),
      el(
        "span",
        { class: "hint", id: "r-valid_from-hint" },
        gettext("Empty: at once. A time to come makes it a plan."),
      ),
    ),
    el(
      "div",
      { class: "field" },
      el("label", { for: "r-reason" }, gettext("Reason (may stay empty)")),
      el("input", { id: "r-reason", maxlength: 200, autocomplete: "off" }),
    ),
  ];
}

function whenValues() {
  const found = { valid_from: momentOf(valueIn("r-valid_from")), reason: valueIn("r-reason") };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value));
}

/** @param {string} id */
function valueIn(id) {
  return /** @type {HTMLInputElement} */ (byId(id)).value.trim();
}

/** @param {any[]} errors */
function showWhenError(errors) {
  /** @param {any} error */
  const node = (error) => byId(`r-${error.field}`);
  for (const name of ["valid_from", "reason"]) clear(node({ field: name }));
  return errors.filter((error) => {
    const isHere = ["valid_from", "reason"].includes(error.field);
    if (isHere) mark(node(error), error.expected);
    return !isHere;
  });
}

/** What goes with a record that is removed, in words. @param {any} kind @param {any} key */
async function consequence(kind, key) {
  const found = await Promise.all([counted(kind.goesWith, key), counted(kind.keeps, key)]).catch(() => null);
  if (!found) return gettext("What goes with it could not be read, so it is unknown. Its history stays on record.");
  const [gone, kept] = found;
  if (kept.length)
    return interpolate(gettext("It still holds %(what)s. They have to be removed or moved first."), {
      what: list(kept),
    });
  if (gone.length)
    return interpolate(gettext("With it go %(what)s. Its history stays on record."), { what: list(gone) });
  return gettext("Nothing else goes with it. Its history stays on record.");
}

/** @param {any[]|undefined} wanted @param {string} key */
async function counted(wanted, key) {
  const found = await Promise.all(
    (wanted || []).map(async (one) => ({
      ...one,
      count: (await getJson(`${one.url}?${one.query}=${encodeURIComponent(key)}&limit=1`)).count,
    })),
  );
  return found.filter((one) => one.count).map((one) => interpolate(one.words(one.count), { count: one.count }));
}

/** @param {string[]} words */
function list(words) {
  return new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" }).format(words);
}
