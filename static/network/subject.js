/**
 * Kinds of subject, as the server knows them: what agreements, maintenance and the impact of failures are about. No
 * script has a list of kinds. No drawing.
 */
import { gettext } from "../console/i18n.js";

/**
 * @typedef {{label: string, page: string, is_searched: boolean, ends: string, key_word: string, key_hint: string,
 *   has_window: boolean, is_everything_without_key: boolean}} Kind `page` with `{key}`, `ends` the kind of both ends
 * @typedef {{kinds: Record<string, Kind>, groups: Record<string, {label: string}>}} Subjects
 */

/** @returns {Subjects} what the page says; nothing where it says nothing */
function read() {
  return JSON.parse(document.getElementById("subjects")?.textContent || '{"kinds": {}, "groups": {}}');
}

/** @type {Subjects} */
let known = read();

/** Take other kinds than those of the page. @param {Subjects} subjects */
export const learn = (subjects) => (known = subjects);

/** @param {string} kind @returns {Kind|undefined} */
const of = (kind) => (Object.hasOwn(known.kinds, kind) ? known.kinds[kind] : undefined);

/** The word of a kind; its code where nobody knows it. @param {string} kind */
export const labelOf = (kind) => of(kind)?.label || kind;

/** The word of a group of affected services. @param {string} group */
export const groupLabelOf = (group) => (Object.hasOwn(known.groups, group) ? known.groups[group].label : group);

/** The address of the page of a subject; "" when it has none. @param {string} kind @param {string} key */
export const pageOf = (kind, key) => (of(kind)?.page || "").replace("{key}", () => encodeURIComponent(key));

/** Which kind is looked for while a key is filled in; "" when none can be. @param {string} kind */
export const searchedFor = (kind) => (of(kind)?.is_searched ? kind : "");

/** The kind of both ends of one that is named `a~b`; "" when it is one thing. @param {string} kind */
export const endsOf = (kind) => of(kind)?.ends || "";

/** What the field of a key asks for. @param {string} kind */
export const keyWordOf = (kind) => of(kind)?.key_word || gettext("Which one: key or name");

/** What a key looks like. @param {string} kind */
export const keyHintOf = (kind) => of(kind)?.key_hint || "";

/** Whether agreements are also judged over a short window. @param {string} kind */
export const hasWindow = (kind) => of(kind)?.has_window || false;

/** Whether the kind without a key stands for everything. @param {string} kind */
export const isEverythingWithoutKey = (kind) => of(kind)?.is_everything_without_key || false;
