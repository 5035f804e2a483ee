/** What becomes of several alarms at once, and the history of one. */
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction, openDialog } from "../../console/dialog.js";
import { el, widget } from "../../console/dom.js";
import { gettext, interpolate, ngettext } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { toast } from "../../console/toast.js";
import { ENTRY_WORDS, timeOf } from "../words.js";

/** @param {any[]} alarms */
export function count(alarms) {
  const title = `${alarms[0].subject}: ${gettext(alarms[0].specific_problem)}`;
  return el(
    "p",
    null,
    interpolate(ngettext("%(count)s alarm: %(title)s", "%(count)s alarms, the first: %(title)s", alarms.length), {
      count: alarms.length,
      title,
    }),
  );
}

/**
 * Say what became of several: to how many it was done, and to which it was not, and why. Of one the list says it.
 * @param {any[]} alarms @param {any} answer
 */
export function tell(alarms, answer) {
  if (!answer.refused) return;
  const message = interpolate(ngettext("Done to %(count)s alarm.", "Done to %(count)s alarms.", answer.done.length), {
    count: answer.done.length,
  });
  if (!answer.refused.length) return toast(message);
  const titles = new Map(alarms.map((alarm) => [alarm.id, `${alarm.subject}: ${gettext(alarm.specific_problem)}`]));
  const rest = interpolate(ngettext("Not done to %(count)s:", "Not done to %(count)s:", answer.refused.length), {
    count: answer.refused.length,
  });
  const lines = answer.refused.map((/** @type {any} */ refusal) =>
    el("li", null, titles.get(refusal.id), el("span", { class: "muted" }, ` · ${refusal.reason}`)),
  );
  openDialog(gettext("Not all could be done"), [
    el(
      "div",
      { class: "stack", id: "not-done" },
      el("p", null, message),
      el("p", null, rest),
      el("ul", null, ...lines),
    ),
  ]);
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export const release = (alarms, done) => send(alarms, "release", done);

/** @param {any[]} alarms @param {string} url @param {(isDone: boolean) => unknown} done */
export async function send(alarms, url, done) {
  try {
    tell(alarms, await sendJson("POST", `/api/v1/alarms/${url}`, { ids: alarms.map((alarm) => alarm.id) }));
    done(true);
  } catch (reason) {
    toast(reason.message, "error");
    done(false);
  }
}

/**
 * Take acknowledgements back: the alarms want somebody again.
 * @param {any[]} alarms @param {(isDone: boolean) => unknown} done
 */
export async function takeBack(alarms, done) {
  const message = interpolate(
    ngettext(
      "%(count)s alarm counts as unacknowledged again: it sounds, and escalates in time.",
      "%(count)s alarms count as unacknowledged again: they sound, and escalate in time.",
      alarms.length,
    ),
    { count: alarms.length },
  );
  if (await confirmAction(gettext("Take the acknowledgement back?"), message, gettext("Take back")))
    await send(alarms, "unacknowledge", done);
}

/**
 * Clear what nothing measures any more; the server refuses while something does.
 * @param {any[]} alarms @param {(isDone: boolean) => unknown} done
 */
export async function clearByHand(alarms, done) {
  const message = interpolate(
    ngettext(
      "%(count)s alarm ends now, by your word that its cause is gone. While Loft measures its cause it is refused.",
      "%(count)s alarms end now, by your word that their causes are gone. Those whose cause Loft still measures are refused.",
      alarms.length,
    ),
    { count: alarms.length },
  );
  if (await confirmAction(gettext("Clear by hand?"), message, gettext("Clear"))) await send(alarms, "clear", done);
}

/** Show everything that happened to an alarm, the oldest first. @param {any} alarm */
export async function showHistory(alarm) {
  const body = el("div", { id: "alarm-history" });
  const state = widget(body);
  openDialog(interpolate(gettext("History of %(title)s"), alarm), [body]).classList.add("wide");
  state.loading();
  try {
    const { results } = await getJson(`/api/v1/alarms/${alarm.id}/entries?limit=1000`);
    const heads = [{ word: gettext("When"), look: "nowrap" }, gettext("What"), gettext("Who"), gettext("Remark")];
    const csv = el(
      "a",
      {
        class: "button quiet start",
        href: `/api/v1/alarms/${alarm.id}/entries?format=csv&limit=1000`,
        download: `alarm-${alarm.id}.csv`,
      },
      gettext("Export CSV"),
    );
    if (results.length === 0) state.empty(gettext("Nothing is on record for this alarm."));
    else state.show(el("div", { class: "stack" }, tableOf(heads, results.map(entryCells)), csv));
  } catch (reason) {
    state.error(reason.message, null);
  }
}

/** @param {any} entry */
const entryCells = (entry) => [
  timeOf(entry.at),
  ENTRY_WORDS[entry.kind] || entry.kind,
  [entry.actor, entry.system && el("span", { class: "muted" }, ` · ${entry.system}`)],
  [entry.text, entry.until_at && el("span", { class: "muted" }, ` · ${gettext("until")} `, timeOf(entry.until_at))],
];
