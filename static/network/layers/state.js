/** Which layers of the network the map shows, and how. No DOM; the address bar remembers it. */

export const LAYERS = ["coverage", "links", "circles", "corridors", "planned"];
export const VALUES = ["rsrp", "sinr", "rate", "sensing", "server"];
export const HEIGHTS_M = [1.5, 30, 60, 120, 200, 300];
export const PRESENT = "present"; // the other side of the divider: as the sector is now
export const PLANNED = "planned"; // of the twins; beside the divider: as the network is planned
export const TWINS = ["live", PLANNED];
export const READINGS = [
  ["optical", "one_way"],
  ["optical", "round_trip"],
  ["ip", "one_way"],
  ["ip", "round_trip"],
  ["end_to_end", "one_way"],
  ["end_to_end", "round_trip"],
];
export const LINKS_BY = ["rate", "load", "standing"];
export const CORRIDORS_BY = ["cover", "standing"];
const LEAST_SPLIT = 0.02;
/** @type {Look} */
const PLAIN = {
  twin: TWINS[0],
  value: "rsrp",
  heightM: 120,
  compare: null,
  split: 0.5,
  opacity: 0.55,
  linksBy: "rate",
  corridorsBy: "cover",
  reading: 0,
  centre: "",
  sector: "",
  without: "",
  change: null,
};
const SLUG = /^[\w-]{1,48}$/;
const LEFT_OUT = /^(?:site:[\w-]{1,48}|link:[\w-]{1,48}~[\w-]{1,48})$/;

/**
 * @typedef {{tilt_deg?: number, azimuth_deg?: number, power_dbm?: number}} SectorChange
 * @typedef {{twin: string, value: string, heightM: number, compare: number|"present"|"planned"|null, split: number,
 *   opacity: number, linksBy: string, corridorsBy: string, reading: number, centre: string, sector: string,
 *   without: string, change: SectorChange|null}} Look `without`: what is left out, "site:bs-001" or "link:a~b"
 */
export class LayerState {
  /** @param {string} [search] the query string of the address */
  constructor(search = "") {
    /** @type {Set<string>} */
    this.shown = new Set();
    /** @type {Look} */
    this.look = { ...PLAIN };
    /** @type {Array<(what: string) => void>} */
    this.calls = [];
    this.#read(new URLSearchParams(search));
  }

  /** @param {(what: string) => void} call hears what changed: a layer's or a look's name */
  onChange(call) {
    this.calls.push(call);
  }

  /** @param {string} layer */
  isShown(layer) {
    return this.shown.has(layer);
  }

  /** Whether a layer is shown by how its agreements stand. @param {string} layer */
  isByCompliance(layer) {
    const { linksBy, corridorsBy } = this.look;
    return this.isShown(layer) && { links: linksBy, corridors: corridorsBy }[layer] === "standing";
  }

  /** @param {string} layer @returns {boolean} whether it is shown now */
  toggle(layer) {
    if (!this.shown.delete(layer)) this.shown.add(layer);
    this.#tell(layer);
    return this.isShown(layer);
  }

  /** @param {Partial<Look>} wanted */
  set(wanted) {
    const { split } = wanted;
    const held =
      split === undefined ? wanted : { ...wanted, split: Math.max(LEAST_SPLIT, Math.min(1 - LEAST_SPLIT, split)) };
    /** @type {Record<string, any>} */
    const look = this.look;
    for (const [name, value] of Object.entries(held)) {
      if (look[name] === value) continue;
      look[name] = value;
      this.#tell(name);
    }
  }

  /** The next of the heights, upwards or downwards. @param {1|-1} step */
  climb(step) {
    const at = HEIGHTS_M.indexOf(this.look.heightM) + step;
    if (at >= 0 && at < HEIGHTS_M.length) this.set({ heightM: HEIGHTS_M[at] });
  }

  /** The height that is shown at a share of the map's width from the left. @param {number} share */
  heightAt(share) {
    const { heightM, compare, split } = this.look;
    return typeof compare === "number" && share > split ? compare : heightM;
  }

  /** Compare with another height, or no longer. */
  toggleCompare() {
    const { compare, heightM } = this.look;
    this.set({ compare: compare === null ? HEIGHTS_M.find((height) => height !== heightM) : null });
  }

  /**
   * The query of the address that brings this look back; what is plain is left out.
   * @returns {Record<string, string>}
   */
  query() {
    const { look } = this;
    const wanted = {
      twin: look.twin,
      layers: LAYERS.filter((layer) => this.isShown(layer)).join(","),
      value: look.value,
      height: look.heightM,
      compare: look.compare ?? "",
      split: Math.round(look.split * 100),
      opacity: Math.round(look.opacity * 100),
      links: look.linksBy,
      corridors: look.corridorsBy,
      circle: READINGS[look.reading].join("."),
      centre: look.centre,
      sector: look.sector,
      without: look.without,
    };
    /** @type {Record<string, string|number>} */
    const plain = {
      twin: PLAIN.twin,
      layers: "",
      value: PLAIN.value,
      height: PLAIN.heightM,
      compare: "",
      split: 50,
      opacity: 55,
      links: "rate",
      corridors: "cover",
      circle: READINGS[0].join("."),
      centre: "",
      sector: "",
      without: "",
    };
    return Object.fromEntries(
      Object.entries(wanted)
        .filter(([name, value]) => value !== plain[name])
        .map(([name, value]) => [name, String(value)]),
    );
  }

  /** @param {URLSearchParams} query */
  #read(query) {
    for (const layer of (query.get("layers") || "").split(",")) if (LAYERS.includes(layer)) this.shown.add(layer);
    const height = Number(query.get("height"));
    const compare = query.get("compare");
    const reading = READINGS.findIndex((texts) => texts.join(".") === query.get("circle"));
    const look = {
      twin: oneOf(TWINS, query.get("twin")),
      value: oneOf(VALUES, query.get("value")),
      heightM: oneOf(HEIGHTS_M, height),
      compare:
        compare === PRESENT || compare === PLANNED ? compare : oneOf(HEIGHTS_M, compare ? Number(compare) : null),
      split: share(query.get("split")),
      opacity: share(query.get("opacity")),
      linksBy: oneOf(LINKS_BY, query.get("links")),
      corridorsBy: oneOf(CORRIDORS_BY, query.get("corridors")),
      reading: reading < 0 ? null : reading,
      centre: slug(query.get("centre")),
      sector: slug(query.get("sector")),
      without: LEFT_OUT.test(query.get("without") || "") ? query.get("without") : null,
    };
    for (const [name, value] of Object.entries(look)) if (value !== null) this.set({ [name]: value });
  }

  /** @param {string} what */
  #tell(what) {
    for (const call of this.calls) call(what);
  }
}

/** The twin that coverage is drawn of: a trial is one of the plan. @param {Look} look */
export const twinOf = (look) => (look.change ? PLANNED : look.twin);

/** @template T @param {readonly T[]} known @param {any} value @returns {T|null} */
const oneOf = (known, value) => (known.includes(value) ? value : null);
/** @param {string|null} text */
const slug = (text) => (text && SLUG.test(text) ? text : null);

/** @param {string|null} text of a percentage */
function share(text) {
  const percent = Number(text);
  return text && percent >= 0 && percent <= 100 ? percent / 100 : null;
}
