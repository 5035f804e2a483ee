/** The panel's part for the network: one switch per layer, its options while it is on, and how its data stands. */
import { el, replace } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { CORRIDORS_BY, HEIGHTS_M, LAYERS, LINKS_BY, PLANNED, PRESENT, READINGS, TWINS, VALUES } from "./state.js";
import {
  BY_WORDS,
  heightWord,
  LAYER_WORDS,
  nameOf,
  problemWord,
  readingWord,
  TWIN_WORDS,
  VALUE_WORDS,
} from "./words.js";
import { emptyWord, range, select } from "./panelparts.js";
import { Settings } from "./settings.js";

/** @type {Record<string, string>} */
export const LAYER_KEYS = { coverage: "6", links: "7", circles: "8", corridors: "9", planned: "0" };

/** Single keys: one per layer, and some for coverage. @param {import("./state.js").LayerState} state */
export function keysOf(state) {
  const next = () => state.set({ value: VALUES[(VALUES.indexOf(state.look.value) + 1) % VALUES.length] });
  const switches = LAYERS.map((layer) => [
    LAYER_KEYS[layer],
    { word: LAYER_WORDS[layer], run: () => state.toggle(layer) },
  ]);
  return {
    ...Object.fromEntries(switches),
    "[": { word: gettext("Coverage at the next lower height"), run: () => state.climb(-1) },
    "]": { word: gettext("Coverage at the next higher height"), run: () => state.climb(1) },
    v: { word: gettext("Next value of coverage"), run: next },
    c: { word: gettext("Compare two heights"), run: () => state.toggleCompare() },
  };
}

export class Panel {
  /**
   * @param {HTMLElement} node @param {import("./state.js").LayerState} state
   * @param {{onRetry: (layer: string) => void, onTry: () => void, onSector: (slug: string) => void,
   *   siteOf: (slug: string) => any}} actions
   */
  constructor(node, state, actions) {
    this.node = node;
    this.state = state;
    this.actions = actions;
    /** @type {Record<string, HTMLButtonElement>} by layer, as the following */
    this.toggles = {};
    /** @type {Record<string, HTMLElement>} */
    this.options = {};
    /** @type {Record<string, HTMLElement>} */
    this.notes = {};
    /** @type {Record<string, HTMLElement>} */
    this.legends = {};
    /** @type {Record<string, HTMLElement>} */
    this.places = {};
    this.fields = this.#fields();
    this.twinNote = el("div", { class: "layer-note", role: "status" });
    this.settings = new Settings(actions.onSector, actions.siteOf);
    this.twinAge = el("div", { class: "layer-note" });
    const twin = el(
      "div",
      { class: "layer-row layer-body" },
      this.fields.twin.node,
      this.twinNote,
      this.twinAge,
      this.settings.node,
    );
    replace(node, twin, ...LAYERS.map((layer) => this.#row(layer)));
    this.#build();
    this.refresh();
  }

  /** @param {string} layer */
  #row(layer) {
    this.toggles[layer] = el(
      "button",
      {
        type: "button",
        class: "layer-switch",
        dataset: { net: layer },
        "aria-keyshortcuts": LAYER_KEYS[layer],
        onclick: () => this.state.toggle(layer),
      },
      el("span", { class: "layer-mark", "aria-hidden": "true" }),
      el("span", { class: "grow" }, LAYER_WORDS[layer]),
      el("kbd", { "aria-hidden": "true" }, LAYER_KEYS[layer]),
    );
    this.notes[layer] = el("div", { class: "layer-note", role: "status" });
    this.legends[layer] = el("div", { class: "layer-legend" });
    this.options[layer] = el("div", { class: "layer-options" });
    this.places[layer] = el("div");
    return el(
      "div",
      { class: "layer-row" },
      this.toggles[layer],
      el(
        "div",
        { class: "layer-body" },
        this.options[layer],
        this.notes[layer],
        this.legends[layer],
        this.places[layer],
      ),
    );
  }

  #fields() {
    /** @type {import("./panelparts.js").Option[]} */
    const heights = HEIGHTS_M.map((height) => [String(height), heightWord(height)]);
    return {
      twin: select(
        gettext("Network"),
        TWINS.map((twin) => [twin, TWIN_WORDS[twin]]),
        (twin) => this.state.set({ twin }),
      ),
      value: select(
        gettext("Value"),
        VALUES.map((value) => [value, VALUE_WORDS[value]]),
        (value) => this.state.set({ value }),
      ),
      height: select(gettext("Height"), heights, (height) => this.state.set({ heightM: Number(height) })),
      compare: select(
        gettext("Compare"),
        [["", gettext("no comparison")], ...heights, [PLANNED, TWIN_WORDS[PLANNED]]],
        (text) => this.state.set({ compare: text === PRESENT || text === PLANNED ? text : text ? Number(text) : null }),
      ),
      opacity: range(gettext("Opacity"), (percent) => this.state.set({ opacity: percent / 100 })),
      linksBy: select(
        gettext("Colour by"),
        LINKS_BY.map((by) => [by, BY_WORDS[by]]),
        (linksBy) => this.state.set({ linksBy }),
      ),
      corridorsBy: select(
        gettext("Colour by"),
        CORRIDORS_BY.map((by) => [by, BY_WORDS[by]]),
        (corridorsBy) => this.state.set({ corridorsBy }),
      ),
      reading: select(
        gettext("Counted at"),
        READINGS.map((reading, index) => [String(index), readingWord(reading)]),
        (index) => this.state.set({ reading: Number(index) }),
      ),
      centre: select(gettext("Data centre"), [["", gettext("all")]], (centre) => this.state.set({ centre })),
    };
  }

  #build() {
    this.tryButton = el(
      "button",
      { type: "button", class: "button small", onclick: this.actions.onTry },
      gettext("Try changes to a sector"),
    );
    const { value, height, compare, opacity, linksBy, corridorsBy, reading, centre } = this.fields;
    this.options.coverage.append(
      value.node,
      el("div", { class: "layer-pair" }, height.node, compare.node),
      opacity.node,
      this.tryButton,
    );
    this.options.links.append(linksBy.node);
    this.options.corridors.append(corridorsBy.node);
    this.options.circles.append(reading.node, centre.node);
  }

  /** Show what the state says. */
  refresh() {
    const { look } = this.state;
    for (const layer of LAYERS) {
      const isShown = this.state.isShown(layer);
      this.toggles[layer].setAttribute("aria-pressed", String(isShown));
      this.options[layer].hidden = !isShown;
      this.notes[layer].hidden = !isShown;
    }
    this.#offer(this.fields.compare.input, PRESENT, look.change ? gettext("the sector as it is") : null);
    if (!HEIGHTS_M.includes(look.heightM))
      this.#offer(this.fields.height.input, String(look.heightM), heightWord(look.heightM));
    /** @type {Record<string, string|number>} */
    const shown = {
      twin: look.twin,
      value: look.value,
      height: look.heightM,
      compare: look.compare ?? "",
      opacity: Math.round(look.opacity * 100),
      linksBy: look.linksBy,
      corridorsBy: look.corridorsBy,
      reading: look.reading,
      centre: look.centre,
    };
    for (const [name, { input }] of Object.entries(this.fields)) input.value = String(shown[name]);
  }

  /**
   * An option that is there at times.
   * @param {HTMLSelectElement} list @param {string} value @param {string|null} word
   */
  #offer(list, value, word) {
    const choice = [...list.options].find((option) => option.value === value);
    if (choice && word === null) choice.remove();
    else if (!choice && word !== null) list.append(el("option", { value }, word));
  }

  /**
   * What a layer's colours mean, beside its switch.
   * @param {string} layer @param {HTMLElement|null|false|undefined} block
   */
  showLegend(layer, block) {
    replace(this.legends[layer], block);
  }

  /** The places that a layer speaks of. @param {string} layer @param {HTMLElement|null|false} list */
  showPlaces(layer, list) {
    if (this.places[layer].firstChild !== (list || null)) replace(this.places[layer], list);
  }

  /** @param {any[]} centres */
  showCentres(centres) {
    const wanted = [
      el("option", { value: "" }, gettext("all")),
      ...centres.map((centre) =>
        el("option", { value: centre.slug }, nameOf(this.actions.siteOf(centre.slug), centre.slug)),
      ),
    ];
    replace(this.fields.centre.input, ...wanted);
    this.fields.centre.input.value = this.state.look.centre;
  }

  /**
   * How a layer's data stands: loading, empty, an error to try again, or a word about it.
   * @param {string} layer @param {import("./parts.js").Part} part @param {string} [word]
   */
  note(layer, part, word = "") {
    const node = this.notes[layer];
    node.dataset.state = part.state;
    const retry = () =>
      el(
        "button",
        { type: "button", class: "button small", onclick: () => this.actions.onRetry(layer) },
        gettext("Try again"),
      );
    /** @type {Record<string, () => Array<Node|string>>} */
    const bodies = {
      loading: () => [gettext("Loading")],
      empty: () => [emptyWord(layer)],
      forbidden: () => [problemWord(part.problem)],
      error: () => [problemWord(part.problem), part.data ? ` ${gettext("What is shown is older.")}` : "", " ", retry()],
    };
    replace(node, ...(bodies[part.state]?.() ?? [word]));
  }
}
