/** What is asked before something is done to alarms: a comment, a name, a reason and an end; and the history of one. */
import { getJson, sendJson } from "../../console/api.js";
import { openDialog } from "../../console/dialog.js";
import { el } from "../../console/dom.js";
import { sendFrom } from "../../console/forms.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { count, tell } from "./alarmanswers.js";

const SHELVE_MINUTES = [15, 60, 240, 480, 1440];

/** @param {string} id @param {string} word @param {HTMLElement} control */
export function field(id, word, control) {
  return el("div", { class: "field" }, el("label", { for: id }, word), control);
}

/**
 * Ask about alarms, then send; `bodyOf` reads the form when it is submitted.
 * @param {any[]} alarms @param {string} title @param {HTMLElement[]} fields @param {string} url
 * @param {() => Record<string, any>} bodyOf @param {(isDone: boolean) => unknown} done
 */
function ask(alarms, title, fields, url, bodyOf, done) {
  askFor(
    title,
    [count(alarms), ...fields],
    () => sendJson("POST", `/api/v1/alarms/${url}`, { ids: alarms.map((alarm) => alarm.id), ...bodyOf() }),
    (answer) => (tell(alarms, answer), done(true)),
  );
}

/**
 * Ask, then send what the form says; `done` gets the answer. It stays open, with the reason, until it could be sent.
 * @param {string} title @param {HTMLElement[]} fields @param {() => Promise<any>} sendIt
 * @param {(answer: any) => unknown} done
 */
export function askFor(title, fields, sendIt, done) {
  const wrong = el("p", { class: "field-error", role: "alert", hidden: true });
  const send = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary" }, title));
  const form = el("form", { class: "form", id: "alarm-form" }, ...fields, wrong, send);
  const dialog = openDialog(title, [form]);
  /** @type {any} */ (form.querySelector("input, select"))?.focus();
  sendFrom(form, async () => {
    const answer = await sendIt();
    dialog.close();
    done(answer);
  });
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export function askAcknowledge(alarms, done) {
  const comment = /** @type {HTMLInputElement} */ (
    el("input", { id: "comment", maxlength: "500", autocomplete: "off" })
  );
  ask(
    alarms,
    gettext("Acknowledge"),
    [field("comment", gettext("Comment (may stay empty)"), comment)],
    "acknowledge",
    () => ({ comment: comment.value }),
    done,
  );
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export function askComment(alarms, done) {
  const comment = /** @type {HTMLInputElement} */ (
    el("input", { id: "comment", maxlength: "500", required: true, autocomplete: "off" })
  );
  ask(
    alarms,
    gettext("Comment"),
    [field("comment", gettext("Comment"), comment)],
    "comment",
    () => ({ comment: comment.value }),
    done,
  );
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export function askShelve(alarms, done) {
  const reason = /** @type {HTMLInputElement} */ (
    el("input", { id: "reason", maxlength: "500", required: true, autocomplete: "off" })
  );
  const options = SHELVE_MINUTES.map((minutes) =>
    el(
      "option",
      { value: minutes },
      minutes < 60
        ? interpolate(gettext("%(count)s min"), { count: minutes })
        : interpolate(gettext("%(count)s h"), { count: minutes / 60 }),
    ),
  );
  const minutes = /** @type {HTMLSelectElement} */ (el("select", { id: "minutes" }, ...options));
  minutes.value = "60";
  const until = () => new Date(Date.now() + Number(minutes.value) * 60e3).toISOString();
  const fields = [field("reason", gettext("Reason"), reason), field("minutes", gettext("For"), minutes)];
  ask(alarms, gettext("Shelve"), fields, "shelve", () => ({ reason: reason.value, until_at: until() }), done);
}

const HOLD_HOURS = [0, 8, 24, 168, 720];

/** How long something is held. @param {number} hours 0: it has no end */
export function lengthWord(hours) {
  if (hours === 0) return gettext("until somebody ends it");
  return hours < 48
    ? interpolate(gettext("%(count)s h"), { count: hours })
    : interpolate(gettext("%(count)s d"), { count: hours / 24 });
}

/**
 * A hold by design or for works: until somebody ends it, unless an end is chosen.
 * @param {any[]} alarms @param {string} title @param {string} url @param {(isDone: boolean) => unknown} done
 */
function askHold(alarms, title, url, done) {
  const reason = /** @type {HTMLInputElement} */ (
    el("input", { id: "reason", maxlength: "500", required: true, autocomplete: "off" })
  );
  const hours = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { id: "hours" },
      ...HOLD_HOURS.map((holdHour) => el("option", { value: holdHour }, lengthWord(holdHour))),
    )
  );
  const until = () => (Number(hours.value) ? new Date(Date.now() + Number(hours.value) * 3600e3).toISOString() : null);
  ask(
    alarms,
    title,
    [field("reason", gettext("Reason"), reason), field("hours", gettext("For"), hours)],
    url,
    () => ({ reason: reason.value, until_at: until() }),
    done,
  );
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export function askSuppress(alarms, done) {
  askHold(alarms, gettext("Suppress by design"), "suppress", done);
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export function askOutOfService(alarms, done) {
  askHold(alarms, gettext("Take out of service"), "out-of-service", done);
}

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export async function askAssign(alarms, done) {
  /** @type {any[]} */
  let people = [];
  try {
    people = await getJson("/api/v1/alarms/assign");
  } catch (reason) {
    toast(reason.message, "error");
    return;
  }
  const person = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { id: "person" },
      el("option", { value: "" }, gettext("nobody")),
      ...people.map((row) => el("option", { value: row.username }, row.username)),
    )
  );
  person.value = alarms[0].assigned_to;
  ask(
    alarms,
    gettext("Assign"),
    [field("person", gettext("To"), person)],
    "assign",
    () => ({ person: person.value }),
    done,
  );
}
