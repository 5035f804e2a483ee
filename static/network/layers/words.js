/** Words of the network's layers. */
import { formatTime } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { rangeWithUnit, withUnit } from "../../console/units.js";
import { LINK_STATE_WORDS } from "../linkstate.js";
import { isChinese, READING_WORDS, RECORD_WORDS, STATE_WORDS } from "../words.js";

/** @type {Record<string, string>} */
export const LAYER_WORDS = {
  coverage: gettext("Coverage"),
  links: gettext("Links"),
  circles: gettext("One-millisecond circle"),
  corridors: gettext("Corridors"),
  planned: gettext("Planned changes"),
};
/** @type {Record<string, string>} */
export const TWIN_WORDS = { live: gettext("Live twin"), planned: gettext("Planned twin") };
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
export const COMPLIANCE_WORDS = { ...STATE_WORDS, none: gettext("nothing agreed") };

/** @type {Record<string, string>} */
const COVER_WORDS = { covered: gettext("covered"), open: gettext("not covered"), unknown: gettext("unknown") };

/** @type {Record<string, string>} */
export const INSIDE_WORDS = {
  inside: gettext("inside"),
  outside: gettext("outside"),
  lost: gettext("lost now"),
  asleep: gettext("asleep now"),
  unknown: gettext("not known now"),
};

/** What a modelled figure is about. @param {string|undefined} twin */
export const modelledWord = (twin) => [gettext("modelled"), TWIN_WORDS[twin ?? ""]].filter(Boolean).join(" · ");

/** @param {string[]} reading layer and direction */
export const readingWord = ([layer, direction]) => `${READING_WORDS[layer]}, ${READING_WORDS[direction]}`;

/** @param {number} metres */
export const heightWord = (metres) => withUnit(metres, "m", metres % 1 ? 1 : 0);

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
 * @param {any} feature its properties @returns {{title: string, rows: Array<[string, string]>}}
 */
export function featureWords(feature) {
  const ms = Number.isFinite(feature.ms) ? `${formatNumber(feature.ms, 3)} ms` : gettext("unknown");
  /** @param {number} value @param {string} unit */
  const dbm = (value, unit) => (Number.isFinite(value) ? `${formatNumber(value, 1)} ${unit}` : gettext("unknown"));
  /** @type {Record<string, () => {title: string, rows: Array<[string, string]>}>} */
  const words = {
    link: () => ({
      title: feature.key.replace("~", " – "),
      rows: linkRows(feature),
    }),
    reach: () => ({ title: feature.key.replace("~", " – "), rows: [[gettext("To its far end (modelled)"), ms]] }),
    mark: () => ({
      title: feature.key,
      rows: [
        [gettext("Latency (modelled)"), ms],
        [gettext("Circle"), INSIDE_WORDS[feature.state] ?? gettext("unknown")],
        ...keyRow(feature),
      ],
    }),
    corridor: () => ({
      title: feature.name,
      rows: [
        [gettext("Coverage (modelled)"), COVER_WORDS[feature.cover]],
        [gettext("Lowest RSRP"), dbm(feature.rsrp_dbm, "dBm")],
        [gettext("Lowest SINR"), dbm(feature.sinr_db, "dB")],
        [gettext("Heights"), rangeWithUnit(feature.lowest_m, feature.highest_m, "m")],
        ...complianceRows(feature),
      ],
    }),
    plan: () => ({
      title: feature.label,
      rows: [
        [
          gettext("Planned"),
          feature.isRemoval
            ? interpolate(gettext("%(kind)s goes"), { kind: RECORD_WORDS[feature.what] })
            : RECORD_WORDS[feature.what],
        ],
      ],
    }),
  };
  return words[feature.kind]();
}

/** @param {any} link @returns {Array<[string, string]>} */
const linkRows = (link) => [
  [gettext("Rate"), interpolate(gettext("%(rate)s Gbit/s"), { rate: formatNumber(link.rate_gbps) })],
  [gettext("Load"), percentWord(link.load_share)],
  ...stateRow(link),
  ...complianceRows(link),
];

/** How a link is now, and since when. @param {any} link @returns {Array<[string, string]>} */
function stateRow({ state, since }) {
  if (!state) return [];
  const word = LINK_STATE_WORDS[state];
  const text = since
    ? interpolate(gettext("%(state)s since %(time)s"), { state: word, time: formatTime(since) })
    : word;
  return [[gettext("State"), text]];
}

/** @param {any} mark @returns {Array<[string, string]>} */
const keyRow = (mark) => (mark.isKey ? [[gettext("Counts as"), gettext("key site")]] : []);

/**
 * What was agreed on it, with what is left of the budget; drawn features hold texts only.
 * @param {any} found @returns {Array<[string, string]>}
 */
function complianceRows({ standing, standings }) {
  if (!standing || !standings) return []; // drawn so for its state
  /** @type {any[]} */
  const rows = JSON.parse(standings);
  const lines = rows.map(
    ({ name, state, left }) =>
      /** @type {[string, string]} */ ([
        name,
        interpolate(gettext("%(state)s, %(left)s of the budget left"), {
          state: COMPLIANCE_WORDS[state],
          left: percentWord(left, 1),
        }),
      ]),
  );
  return lines.length ? lines : [[gettext("Service level"), COMPLIANCE_WORDS[standing]]];
}

/** What went wrong, for a person. @param {any} problem */
export function problemWord(problem) {
  if (problem.status === 403)
    return interpolate(gettext("Not for you to see: %(reason)s"), { reason: problem.message });
  return interpolate(gettext("Could not be read: %(reason)s"), { reason: problem.message });
}

/** @param {{name_en?: string, name_zh?: string, slug: string}|undefined} object @param {string} [slug] */
export const nameOf = (object, slug = "") =>
  (object && ((isChinese ? object.name_zh : object.name_en) || object.slug)) || slug;
