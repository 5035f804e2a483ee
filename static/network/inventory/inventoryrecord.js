/** One record in the inspector: its form, its removal with what goes with it, its history. */
import { barred } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { byId, el, replace, widget } from "../../console/dom.js";
import { restOf } from "../../console/fielderrors.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { toast } from "../../console/toast.js";
import { formOf } from "./inventoryform.js";
import { drawHistory } from "./inventoryhistory.js";
import { KINDS, urlOf } from "./inventorykinds.js";
import { dateOf } from "../words.js";
import {
  consequence,
  head,
  sayPlans,
  showWhenError,
  recordState,
  whenAndWhy,
  whenValues,
} from "./inventoryrecordparts.js";

/**
 * @typedef {{add: string, change: string, delete: string, withdraw: string}} Missing rights that this person lacks
 * @typedef {{node: HTMLElement, list: string, missing: Missing, changed: (key: string|null) => void,
 *   closed: () => void}} Setup
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
        head(() => this.close(), key),
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
    if (!key || !changes.some((change) => change.kind === this.kind.record && change.key === key)) return;
    const row = await getJson(urlOf(this.setup.list, key)).catch(() => null);
    if (!this.#shown || this.kind.keyOf(this.#shown) !== key || row?.changed_at === this.#shown.changed_at) return;
    if (this.#isIdle()) return void this.open(key);
    const again = el("button", { class: "button small", type: "button" }, gettext("Read it again"));
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
      { class: "plain stack", ...barred(missing && lacking(missing)) },
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
      missing && el("p", { class: "banner warning" }, lacking(missing)),
      fieldset,
    );
    box.addEventListener("submit", (event) => (event.preventDefault(), this.#save(row, form)));
    replace(
      this.setup.node,
      head(() => this.close(), row ? this.kind.keyOf(row) : this.kind.title, row),
      el(
        "div",
        { class: "record-body stack" },
        row && recordState(this.kind, row),
        box,
        row && this.#removal(row),
        row && this.#history(this.kind.keyOf(row)),
      ),
    );
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
      { class: "button danger small", type: "button", ...barred(missing && lacking(missing)) },
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
    return el("div", { class: "row" }, button, missing && el("span", { class: "muted" }, lacking(missing)));
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
      const words = restOf(problem, showWhenError(this.#form ? this.#form.showErrors(errors) : errors));
      replace(rest, ...words.map((text) => el("p", { class: "field-error" }, text)));
    }
  }
}
