/** Rights in words, as console/access/right_words.py has them: their names (`app.verb_model`) are on no page. */
import { gettext, interpolate } from "./i18n.js";

/** @typedef {{verbs: Record<string, string>, things: Record<string, string>}} Words */
/** @type {Words} */
const known = JSON.parse(document.documentElement.dataset.rightWords || '{"verbs": {}, "things": {}}');

/** The sentence that somebody reads who lacks a right. @param {string} right @param {Words} [words] */
export function lacking(right, words = known) {
  const [, verb, thing] = /^[a-z]+\.([a-z]+)_(\w+)$/.exec(right) || [];
  if (!words.verbs[verb] || !words.things[thing]) return gettext("You lack a right for this.");
  const what = interpolate(words.verbs[verb], { things: words.things[thing] });
  return interpolate(gettext("You lack the right to %(what)s."), { what });
}

const NAMED = /^(?:You lack the right )?([a-z]+\.[a-z_]+)\.?$/;

/**
 * A refusal as people read it: where it is of a right, in words; else as the server says it.
 * @param {string} reason a right, or the server's sentence, which may be of one
 */
export function refusalText(reason) {
  const right = NAMED.exec(reason)?.[1];
  return right ? lacking(right) : reason;
}
