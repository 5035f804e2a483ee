/**
 * What things are called that rows and events tell by their key: organisations, regions, edge nodes, models. The page
 * hands over those of the kinds that its scripts ask for (`Page.names`), in the reader's language; there are few of
 * each.
 */

/** @typedef {Record<string, Record<string, string>>} Names by kind and key */

/** @type {Names} */
const known = JSON.parse(document.getElementById("names")?.textContent || "{}");

/**
 * Take what a script has read of a kind of which there are many.
 * @param {string} kind @param {Record<string, string>} names
 */
export const learn = (kind, names) => {
  known[kind] = names;
};

/**
 * The name of a thing; its key where nobody told a name, and nothing where there is no key.
 * @param {string} kind @param {string|null|undefined} key
 */
export function namedBy(kind, key) {
  const names = Object.hasOwn(known, kind) ? known[kind] : {};
  return key && Object.hasOwn(names, key) ? names[key] : key || "";
}
