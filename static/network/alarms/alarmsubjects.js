/** What somebody may hold: subjects and problems that alarms and sites know, told apart by what outlives renaming. */
import { getJson } from "../../console/api.js";
import { el, replace, setText } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { onceQuiet } from "../../console/soon.js";
import { nameOf } from "../words.js";

const TYPING_MS = 200;

/** @typedef {Map<string, {object_kind: string, object_key: string}>} Known what names stand for: kind and key */

/** What a list holds; nothing where it cannot be read. @param {string} url @returns {Promise<any[]>} */
const rowsOf = (url) =>
  getJson(url).then(
    (page) => page.results,
    () => [],
  );

/** @param {any} site */
const objectOf = (site) => ({ subject: nameOf(site), object_kind: "site", object_key: site.slug });

/**
 * Note what alarms and sites are called; two of one name are told apart by their keys.
 * @param {Known} known @param {any[]} alarms @param {any[]} sites
 * @returns {Set<string>} the names
 */
export function learn(known, alarms, sites) {
  const objects = [...alarms.toReversed(), ...sites.map(objectOf)];
  const byId = new Map(objects.map((object) => [`${object.object_kind} ${object.object_key}`, object]));
  const names = [...byId.values()].map((object) => object.subject);
  for (const [id, { subject, object_kind, object_key }] of byId) {
    const isTwice = names.filter((name) => name === subject).length > 1;
    if (isTwice) known.delete(subject); // an earlier search may have found one of them only
    known.set(isTwice ? `${subject} (${id})` : subject, { object_kind, object_key });
  }
  return new Set(names);
}

/**
 * Offer what is known while a subject is typed; a hold of what nobody knows is said to be one.
 * @param {HTMLInputElement} subject @param {HTMLInputElement} problem @param {HTMLElement} hint
 * @param {Known} known filled meanwhile
 */
export function suggest(subject, problem, hint, known) {
  const lists = [subject, problem].map((input) => {
    const list = el("datalist", { id: `${input.id}s` });
    input.setAttribute("list", list.id);
    input.after(list);
    return list;
  });
  let asked = 0;
  const look = async () => {
    const own = ++asked;
    const words = subject.value.trim();
    const query = new URLSearchParams({ search: words, limit: "50" });
    const [alarms, sites] = await Promise.all(["alarms", "sites"].map((kind) => rowsOf(`/api/v1/${kind}?${query}`)));
    if (own !== asked) return;
    const names = learn(known, alarms, sites);
    const key = known.get(words)?.object_key;
    const problems = [
      ...new Set(alarms.filter((alarm) => alarm.object_key === key).map((alarm) => alarm.specific_problem)),
    ];
    [[...known.keys()], problems].forEach((some, at) =>
      replace(lists[at], ...some.map((value) => el("option", { value }))),
    );
    const isNew = words && !known.has(words) && !names.has(words);
    setText(hint, isNew ? gettext("Nothing is called so now. The hold waits for alarms of exactly this subject.") : "");
  };
  subject.addEventListener("input", onceQuiet(look, TYPING_MS));
  look();
}
