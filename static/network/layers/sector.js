/** A sector in the inspector: sliders that try, what it would do to coverage, and adopting it. */
import { barred } from "../../console/barred.js";
import { sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { el, icon, replace, setText, widget } from "../../console/dom.js";
import { problemText } from "../../console/fielderrors.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { momentOf } from "../../console/walltime.js";
import { heightWord } from "./words.js";
import { comparisonOf, consequenceOf, SLIDERS } from "./sectorfigures.js";

/**
 * @typedef {import("./state.js").SectorChange} Change
 * @typedef {import("./sectorfigures.js").Slider} Slider
 */

const RIGHT = "network.change_sector";
const UNCHANGED = gettext("Nothing was changed yet: move a slider first.");

export class SectorPanel {
  /**
   * @param {{mayAdopt: boolean, state: import("./state.js").LayerState, onClose: () => void, onAdopted: () => void,
   *   onPick: (slug: string) => void}} actions
   */
  constructor({ mayAdopt, state, onClose, onAdopted, onPick }) {
    this.mayAdopt = mayAdopt;
    this.state = state;
    this.onClose = onClose;
    this.onAdopted = onAdopted;
    this.onPick = onPick;
    /** @type {any} */
    this.sector = null;
    /** @type {{before: any, after: any}|null} */
    this.kpis = null;
    /** @type {Record<string, HTMLOutputElement>} by field, as the following */
    this.outputs = {};
    /** @type {Record<string, HTMLInputElement>} */
    this.inputs = {};
    /** @type {Record<string, number>} */
    this.rests = {};
    this.result = el("div", { class: "stack", "aria-live": "polite" });
    this.foot = el("div", { class: "stack" });
    this.alert = el("p", { class: "field-error", role: "alert", hidden: true });
  }

  /** @param {HTMLElement} node @param {any} sector @param {Map<string, any>} sectors */
  open(node, sector, sectors) {
    this.sector = sector;
    this.kpis = null;
    this.alert.hidden = true;
    replace(this.foot);
    const list = /** @type {HTMLSelectElement} */ (
      el(
        "select",
        { "aria-label": gettext("Sector"), onchange: () => this.onPick(list.value) },
        ...[...sectors.keys()].map((slug) => el("option", { value: slug, selected: slug === sector.slug }, slug)),
      )
    );
    const close = el(
      "button",
      { class: "icon-button", type: "button", "aria-label": gettext("Close"), onclick: this.onClose },
      icon("close"),
    );
    const site = el("a", { href: `/network/sites/${encodeURIComponent(sector.site)}` }, sector.site);
    replace(
      node,
      el(
        "div",
        { class: "inspector-head" },
        el("div", { class: "row spread" }, el("h2", null, gettext("Try changes to a sector")), close),
        el("div", { class: "row" }, list, el("span", { class: "muted" }, gettext("of"), " ", site)),
      ),
      el(
        "div",
        { class: "inspector-body stack sector-body" },
        ...SLIDERS.map((slider) => this.#slider(slider)),
        this.alert,
        this.result,
        this.foot,
        el("p", { class: "muted source" }, gettext("Modelled. Nothing is saved until it is adopted.")),
      ),
    );
    this.#drawFoot();
    this.#drawResult();
  }

  /** @param {Slider} slider */
  #slider({ field, word, unit, least, most, step, digits }) {
    const present = this.sector[field];
    const tried = this.state.look.change?.[field] ?? present;
    const input = /** @type {HTMLInputElement} */ (
      el("input", {
        type: "range",
        id: `try-${field}`,
        min: Math.min(least, present),
        max: Math.max(most, present),
        step,
        oninput: () => this.#moved(),
      })
    );
    input.value = String(present);
    this.rests[field] = Number(input.value); // a slider knows only its steps, the present may lie between two
    input.value = String(tried);
    this.inputs[field] = input;
    this.outputs[field] = el("output", { for: `try-${field}` });
    const now = interpolate(gettext("now %(value)s %(unit)s"), { value: formatNumber(present, digits), unit });
    this.#say(field, unit, digits);
    return el(
      "div",
      { class: "try-field" },
      el("div", { class: "row spread" }, el("label", { for: `try-${field}` }, word), this.outputs[field]),
      input,
      el("span", { class: "age" }, now),
    );
  }

  /** @param {keyof Change} field @param {string} unit @param {number} digits */
  #say(field, unit, digits) {
    const tried = this.#tried(field);
    const text = `${formatNumber(tried, digits)} ${unit}`;
    setText(this.outputs[field], text);
    this.inputs[field].setAttribute("aria-valuetext", text);
    this.outputs[field].dataset.changed = String(tried !== this.sector[field]);
  }

  /** What a slider says; where it rests that is how the sector is. @param {keyof Change} field */
  #tried(field) {
    const value = Number(this.inputs[field].value);
    return value === this.rests[field] ? this.sector[field] : value;
  }

  #moved() {
    for (const { field, unit, digits } of SLIDERS) this.#say(field, unit, digits);
    const change = Object.fromEntries(
      SLIDERS.map(({ field }) => [field, this.#tried(field)]).filter(([field, value]) => value !== this.sector[field]),
    );
    this.state.set({ change: Object.keys(change).length ? change : null });
    this.#drawFoot();
  }

  /** What the newest trial found; null while nothing is tried. @param {{before: any, after: any}|null} kpis */
  show(kpis) {
    this.kpis = kpis;
    this.alert.hidden = true;
    this.#drawResult();
  }

  /** @param {any} problem */
  fail(problem) {
    this.alert.hidden = false;
    setText(this.alert, interpolate(gettext("It could not be worked out: %(reason)s"), { reason: problem.message }));
  }

  #drawResult() {
    const title = interpolate(gettext("Coverage at %(height)s"), { height: heightWord(this.state.look.heightM) });
    if (!this.kpis)
      return replace(
        this.result,
        el("h3", null, title),
        el("p", { class: "muted" }, gettext("Move a slider: the map shows at once how it would be.")),
      );
    replace(this.result, el("h3", null, title), comparisonOf(this.kpis));
  }

  #drawFoot() {
    const { change } = this.state.look;
    if (!this.mayAdopt) {
      const forbidden = el("div");
      widget(forbidden).forbidden(RIGHT);
      forbidden.querySelector("strong")?.replaceChildren(gettext("Not for you to adopt"));
      return replace(this.foot, forbidden, this.#reset(change));
    }
    const from = this.foot.querySelector("input")?.value || "";
    const input = el("input", { type: "datetime-local", id: "try-from", value: from });
    const adopt = el(
      "button",
      {
        type: "button",
        class: "button primary",
        ...barred(!change && UNCHANGED),
        onclick: () => this.#adopt(input.value),
      },
      gettext("Adopt"),
    );
    replace(
      this.foot,
      el("div", { class: "field" }, el("label", { for: "try-from" }, gettext("Holds from (empty: at once)")), input),
      el("div", { class: "row" }, adopt, this.#reset(change)),
    );
  }

  /** @param {Change|null} change */
  #reset(change) {
    return el(
      "button",
      { type: "button", class: "button", ...barred(!change && UNCHANGED), onclick: () => this.reset() },
      gettext("Reset"),
    );
  }

  reset() {
    for (const { field } of SLIDERS) this.inputs[field].value = String(this.sector[field]);
    this.#moved();
    this.show(null);
  }

  /** @param {string} localTime empty: at once */
  async #adopt(localTime) {
    const { change } = this.state.look;
    if (!change) return;
    const moment = momentOf(localTime);
    const from = moment ? new Date(moment) : null;
    const isAgreed = await confirmAction(
      interpolate(gettext("Adopt the changes to %(sector)s?"), { sector: this.sector.slug }),
      consequenceOf(change, from, this.#about()),
      gettext("Adopt"),
    );
    if (isAgreed) await this.#send(change, from);
  }

  /** @param {Change} change @param {Date|null} from */
  async #send(change, from) {
    try {
      await sendJson("PATCH", `/api/v1/sectors/${encodeURIComponent(this.sector.slug)}`, {
        ...change,
        ...(from && { valid_from: from.toISOString() }),
        reason: "tried on the map",
      });
      toast(from && from > new Date() ? gettext("The change is planned.") : gettext("The change holds now."));
      this.onAdopted();
    } catch (problem) {
      toast(interpolate(gettext("It was not adopted: %(reason)s"), { reason: problemText(problem) }), "error");
    }
  }

  /** What a change is of. */
  #about() {
    return { sector: this.sector, kpis: this.kpis, heightM: this.state.look.heightM };
  }
}

/** @param {import("./layers.js").NetworkLayers} network @param {boolean} mayAdopt @param {() => void} onClose */
export function sectorPanelOf(network, mayAdopt, onClose) {
  const onPick = (/** @type {string} */ slug) => network.openSector(slug);
  return new SectorPanel({ mayAdopt, state: network.state, onClose, onPick, onAdopted: () => network.adopted() });
}
