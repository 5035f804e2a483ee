/**
 * What things are called that rows and events tell by their key: organisations, regions, edge nodes, models. The page
 * hands them over, in the reader's language; there are few of each.
 */

/** @typedef {Record<string, Record<string, string>>} Names by kind and key */

/** @type {Names} */
let known = JSON.parse(document.getElementById("names")?.textContent || "{}");

/** Take other names than those of the page. @param {Names} names */
export const learn = (names) => (known = names);

/**
 * The name of a thing; its key where nobody told a name, and nothing where there is no key.
 * @param {string} kind @param {string|null|undefined} key
 */
export function namedBy(kind, key) {
  const names = Object.hasOwn(known, kind) ? known[kind] : {};
  return key && Object.hasOwn(names, key) ? names[key] : key || "";
}
