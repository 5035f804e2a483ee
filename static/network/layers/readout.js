/** The exact figures at a place: where the pointer rests, or where somebody clicked. */
import { el, replace } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { NOTHING, pinFeatures } from "./features.js";
import { twinOf, VALUES } from "./state.js";
import { VALUE_SHORT, TWIN_WORDS, featureWords, figureWord, heightWord, problemWord } from "./words.js";

const REST_MS = 140;
/**
 * @typedef {{at: [number, number], heightM: number, feature: () => any, hasFigures: boolean}} Over where the pointer is
 * @typedef {{
 *   read: (at: [number, number], heightM: number, signal: AbortSignal) => Promise<any>,
 *   unitOf: (value: string) => string,
 *   onTry: (sector: string) => void, onPin: (at: [number, number]|null) => void,
 * }} Actions
 */

/** @type {Record<string, string>} */
const FIELDS = { rsrp: "rsrp_dbm", sinr: "sinr_db", rate: "rate_mbps", sensing: "detection" };

/** The readout of the map's layers. @param {import("./layers.js").NetworkLayers} layers */
export const readoutOf = (layers) =>
  new Readout(/** @type {HTMLElement} */ (document.getElementById("readout")), {
    read: (at, heightM, signal) => layers.rasters.at(at, heightM, twinOf(layers.state.look), signal),
    unitOf: (value) => layers.rasters.valueOf(value)?.unit || "",
    onTry: (slug) => layers.openSector(slug),
    onPin: (at) => layers.drawing.show("pin", at ? pinFeatures(at) : NOTHING),
  });

export class Readout {
  /**
   * @param {HTMLElement} node
   * @param {{read: (at: [number, number], heightM: number, signal: AbortSignal) => Promise<any>, unitOf: (value:
   *   string) => string, onTry: (sector: string) => void, onPin: (at: [number, number]|null) => void}} actions
   */
  constructor(node, actions) {
    this.node = node;
    this.actions = actions;
    this.timer = 0;
    /** @type {AbortController|null} */
    this.asking = null;
    /** @type {{at: [number, number], heightM: number}|null} */
    this.pinned = null;
    node.hidden = true;
  }

  /**
   * The pointer is here now; null when it left the map. Where it rests, what lies there is named, else figures are
   * read.
   * @param {Over|null} over
   */
  hover(over) {
    if (this.pinned) return;
    clearTimeout(this.timer);
    this.asking?.abort();
    if (over) this.timer = setTimeout(() => this.#rest(over), REST_MS);
    else this.node.hidden = true;
  }

  /** @param {Over} over */
  #rest({ at, heightM, feature, hasFigures }) {
    const hit = feature();
    if (hit) this.#name(hit);
    else if (hasFigures) this.#ask(at, heightM);
    else this.node.hidden = true;
  }

  /** @param {any} feature */
  #name(feature) {
    const { title, rows } = featureWords(feature);
    replace(
      this.node,
      el("strong", null, title),
      el("dl", { class: "facts" }, ...rows.flatMap(([word, value]) => [el("dt", null, word), el("dd", null, value)])),
    );
    this.node.hidden = false;
  }

  /** Stay at a place until it is let go. @param {[number, number]} at @param {number} heightM */
  pin(at, heightM) {
    this.pinned = { at, heightM };
    clearTimeout(this.timer);
    this.actions.onPin(at);
    this.#say(at, heightM, el("p", { class: "muted" }, gettext("Loading")));
    this.#ask(at, heightM);
  }

  /** Read the pinned place again, at the height that is shown now. @param {number} heightM */
  again(heightM) {
    if (this.pinned) this.pin(this.pinned.at, heightM);
  }

  clear() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (this.pinned) this.actions.onPin(null);
    this.pinned = null;
    this.node.hidden = true;
  }

  /** @param {[number, number]} at @param {number} heightM */
  async #ask(at, heightM) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      const answer = await this.actions.read(at, heightM, asking.signal);
      if (!asking.signal.aborted) this.#show(at, heightM, answer);
    } catch (problem) {
      if (problem.name !== "AbortError") this.#say(at, heightM, el("p", { class: "muted" }, problemWord(problem)));
    }
  }

  /** @param {[number, number]} at @param {number} heightM @param {any} reading */
  #show(at, heightM, reading) {
    const rows = VALUES.filter((value) => value !== "server").flatMap((value) => [
      el("dt", null, VALUE_SHORT[value]),
      el(
        "dd",
        null,
        el("span", { class: "modelled" }, figureWord(value, reading[FIELDS[value]], this.actions.unitOf(value))),
      ),
    ]);
    const server = reading.sector;
    rows.push(
      el("dt", null, VALUE_SHORT.server),
      el("dd", null, server ? el("span", { class: "mono" }, server) : gettext("none in reach")),
    );
    const source = interpolate(gettext("Modelled. %(definition)s"), { definition: reading.definition || "" });
    const lost = reading.is_lost && gettext("Covered as planned, not now");
    const unsure =
      reading.network?.twin === "live" && reading.is_covered === null && gettext("Not known to be covered now");
    this.#say(
      at,
      heightM,
      el("dl", { class: "facts" }, ...rows),
      (lost || unsure) && el("p", { class: lost ? "net-stale" : "muted" }, lost || unsure),
      reading.network && el("p", { class: "muted" }, TWIN_WORDS[reading.network.twin]),
      this.pinned && el("p", { class: "muted source" }, source),
      this.pinned &&
        server &&
        el(
          "button",
          { type: "button", class: "button small", onclick: () => this.actions.onTry(server) },
          interpolate(gettext("Try changes to %(sector)s"), { sector: server }),
        ),
    );
  }

  /** @param {[number, number]} at @param {number} heightM @param {...import("../../console/dom.js").Child} body */
  #say([lon, lat], heightM, ...body) {
    const place = `${formatNumber(lat, 4)}°, ${formatNumber(lon, 4)}°`;
    const close =
      this.pinned &&
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": gettext("Unpin this place"),
          onclick: () => this.clear(),
        },
        "✕",
      );
    replace(
      this.node,
      el("div", { class: "row spread" }, el("strong", null, `${place} · ${heightWord(heightM)}`), close),
      ...body,
    );
    this.node.dataset.pinned = String(Boolean(this.pinned));
    this.node.hidden = false;
  }
}
