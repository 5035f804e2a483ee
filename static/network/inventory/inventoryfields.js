/** Words and fields that forms of the inventory are made of. */
import { el, quantity } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { isChinese, nameOf } from "../words.js";

/** @type {Record<string, string>} */
export const SCENARIO_WORDS = { UMa: gettext("Urban macro"), UMi: gettext("Urban micro"), RMa: gettext("Rural macro") };
/** @type {Record<string, string>} */
export const PATTERN_WORDS = {
  column: gettext("Column of elements"),
  sector: gettext("Sector antenna"),
  omni: gettext("Omnidirectional"),
};
/** @type {Record<string, string>} */
export const MEDIUM_WORDS = { fibre: gettext("Fibre"), microwave: gettext("Microwave") };
/** @type {Record<string, string>} */
export const METHOD_WORDS = {
  stamp: gettext("STAMP"),
  tcp: gettext("TCP connect"),
  http: gettext("HTTP request"),
  https: gettext("HTTPS request"),
};
/**
 * @typedef {{name: string, word: string, type: "key"|"text"|"number"|"choice"|"flag"|"lookup"|"path", unit?: string,
 *   least?: number, most?: number,
 *   hint?: string, initial?: any, options?: Record<string, string>, from?: string, isFixed?: boolean,
 *   isOptional?: boolean}} Field
 */

/**
 * @typedef {{url: string, query: string, words: (count: number) => string}} Others records of another kind that hang on
 *   one
 * @typedef {{record: string, keyOf: (row: any) => string, title: string, pageOf?: (row: any) => string,
 *   fields: Field[],
 *   columns: import("../../console/listing.js").Column[], goesWith?: Others[], keeps?: Others[],
 *   againMs?: number}} Kind `againMs`: after so long its list is read anew, as nobody tells of what it shows
 */

/** @param {string} [initial] @returns {Field} */
export const key = (initial) => ({
  name: "slug",
  word: gettext("Key"),
  type: "key",
  isFixed: true,
  hint: gettext("Letters, digits, hyphens and underscores; it cannot be changed later."),
  initial,
});
/** @param {string} name @param {string} word @param {Partial<Field>} [more] @returns {Field} */
export const text = (name, word, more) => ({ name, word, type: "text", ...more });
/**
 * What the numbers of this page's kind of record may be, as its model says.
 * @type {Record<string, {least: number, most: number}>}
 */
const limits = JSON.parse(document.getElementById("inventory")?.dataset.limits || "{}");
/** @param {string} name @param {string} word @param {string} unit @param {Partial<Field>} [more] @returns {Field} */
export const number = (name, word, unit, more) => ({ name, word, type: "number", unit, ...limits[name], ...more });
/**
 * @param {string} name @param {string} word @param {Record<string, string>} options @param {string} initial
 * @returns {Field}
 */
export const choice = (name, word, options, initial) => ({ name, word, type: "choice", options, initial });
/** @param {string} name @param {string} word @param {boolean} [initial] @returns {Field} */
export const flag = (name, word, initial = false) => ({ name, word, type: "flag", initial });
/** @param {string} name @param {string} word @param {string} from @param {Partial<Field>} [more] @returns {Field} */
export const lookup = (name, word, from, more) => ({ name, word, type: "lookup", from, ...more });
export const names = [text("name_en", gettext("English name")), text("name_zh", gettext("Chinese name"))];
export const place = [number("lat_deg", gettext("Latitude"), "°"), number("lon_deg", gettext("Longitude"), "°")];
export const region = lookup("region", gettext("Region"), "regions");
export const site = lookup("site", gettext("Site"), "sites");
/** @param {number} initial */
export const load = (initial) => number("load_share", gettext("Load, as a share"), "", { initial });

/** @param {boolean} value */
export const yes = (value) => (value ? gettext("yes") : gettext("no"));
/** @param {number} value */
export const share = (value) => quantity(value * 100, "%");
const byName = isChinese ? "name_zh" : "name_en";
export const nameColumn = { word: gettext("Name"), order: byName, cell: nameOf };
/** @type {import("../../console/listing.js").Column} */
export const siteColumn = {
  word: gettext("Site"),
  order: "site__slug",
  cell: (row) => el("a", { href: `/network/sites/${row.site}` }, el("code", null, row.site)),
};
