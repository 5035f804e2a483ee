/** What is asked before something is done to alarms: a comment, a name, a reason and an end; and the history of one. */
import { getJson, sendJson } from "../console/api.js";
import { confirmAction, openDialog } from "../console/dialog.js";
import { el, widget } from "../console/dom.js";
import { gettext, interpolate, ngettext } from "../console/i18n.js";
import { toast } from "../console/toast.js";
import { ENTRY_WORDS, timeOf } from "./words.js";

const SHELVE_MINUTES = [15, 60, 240, 480, 1440];

/** @param {any[]} alarms */
function count(alarms) {
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
 * @param {string} title @param {HTMLElement[]} fields @param {() => Promise<any>} sendIt @param {(answer: any) =>
 *   unknown} done
 */
export function askFor(title, fields, sendIt, done) {
  const wrong = el("p", { class: "field-error", role: "alert", hidden: true });
  const send = /** @type {HTMLButtonElement} */ (el("button", { class: "button primary" }, title));
  const form = el("form", { class: "form", id: "alarm-form" }, ...fields, wrong, send);
  const dialog = openDialog(title, [form]);
  /** @type {any} */ (form.querySelector("input, select"))?.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const answer = await sendIt();
      dialog.close();
      done(answer);
    } catch (problem) {
      wrong.textContent =
        problem.errors.map((/** @type {any} */ one) => `${one.field}: ${one.expected}`).join(" · ") || problem.message;
      wrong.hidden = false;
      send.disabled = false;
    }
  });
}

/**
 * Say what became of several: to how many it was done, and to which it was not, and why. Of one the list says it.
 * @param {any[]} alarms @param {any} answer
 */
function tell(alarms, answer) {
  if (!answer.refused) return;
  const told = interpolate(ngettext("Done to %(count)s alarm.", "Done to %(count)s alarms.", answer.done.length), {
    count: answer.done.length,
  });
  if (!answer.refused.length) return toast(told);
  const titles = new Map(alarms.map((alarm) => [alarm.id, `${alarm.subject}: ${gettext(alarm.specific_problem)}`]));
  const rest = interpolate(ngettext("Not done to %(count)s:", "Not done to %(count)s:", answer.refused.length), {
    count: answer.refused.length,
  });
  const lines = answer.refused.map((/** @type {any} */ one) =>
    el("li", null, titles.get(one.id), el("span", { class: "muted" }, ` · ${one.reason}`)),
  );
  openDialog(gettext("Not all could be done"), [
    el("div", { class: "stack", id: "not-done" }, el("p", null, told), el("p", null, rest), el("ul", null, ...lines)),
  ]);
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
    el("select", { id: "hours" }, ...HOLD_HOURS.map((one) => el("option", { value: one }, lengthWord(one))))
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
      ...people.map((one) => el("option", { value: one.username }, one.username)),
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

/** @param {any[]} alarms @param {(isDone: boolean) => unknown} done */
export const release = (alarms, done) => send(alarms, "release", done);

/** @param {any[]} alarms @param {string} url @param {(isDone: boolean) => unknown} done */
async function send(alarms, url, done) {
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
  const told = interpolate(
    ngettext(
      "%(count)s alarm counts as unacknowledged again: it sounds, and escalates in time.",
      "%(count)s alarms count as unacknowledged again: they sound, and escalate in time.",
      alarms.length,
    ),
    { count: alarms.length },
  );
  if (await confirmAction(gettext("Take the acknowledgement back?"), told, gettext("Take back")))
    await send(alarms, "unacknowledge", done);
}

/**
 * Clear what nothing measures any more; the server refuses while something does.
 * @param {any[]} alarms @param {(isDone: boolean) => unknown} done
 */
export async function clearByHand(alarms, done) {
  const told = interpolate(
    ngettext(
      "%(count)s alarm ends now, by your word that its cause is gone. While Loft measures its cause it is refused.",
      "%(count)s alarms end now, by your word that their causes are gone. Those whose cause Loft still measures are refused.",
      alarms.length,
    ),
    { count: alarms.length },
  );
  if (await confirmAction(gettext("Clear by hand?"), told, gettext("Clear"))) await send(alarms, "clear", done);
}

/** Show everything that happened to an alarm, the oldest first. @param {any} alarm */
export async function showHistory(alarm) {
  const body = el("div", { id: "alarm-history" });
  const state = widget(body);
  openDialog(interpolate(gettext("History of %(title)s"), alarm), [body]).classList.add("wide");
  state.loading();
  try {
    const { results } = await getJson(`/api/v1/alarms/${alarm.id}/entries?limit=1000`);
    const rows = results.map(entryRow);
    const heads = [gettext("When"), gettext("What"), gettext("Who"), gettext("Remark")].map((word) =>
      el("th", { scope: "col" }, word),
    );
    const csv = el(
      "a",
      {
        class: "button quiet start",
        href: `/api/v1/alarms/${alarm.id}/entries?format=csv&limit=1000`,
        download: `alarm-${alarm.id}.csv`,
      },
      gettext("Export CSV"),
    );
    if (rows.length === 0) state.empty(gettext("Nothing is on record for this alarm."));
    else
      state.show(
        el(
          "div",
          { class: "stack" },
          el(
            "div",
            { class: "table-wrap" },
            el("table", { class: "table" }, el("thead", null, el("tr", null, ...heads)), el("tbody", null, ...rows)),
          ),
          csv,
        ),
      );
  } catch (reason) {
    state.error(reason.message, null);
  }
}

/** @param {any} entry */
function entryRow(entry) {
  return el(
    "tr",
    null,
    el("td", { class: "nowrap" }, timeOf(entry.at)),
    el("td", null, ENTRY_WORDS[entry.kind] || entry.kind),
    el("td", null, entry.actor, entry.system && el("span", { class: "muted" }, ` · ${entry.system}`)),
    el(
      "td",
      null,
      entry.text,
      entry.until_at && el("span", { class: "muted" }, ` · ${gettext("until")} `, timeOf(entry.until_at)),
    ),
  );
}
