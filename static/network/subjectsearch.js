/**
 * A field in which a subject is looked for by name or key: suggestions while it is typed, and the name of what was
 * chosen.
 */
import { getJson } from "../console/api.js";
import { el, replace, setText } from "../console/dom.js";
import { gettext } from "../console/i18n.js";
import { onceQuiet } from "../console/soon.js";
import { nameOf } from "./words.js";

const WAIT_MS = 200;
let made = 0;

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} hint where the name of what was chosen stands, otherwise `usual`
 * @param {{kind: () => string, usual?: () => string}} setup the kind that is looked for; "" looks for nothing
 * @returns {{reset: () => void}} call it when the kind changed
 */
export function subjectSearch(input, hint, { kind, usual = () => "" }) {
  const list = el("datalist", { id: `subjects-${++made}` });
  input.setAttribute("list", list.id);
  input.after(list);
  let asked = 0;

  async function look() {
    const [own, of, words] = [++asked, kind(), input.value.trim()];
    if (!of) return replace(list);
    try {
      const subjects = await getJson(`/api/v1/agreements/subjects?${new URLSearchParams({ kind: of, search: words })}`);
      if (own === asked) show(subjects, words);
    } catch (problem) {
      if (own === asked) setText(hint, problem.message);
    }
    return undefined;
  }

  /** @param {any[]} subjects @param {string} words */
  function show(subjects, words) {
    replace(list, ...subjects.map((subject) => el("option", { value: subject.key }, nameOf(subject))));
    const chosen = subjects.find((subject) => subject.key === words);
    setText(hint, chosen ? nameOf(chosen) : subjects.length ? usual() : gettext("Nothing is named so."));
  }

  setText(hint, usual());
  input.addEventListener("input", onceQuiet(look, WAIT_MS));
  input.addEventListener("focus", () => list.childElementCount || look());
  return { reset: () => (replace(list), setText(hint, usual()), look()) };
}
