/** A sector in the inspector: sliders that try, what it would do to coverage, and adopting it. */
import { sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { el, formatTime, icon, quantity, replace, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { momentOf } from "../inventoryform.js";
import { heightWord, percentWord } from "./words.js";

/**
 * @typedef {import("./state.js").SectorChange} Change
 * @typedef {{field: keyof Change, word: string, unit: string, least: number, most: number, step: number, digits:
 *   number}} Slider
 */

/** @type {Slider[]} */
const SLIDERS = [
  { field: "tilt_deg", word: gettext("Tilt, downwards"), unit: "°", least: -10, most: 30, step: 0.5, digits: 1 },
  { field: "azimuth_deg", word: gettext("Azimuth, from north"), unit: "°", least: 0, most: 359, step: 1, digits: 0 },
  {
    field: "power_dbm",
    word: gettext("Power, before the antenna"),
    unit: "dBm",
    least: 10,
    most: 60,
    step: 0.5,
    digits: 1,
  },
];
const RIGHT = "network.change_sector";

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
      { type: "button", class: "button primary", disabled: !change, onclick: () => this.#adopt(input.value) },
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
      { type: "button", class: "button", disabled: !change, onclick: () => this.reset() },
      gettext("Back to how it is"),
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
      this.#consequence(change, from),
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
      toast(
        interpolate(gettext("It was not adopted: %(reason)s"), {
          reason:
            problem.errors
              ?.map((/** @type {import("../../console/api.js").FieldError} */ one) => `${one.field}: ${one.expected}`)
              .join("; ") || problem.message,
        }),
        "error",
      );
    }
  }

  /**
   * The consequence in words: what changes from when, and coverage before and after.
   * @param {Change} change @param {Date|null} from
   */
  #consequence(change, from) {
    const changes = SLIDERS.filter(({ field }) => field in change).map(
      ({ field, word, unit, digits }) =>
        `${word}: ${formatNumber(this.sector[field], digits)} → ${formatNumber(change[field] ?? this.sector[field], digits)} ${unit}`,
    );
    const when = from
      ? interpolate(gettext("It holds from %(time)s."), { time: formatTime(from) })
      : gettext("It holds at once, for everybody.");
    const shares =
      this.kpis &&
      interpolate(gettext("Area covered at %(height)s: %(before)s → %(after)s (modelled)."), {
        height: heightWord(this.state.look.heightM),
        before: percentWord(this.kpis.before.share, 2),
        after: percentWord(this.kpis.after.share, 2),
      });
    const weakest =
      this.kpis &&
      interpolate(gettext("SINR of the weakest 5 %: %(before)s → %(after)s dB."), {
        before: figureText(this.kpis.before.p5_sinr_db),
        after: figureText(this.kpis.after.p5_sinr_db),
      });
    return [`${changes.join("; ")}.`, shares, weakest, when].filter(Boolean).join(" ");
  }
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** @param {unknown} value */
const figureText = (value) => (isNumber(value) ? formatNumber(value, 2) : gettext("unknown"));
/** @param {unknown} value @param {number} digits @param {string} unit @param {number} scale */
const figure = (value, digits, unit, scale) => quantity(isNumber(value) ? value * scale : null, unit, digits);

/** @param {unknown} before @param {unknown} after @param {number} digits @param {number} scale */
function delta(before, after, digits, scale) {
  if (!isNumber(before) || !isNumber(after)) return "–";
  const change = (after - before) * scale;
  return `${change > 0 ? "+" : change < 0 ? "−" : "±"}${formatNumber(Math.abs(change), digits)}`;
}

/** Before and after. @param {{before: any, after: any}} kpis */
function comparisonOf({ before, after }) {
  /**
   * @param {string} word @param {(kpi: any) => unknown} one @param {number} digits @param {string} unit
   * @param {number} scale
   */
  const line = (word, one, digits, unit, scale) =>
    el(
      "tr",
      null,
      el("th", { scope: "row" }, word),
      el("td", { class: "number" }, figure(one(before), digits, unit, scale)),
      el("td", { class: "number" }, figure(one(after), digits, unit, scale)),
      el("td", { class: "number" }, delta(one(before), one(after), digits, scale)),
    );
  return el(
    "table",
    { class: "table" },
    el(
      "thead",
      null,
      el(
        "tr",
        null,
        el("td", null),
        ...[gettext("now"), gettext("tried"), gettext("change")].map((word) =>
          el("th", { class: "number", scope: "col" }, word),
        ),
      ),
    ),
    el(
      "tbody",
      null,
      line(gettext("Area covered"), (kpi) => kpi.share, 2, "%", 100),
      line(gettext("Weakest 5 % SINR"), (kpi) => kpi.p5_sinr_db, 2, "dB", 1),
    ),
  );
}
