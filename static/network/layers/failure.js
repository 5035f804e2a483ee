/**
 * "Without this site, link or data centre": what would fall, on the map and in words. Modelled over the inventory;
 * nothing is changed.
 */
import { getJson } from "../../console/api.js";
import { el, formatTime, icon, replace, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { facts } from "../../console/table.js";
import { impact } from "../service_levels/agreementparts.js";
import { fallFeatures, NOTHING } from "./features.js";
import { nameOf } from "./words.js";

/** @typedef {"site"|"link"} Kind of what is left out; a data centre is a site */

/**
 * How many sites are concerned, by how; the rows of an answer may be the worst of more. Pure.
 * @param {{site_count: number, sites: Array<{how: string}>}} answer
 */
export function tallyOf({ site_count: count, sites }) {
  const of = (/** @type {string} */ how) => sites.filter((site) => site.how === how).length;
  return { cutOff: of("cut_off"), onPath: of("on_path"), isWhole: count <= sites.length };
}

export class Failure {
  count = 0; // of what is drawn
  #token = 0;
  /** @type {any} */
  #answer = null;
  #isOpen = false;

  /**
   * @param {{state: import("./state.js").LayerState, sites: Map<string, any>, drawing: any, close: () => void,
   *   lend: (open: (node: HTMLElement) => void) => void}} wiring
   */
  constructor({ state, sites, drawing, close, lend }) {
    this.state = state;
    this.sites = sites;
    this.drawing = drawing;
    this.close = close;
    this.lend = lend;
    state.onChange((what) => what === "without" && this.#changed());
  }

  /** Once the sites are known, or known better. @returns {boolean} whether something is left out */
  again() {
    if (!this.state.look.without) return false;
    if (this.#isOpen) this.#draw();
    else this.#changed();
    return true;
  }

  #changed() {
    this.#token++;
    this.#answer = null;
    this.#draw();
    const [kind, key] = this.state.look.without.split(":");
    this.#isOpen = Boolean(key);
    if (key) this.lend((node) => this.#open(node, kind, key));
  }

  #draw() {
    const shown = this.#answer ? fallFeatures(this.#answer, this.sites) : NOTHING;
    this.count = shown.features.length;
    this.drawing.show("falls", shown);
  }

  /** @param {HTMLElement} node @param {string} kind @param {string} key */
  #open(node, kind, key) {
    const body = el("div", { class: "inspector-body stack", id: "without", "aria-live": "polite" });
    const shut = el(
      "button",
      { class: "icon-button", type: "button", "aria-label": gettext("Close"), onclick: this.close },
      icon("close"),
    );
    const title = interpolate(gettext("Without %(name)s"), { name: this.#nameOf(key) });
    replace(
      node,
      el("div", { class: "inspector-head" }, el("div", { class: "row spread" }, el("h2", null, title), shut)),
      body,
    );
    this.#load(body, kind, key);
  }

  /** @param {string} key of a site or link */
  #nameOf(key) {
    return key
      .split("~")
      .map((slug) => nameOf(this.sites.get(slug), slug))
      .join(" – ");
  }

  /** @param {HTMLElement} body @param {string} kind @param {string} key */
  async #load(body, kind, key) {
    const token = this.#token;
    const state = widget(body);
    state.loading();
    try {
      const answer = await getJson(`/api/v1/impact?${new URLSearchParams({ kind, key })}`);
      if (token !== this.#token) return;
      this.#answer = answer;
      this.#draw();
      state.show(...partsOf(answer));
    } catch (problem) {
      if (token !== this.#token) return;
      if (problem.status === 403) state.forbidden(problem.detail);
      else state.error(problem.message, () => this.#load(body, kind, key));
    }
  }
}

/** A map without a mark must not look as if all was well there. @param {{site_count: number, sites: any[]}} answer */
export const partText = ({ site_count: count, sites }) =>
  interpolate(gettext("The map marks the worst %(shown)s of %(count)s sites that are concerned."), {
    shown: formatNumber(sites.length),
    count: formatNumber(count),
  });

/** @param {any} answer @returns {Array<HTMLElement|string>} */
function partsOf(answer) {
  const { cutOff, onPath, isWhole } = tallyOf(answer);
  const count = (/** @type {number} */ number) =>
    isWhole ? formatNumber(number) : interpolate(gettext("%(count)s or more"), { count: formatNumber(number) });
  const note = interpolate(gettext("Modelled over the inventory as of %(time)s. Nothing is changed."), {
    time: formatTime(answer.at),
  });
  return [
    isWhole ? "" : el("p", { class: "muted" }, partText(answer)),
    cutOff + onPath
      ? facts([
          [gettext("✕ Cut off: no other way"), count(cutOff)],
          [gettext("◇ Another way is taken"), count(onPath)],
        ])
      : el("p", null, gettext("No other site depends on it: all keep their way.")),
    el("p", { class: "muted source" }, note),
    ...impact(answer),
  ];
}
