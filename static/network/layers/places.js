/**
 * What the layers say of places, as lists that the keyboard reaches: key sites of the circle, corridors by coverage.
 */
import { el, replace } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { INSIDE_WORDS, nameOf, percentWord } from "./words.js";

const SITE_ZOOM = 13;
const LEAST_SPAN_DEG = 0.005;
const GOAL = 0.9; // the programme's target for a route

/**
 * @typedef {{key: string, name: string, word: string, state: "bad"|"good"|"otherwise"|"unknown"}} Listed
 * @typedef {Listed & {rank: number, at: [number, number], zoom: number}} Place
 */

/**
 * The key sites, those outside first, the farthest on top.
 * @param {import("./features.js").Reach} reach @param {(slug: string) => any} siteOf
 * @param {string} [only] a data centre @returns {Place[]}
 */
export function keySites(reach, siteOf, only = "") {
  /** @param {any} site */
  const isIn = (site) => site.is_inside && (!only || site.centre === only);
  const keys = reach.sites.filter(
    (site) => site.is_key_site && site.lon_lat_deg && (!only || site.centre === only || !site.is_inside),
  );
  /** @param {any} site @returns {Place} */
  const placeOf = (site) => ({
    key: site.slug,
    name: nameOf(siteOf(site.slug), site.slug),
    word: siteWord(site, isIn(site)),
    state: isIn(site)
      ? "good"
      : site.state === "asleep" || site.state === "unknown" || (site.ms === null && site.state !== "lost")
        ? "unknown"
        : "bad",
    rank: (isIn(site) ? 0 : site.state === "lost" ? 2e6 : 1e6) + (site.ms ?? 1e5),
    at: site.lon_lat_deg,
    zoom: SITE_ZOOM,
  });
  return keys.map(placeOf).sort(worstFirst);
}

/** @param {any} site @param {boolean} isInside */
function siteWord(site, isInside) {
  if (["lost", "asleep", "unknown"].includes(site.state)) return INSIDE_WORDS[site.state];
  const place = isInside ? gettext("inside") : gettext("outside");
  return site.ms === null
    ? interpolate(gettext("%(place)s, no path to any computing"), { place })
    : interpolate(gettext("%(place)s, %(ms)s ms"), { place, ms: formatNumber(site.ms, 3) });
}

/**
 * The corridors with the share of their length that is covered, the least covered first.
 * @param {{features: any[]}} pieces @returns {Place[]}
 */
export function corridors(pieces) {
  /** @type {Map<string, any[]>} */
  const bySlug = new Map();
  for (const piece of pieces.features) {
    const drawn = bySlug.get(piece.properties.slug) || [];
    bySlug.set(piece.properties.slug, [...drawn, piece]);
  }
  return [...bySlug.values()].map(corridor).sort(worstFirst);
}

/** @param {any[]} pieces of one corridor @returns {Place} */
function corridor(pieces) {
  const { slug, is_public: isPublic } = pieces[0].properties;
  const share = coveredShare(pieces);
  const words = [
    share === null
      ? gettext("coverage unknown")
      : interpolate(gettext("%(share)s covered"), { share: percentWord(share, 1) }),
    isPublic ? "" : gettext("not public"),
  ];
  const { at, zoom } = extent(pieces.flatMap((piece) => piece.geometry.coordinates));
  return {
    key: slug,
    name: nameOf(pieces[0].properties),
    word: words.filter(Boolean).join(", "),
    state: share === null ? "unknown" : share >= GOAL ? "good" : "bad",
    rank: share === null ? 1 : 1 - share,
    at,
    zoom,
  };
}

/** By length; what is unknown counts as not covered; null when nothing of it is known. @param {any[]} pieces */
export function coveredShare(pieces) {
  const known = pieces.filter((piece) => piece.properties.is_covered !== null);
  if (known.length === 0) return null;
  /** @param {any[]} some @returns {number} */
  const metres = (some) => some.reduce((sum, piece) => sum + (piece.properties.length_m || 0), 0);
  return metres(known.filter((piece) => piece.properties.is_covered)) / metres(pieces);
}

/** @param {number[][]} points @returns {{at: [number, number], zoom: number}} */
function extent(points) {
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const span = Math.max(east - west, (north - south) * 1.6, LEAST_SPAN_DEG); // maps are wider than high
  return { at: [(west + east) / 2, (south + north) / 2], zoom: Math.min(14, Math.log2(360 / span) + 0.4) };
}

/**
 * The sector nearest to a place: somewhere to begin.
 * @param {any[]} sectors @param {Map<string, any>} sites @param {[number, number]} at
 */
export function nearestSector(sectors, sites, [lon, lat]) {
  /** @param {any} sector */
  const away = ({ site: slug }) => {
    const site = sites.get(slug);
    return site ? Math.hypot(site.lat_deg - lat, (site.lon_deg - lon) * Math.cos((lat * Math.PI) / 180)) : Infinity;
  };
  return [...sectors].sort((first, other) => away(first) - away(other))[0];
}

/** @param {Place} first @param {Place} other */
const worstFirst = (first, other) => other.rank - first.rank || first.name.localeCompare(other.name);

/** A list that keeps being open, and where the keyboard is, while its places change. @template {Listed} Entry */
export class PlaceList {
  /** @param {string} title with %(count)s @param {(place: Entry) => void} go */
  constructor(title, go) {
    this.title = title;
    this.go = go;
    this.told = "";
    this.summary = el("summary");
    this.rows = el("ul", { class: "place-list" });
    this.node = el("details", { class: "places" }, this.summary, this.rows);
  }

  /** @param {Entry[]} places @param {number} [count] how many there are, where not all are listed */
  show(places, count = places.length) {
    const shown = JSON.stringify([count, places]);
    if (shown === this.told) return;
    this.told = shown;
    const active = /** @type {HTMLElement|null} */ (document.activeElement);
    const held = this.rows.contains(active) ? active?.dataset.key : null;
    this.summary.textContent = interpolate(this.title, { count: formatNumber(count) });
    replace(
      this.rows,
      ...places.map((place) =>
        el(
          "li",
          null,
          el(
            "button",
            {
              type: "button",
              class: `place ${place.state}`,
              dataset: { key: place.key },
              onclick: () => this.go(place),
            },
            el("span", { class: "place-name" }, place.name),
            el("span", { class: "place-word" }, place.word),
          ),
        ),
      ),
    );
    if (held) [...this.rows.querySelectorAll("button")].find((button) => button.dataset.key === held)?.focus();
  }
}

/** Those of the layers that speak of places. */
export class PlaceLists {
  /** @param {(place: Place) => void} go */
  constructor(go) {
    /** @type {PlaceList<Place>} */
    this.circles = new PlaceList(gettext("%(count)s key sites, outside first"), go);
    /** @type {PlaceList<Place>} */
    this.corridors = new PlaceList(gettext("%(count)s corridors, least covered first"), go);
  }

  /**
   * @param {"circles"|"corridors"} layer @param {any} data @param {(slug: string) => any} siteOf
   * @param {string} centre a data centre, or ""
   */
  show(layer, data, siteOf, centre) {
    this[layer].show(layer === "circles" ? keySites(data, siteOf, centre) : corridors(data));
  }
}
