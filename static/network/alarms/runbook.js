/** What to do about a problem: the text that an operator reads, and the form in which it is written. */
import { sendJson } from "../../console/api.js";
import { el } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { timeOf } from "../words.js";
import { askFor, field } from "./alarmdialogs.js";

const MOST_TEXT = "4000";

/**
 * @typedef {{problem: string, text: string, text_en: string, text_zh: string, is_standard: boolean,
 *   changed_at: string|null, changed_by: string}} Runbook
 */

/**
 * What to do, a line a step, with who wrote it; with the right to write it a button.
 * @param {Runbook} runbook @param {(() => unknown)|null} edit
 * @returns {HTMLElement[]}
 */
export function runbookParts(runbook, edit) {
  const steps = runbook.text.split("\n").filter((line) => line.trim());
  const button =
    edit &&
    el("button", { class: "button small quiet", type: "button", id: "runbook-edit", onclick: edit }, gettext("Edit"));
  return [
    el("h3", null, gettext("What to do")),
    el("ol", { class: "runbook" }, ...steps.map((step) => el("li", null, step))),
    el("p", { class: "row muted" }, ...source(runbook), button),
  ];
}

/** @param {Runbook} runbook */
function source(runbook) {
  if (runbook.is_standard) return [gettext("Standard text")];
  const words = interpolate(gettext("written by %(person)s"), { person: runbook.changed_by });
  return [words, " · ", timeOf(runbook.changed_at)];
}

/**
 * Ask for the text in both languages; both empty: the standard one again.
 * @param {Runbook} runbook @param {() => unknown} done
 */
export function askRunbook(runbook, done) {
  const [english, chinese] = [area("runbook-en", runbook.text_en), area("runbook-zh", runbook.text_zh)];
  askFor(
    gettext("Save what to do"),
    [
      el("p", { class: "muted" }, gettext("A line a step. It is shown at every alarm of this problem.")),
      el("p", { class: "muted" }, gettext("Both empty: the standard text again.")),
      field("runbook-en", gettext("English"), english),
      field("runbook-zh", gettext("Chinese"), chinese),
    ],
    () =>
      sendJson("PATCH", `/api/v1/alarms/runbooks/${runbook.problem}`, {
        text_en: english.value,
        text_zh: chinese.value,
      }),
    done,
  );
}

/** @param {string} id @param {string} text */
function area(id, text) {
  const made = /** @type {HTMLTextAreaElement} */ (el("textarea", { id, rows: "6", maxlength: MOST_TEXT }));
  made.value = text;
  return made;
}
