/** The answer that an alarm carries: since when, what was promised and is, why, what to do, and who is affected. */
import { getJson } from "../../console/api.js";
import { openDialog } from "../../console/dialog.js";
import { ageText, el, widget } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { facts } from "../../console/table.js";
import { impact } from "../service_levels/agreementparts.js";
import { LIFE_WORDS, severityChip, timeOf } from "../words.js";
import { figureText } from "./alarmfigures.js";
import { consequenceText } from "./alarmnext.js";
import { askRunbook, runbookParts } from "./runbook.js";

/** Show it of one alarm, as it is now. @param {number} id @param {boolean} mayWrite what to do */
export async function showAnswer(id, mayWrite) {
  const body = el("div", { id: "alarm-answer", class: "stack" });
  const state = widget(body);
  openDialog(gettext("Who is affected, and what to do"), [body]).classList.add("wide");
  const load = async () => {
    state.loading();
    try {
      const alarm = await getJson(`/api/v1/alarms/${id}`);
      state.show(...answerParts(alarm, mayWrite ? () => askRunbook(alarm.runbook, load) : null));
    } catch (reason) {
      state.error(reason.message, load);
    }
  };
  await load();
}

/** @param {any} alarm @param {(() => unknown)|null} edit @returns {HTMLElement[]} */
export function answerParts(alarm, edit) {
  return [
    el("p", { class: "row" }, severityChip(alarm.severity), el("strong", null, alarm.title)),
    facts(factsOf(alarm)),
    ...runbookParts(alarm.runbook, edit),
    ...affected(alarm),
  ];
}

/** @param {any} alarm @returns {Array<[string, Node|string]>} */
function factsOf(alarm) {
  const age = alarm.ended_at ? "" : ` · ${ageText((Date.now() - Date.parse(alarm.started_at)) / 1000)}`;
  /** @type {Array<[string, any]>} */
  const rows = [
    [gettext("Subject"), subject(alarm)],
    [gettext("Since"), el("span", null, timeOf(alarm.started_at), el("span", { class: "age" }, age))],
    [gettext("Promised and is"), figureText(alarm)],
    [gettext("Consequence"), consequenceText(alarm.detail)],
    [gettext("Probable cause"), cause(alarm)],
    [gettext("Root cause"), alarm.root && el("a", { href: `/alarms?alarm=${alarm.root}` }, alarm.root_title)],
    [gettext("State"), LIFE_WORDS[alarm.state]],
  ];
  return rows.filter(([, value]) => value);
}

/** @param {any} alarm */
function subject(alarm) {
  return el(
    "span",
    { class: "row" },
    alarm.page ? el("a", { href: alarm.page }, alarm.subject) : alarm.subject,
    alarm.place && el("a", { href: alarm.place }, gettext("on the map")),
  );
}

/** @param {any} alarm */
function cause(alarm) {
  if (alarm.suspects.length < 2) return alarm.probable_cause_text;
  const word = alarm.is_every_suspect ? gettext("all of these failed") : gettext("one of these failed");
  return `${alarm.probable_cause_text} · ${word}: ${alarm.suspects.join(", ")}`;
}

/** @param {any} alarm @returns {HTMLElement[]} */
function affected(alarm) {
  const head = el("h3", null, gettext("Who is affected"));
  if (alarm.affected_services) return [head, ...impact(alarm.affected_services)];
  const words = alarm.ended_at
    ? gettext("The alarm is over: nobody is affected by it any more.")
    : gettext("Nothing of the network depends on it; only the subject itself is affected.");
  return [head, el("p", { class: "muted" }, words)];
}
