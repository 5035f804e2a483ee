/** The panel's part for industry: the switch of its layer, how its data stands, the legend, a list for the keyboard. */
import { el, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { PlaceList } from "../../network/layers/places.js";
import { problemWord } from "../../network/layers/words.js";
import { LEVEL_WORDS, nameOf } from "../drawing.js";
import { factoryState } from "./plantstore.js";

export const KEY = "i";
export const WORD = gettext("Factories and vehicles");
const NEAR_ZOOM = 15.5;
/** @type {Record<string, number>} */
const RANKS = { high: 4, elevated: 3, unknown: 2, stale: 1, normal: 0 };
const ENTRIES = [
  ["factory normal", gettext("Factory")],
  ["factory minor", gettext("Factory: risk rising")],
  ["factory major", gettext("Factory: a machine is likely to fail")],
  ["vehicle", gettext("Vehicle, its front ahead")],
  ["vehicle major", gettext("Vehicle with a fault")],
  ["vehicle unknown", gettext("Unknown: not heard for a minute")],
  ["way", gettext("Its way ahead, as ordered")],
];

export class PlantPanel {
  /**
   * @param {HTMLElement} node @param {import("./plantstore.js").Plants} plants
   * @param {{onToggle: () => void, onGo: (slug: string) => void}} actions
   */
  constructor(node, plants, { onToggle, onGo }) {
    this.plants = plants;
    this.switch = el(
      "button",
      {
        type: "button",
        class: "layer-switch",
        dataset: { more: "plants" },
        "aria-keyshortcuts": KEY,
        onclick: onToggle,
      },
      el("span", { class: "layer-mark", "aria-hidden": "true" }),
      el("span", { class: "grow" }, WORD),
      el("kbd", { "aria-hidden": "true" }, KEY),
    );
    this.note = el("div", { class: "layer-note", role: "status" });
    this.list = new PlaceList(gettext("%(count)s factories, most at risk first"), ({ key }) => onGo(key));
    this.body = el("div", { class: "layer-body" }, this.note, legend(), this.list.node);
    replace(node, el("div", { class: "layer-row" }, this.switch, this.body));
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.switch.setAttribute("aria-pressed", String(isShown));
    this.body.hidden = !isShown;
  }

  /** How the data stands. @param {import("../../network/layers/parts.js").Part} part */
  tell(part) {
    this.note.dataset.state = part.state;
    setText(this.note, noteWord(part));
  }

  /** @param {number} nowMs @param {boolean} isBlind */
  refresh(nowMs, isBlind) {
    this.list.show(placesOf(this.plants, nowMs, isBlind));
  }
}

/** @param {import("../../network/layers/parts.js").Part} part */
function noteWord({ state, problem, data }) {
  if (problem) return [problemWord(problem), data && gettext("What is shown is older.")].filter(Boolean).join(" ");
  if (state === "loading" || state === "idle") return gettext("Loading");
  return state === "empty" ? gettext("No factory is registered that you may see.") : "";
}

/**
 * The factories as places, the most at risk first.
 * @param {import("./plantstore.js").Plants} plants @param {number} nowMs @param {boolean} isBlind
 * @returns {import("../../network/layers/places.js").Place[]}
 */
export function placesOf(plants, nowMs, isBlind) {
  const places = [...plants.factories.values()].map((factory) => {
    const level = factoryState(factory, plants.readMs, nowMs, isBlind);
    const vehicles = plants.vehiclesOf(factory.slug, nowMs, isBlind).length;
    const count = interpolate(gettext("vehicles: %(count)s"), { count: formatNumber(vehicles) });
    return {
      key: factory.slug,
      name: nameOf(factory) ?? factory.slug,
      word: `${LEVEL_WORDS[level]}, ${count}`,
      state: stateOf(level),
      rank: RANKS[level],
      at: /** @type {[number, number]} */ ([factory.lon_deg, factory.lat_deg]),
      zoom: NEAR_ZOOM,
    };
  });
  return places.sort((first, other) => other.rank - first.rank || first.name.localeCompare(other.name));
}

/** @param {string} level @returns {"bad"|"good"|"unknown"} */
function stateOf(level) {
  if (level === "high" || level === "elevated") return "bad";
  return level === "normal" ? "good" : "unknown";
}

function legend() {
  const entries = ENTRIES.map(([look, word]) =>
    el("span", { class: "net-entry" }, el("span", { class: `plant-swatch ${look}`, "aria-hidden": "true" }), word),
  );
  return el(
    "div",
    { class: "layer-legend" },
    el("div", { class: "net-legend" }, el("div", { class: "net-entries" }, ...entries)),
  );
}
