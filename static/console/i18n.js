/** Words of the scripts. The catalogue is fetched once, before any module that imports this one runs. */

import { within } from "./within.js";

const CATALOGUE_MS = 10_000; // nothing of the page runs before
const root = document.documentElement;
/** @type {Record<string, string|string[]>} */
const catalogue = await fetchCatalogue();

async function fetchCatalogue() {
  const url = root.dataset.catalogue;
  if (!url || root.lang === "en") return {};
  try {
    const signal = within(CATALOGUE_MS);
    const answer = await fetch(`${url}?language=${root.lang}`, { credentials: "same-origin", signal });
    return (await answer.json()).catalog || {};
  } catch {
    return {}; // English words are better than none
  }
}

/** @param {string} text @returns {string} */
export function gettext(text) {
  const result = catalogue[text];
  return typeof result === "string" ? result : result?.[0] || text;
}

/** @param {string} context @param {string} text @returns {string} */
export function pgettext(context, text) {
  const result = catalogue[`${context}\u0004${text}`];
  return typeof result === "string" ? result : result?.[0] || text;
}

/**
 * Both of our languages tell at most one from many.
 * @param {string} single @param {string} many @param {number} count
 */
export function ngettext(single, many, count) {
  const result = catalogue[single];
  if (result === undefined) return count === 1 ? single : many;
  return typeof result === "string" ? result : result[Math.min(result.length - 1, count === 1 ? 0 : 1)];
}

/**
 * Fill in `%(name)s` from an object.
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

/** @type {Map<number, Intl.NumberFormat>} by digits */
const numberFormats = new Map();

/** @param {number} value @param {number} [digits] fraction digits @returns {string} */
export function formatNumber(value, digits = 0) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = numberFormats.get(digits) ?? new Intl.NumberFormat(root.lang, options);
  numberFormats.set(digits, format);
  return format.format(value);
}
