/** Rights in words, as console/access/right_words.py has them: their names (`app.verb_model`) are on no page. */
import { gettext, interpolate } from "./i18n.js";

/** @typedef {{verbs: Record<string, string>, things: Record<string, string>}} Words */
/** @type {Words} */
const known = JSON.parse(document.documentElement.dataset.rightWords || '{"verbs": {}, "things": {}}');

/** What a right allows; nothing for one that has no words. @param {string} right @param {Words} words */
function whatOf(right, words) {
  const [, verb, thing] = /^[a-z]+\.([a-z]+)_(\w+)$/.exec(right) || [];
  if (!words.verbs[verb] || !words.things[thing]) return "";
  return interpolate(words.verbs[verb], { things: words.things[thing] });
}

/** The sentence that somebody reads who lacks a right. @param {string} right @param {Words} [words] */
export function lacking(right, words = known) {
  const what = whatOf(right, words);
  return what
    ? interpolate(gettext("You lack the right to %(what)s."), { what })
    : gettext("You lack a right for this.");
}

/** @param {string} right @param {Words} words */
function heldElsewhere(right, words) {
  const what = whatOf(right, words);
  if (!what) return lacking(right, words);
  return interpolate(gettext("You hold the right to %(what)s in another organisation. Switch to it first."), { what });
}

const NAMED = /^(?:You lack the right )?([a-z]+\.[a-z_]+)(?:\.|: .*)?$/; // what comes after it names no right
const ELSEWHERE = /^You hold the right ([a-z]+\.[a-z_]+) in another organisation\b/;

/**
 * A refusal as people read it: where it is of a right, in words; else as the server says it.
 * @param {string} reason a right, or the server's sentence, which may be of one
 * @param {Words} [words]
 */
export function refusalText(reason, words = known) {
  const [lacks, held] = [NAMED, ELSEWHERE].map((pattern) => pattern.exec(reason)?.[1]);
  if (held) return heldElsewhere(held, words);
  return lacks ? lacking(lacks, words) : reason;
}
