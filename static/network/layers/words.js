/** Words of the network's layers. */
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";

/** @type {Record<string, string>} */
export const LAYER_WORDS = {
  coverage: gettext("Coverage"),
  links: gettext("Links"),
  circles: gettext("One-millisecond circle"),
  corridors: gettext("Corridors"),
  planned: gettext("Planned changes"),
};
/** @type {Record<string, string>} */
export const VALUE_WORDS = {
  rsrp: gettext("Signal strength (RSRP)"),
  sinr: gettext("Signal quality (SINR)"),
  rate: gettext("Data rate"),
  sensing: gettext("Chance of detection (sensing)"),
  server: gettext("Strongest sector"),
};
/** @type {Record<string, string>} */
export const VALUE_SHORT = {
  rsrp: "RSRP",
  sinr: "SINR",
  rate: gettext("Data rate"),
  sensing: gettext("Detection"),
  server: gettext("Strongest sector"),
};
/** @type {Record<string, number>} */
const DIGITS = { rsrp: 1, sinr: 1, rate: 0, sensing: 0 };
/** @type {Record<string, string>} */
export const BY_WORDS = {
  rate: gettext("Rate"),
  load: gettext("Load"),
  cover: gettext("Coverage"),
  standing: gettext("Service level"),
};
/** @type {Record<string, string>} */
export const STANDING_WORDS = {
  met: gettext("met"),
  at_risk: gettext("at risk"),
  breached: gettext("breached"),
  unknown: gettext("unknown"),
  none: gettext("nothing agreed"),
};
/** @type {Record<string, string>} */
const READING_WORDS = {
  optical: gettext("Optical layer"),
  ip: gettext("IP layer"),
  end_to_end: gettext("End to end"),
  one_way: gettext("one way"),
  round_trip: gettext("round trip"),
};
/** @type {Record<string, string>} */
export const KIND_WORDS = {
  region: gettext("Region"),
  site: gettext("Site"),
  sector: gettext("Sector"),
  link: gettext("Link"),
  edge_node: gettext("Edge node"),
  corridor: gettext("Corridor"),
};

/** @type {Record<string, string>} */
const COVER_WORDS = { covered: gettext("covered"), open: gettext("not covered"), unknown: gettext("unknown") };

/** @param {string[]} reading layer and direction */
export const readingWord = ([layer, direction]) => `${READING_WORDS[layer]}, ${READING_WORDS[direction]}`;

/** @param {number} metres */
export const heightWord = (metres) =>
  interpolate(gettext("%(height)s m"), { height: metres % 1 ? formatNumber(metres, 1) : formatNumber(metres) });

/**
 * A figure with its unit: a chance as a percentage, unknown as a word.
 * @param {string} key @param {number|null|undefined} figure @param {string} unit
 */
export function figureWord(key, figure, unit) {
  if (figure === null || figure === undefined || !Number.isFinite(figure)) return gettext("unknown");
  if (key === "sensing") return percentWord(figure);
  return `${formatNumber(figure, DIGITS[key] ?? 1)} ${unit}`;
}

/** @param {number|null|undefined} share @param {number} [digits] */
export function percentWord(share, digits = 0) {
  return typeof share === "number" && Number.isFinite(share)
    ? `${formatNumber(share * 100, digits)} %`
    : gettext("unknown");
}

/** The words between a legend's colours. @param {{key: string, classes: number[]}} value @returns {string[]} */
export function edgeWords({ key, classes }) {
  return classes.map((edge) =>
    key === "sensing" ? formatNumber(edge * 100) : formatNumber(edge, Number.isInteger(edge) || edge > 20 ? 0 : 1),
  );
}

/**
 * What a drawn feature is, in words.
 * @param {any} found its properties @returns {{title: string, rows: Array<[string, string]>}}
 */
export function featureWords(found) {
  const ms = Number.isFinite(found.ms) ? `${formatNumber(found.ms, 3)} ms` : gettext("unknown");
  /** @param {number} value @param {string} unit */
  const dbm = (value, unit) => (Number.isFinite(value) ? `${formatNumber(value, 1)} ${unit}` : gettext("unknown"));
  /** @type {Record<string, () => {title: string, rows: Array<[string, string]>}>} */
  const words = {
    link: () => ({
      title: found.key.replace("~", " – "),
      rows: [
        [gettext("Rate"), interpolate(gettext("%(rate)s Gbit/s"), { rate: formatNumber(found.rate_gbps) })],
        [gettext("Load"), percentWord(found.load_share)],
        ...standingRows(found),
      ],
    }),
    reach: () => ({ title: found.key.replace("~", " – "), rows: [[gettext("To its far end (modelled)"), ms]] }),
    mark: () => ({
      title: found.key,
      rows: [
        [gettext("Latency (modelled)"), ms],
        [gettext("Circle"), found.isInside ? gettext("inside") : gettext("outside")],
        ...keyRow(found),
      ],
    }),
    corridor: () => ({
      title: found.name,
      rows: [
        [gettext("Coverage (modelled)"), COVER_WORDS[found.cover]],
        [gettext("Lowest RSRP"), dbm(found.rsrp_dbm, "dBm")],
        [gettext("Lowest SINR"), dbm(found.sinr_db, "dB")],
        [gettext("Heights"), `${formatNumber(found.lowest_m)}–${formatNumber(found.highest_m)} m`],
        ...standingRows(found),
      ],
    }),
    plan: () => ({
      title: found.label,
      rows: [
        [
          gettext("Planned"),
          found.isRemoval
            ? interpolate(gettext("%(kind)s goes"), { kind: KIND_WORDS[found.what] })
            : KIND_WORDS[found.what],
        ],
      ],
    }),
  };
  return words[found.kind]();
}

/** @param {any} mark @returns {Array<[string, string]>} */
const keyRow = (mark) => (mark.isKey ? [[gettext("Counts as"), gettext("key site")]] : []);

/**
 * What was agreed on it, with what is left of the budget; drawn features hold texts only.
 * @param {any} found @returns {Array<[string, string]>}
 */
function standingRows({ standing, standings }) {
  if (!standing) return [];
  /** @type {any[]} */
  const rows = JSON.parse(standings);
  const told = rows.map(
    ({ name, state, left }) =>
      /** @type {[string, string]} */ ([
        name,
        interpolate(gettext("%(state)s, %(left)s of the budget left"), {
          state: STANDING_WORDS[state],
          left: percentWord(left, 1),
        }),
      ]),
  );
  return told.length ? told : [[gettext("Service level"), STANDING_WORDS[standing]]];
}

/** What went wrong, for a person. @param {any} problem */
export function problemWord(problem) {
  if (problem.status === 403)
    return interpolate(gettext("Not for you to see: %(reason)s"), { reason: problem.message });
  return interpolate(gettext("Could not be read: %(reason)s"), { reason: problem.message });
}

const isChinese = document.documentElement.lang.startsWith("zh");

/** @param {{name_en?: string, name_zh?: string, slug: string}|undefined} one @param {string} [slug] */
export const nameOf = (one, slug = "") => (one && ((isChinese ? one.name_zh : one.name_en) || one.slug)) || slug;
