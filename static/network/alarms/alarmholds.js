/** Holds of whole subjects: those in force with their ends and reasons; declared and ended by whoever may. */
import { bar, barred } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { byId, chip, el, keepFocus, replace, setText, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { soon } from "../../console/soon.js";
import { Turns } from "../../console/turns.js";
import { tableOf } from "../../console/table.js";
import { toast } from "../../console/toast.js";
import { askFor, field, lengthWord } from "./alarmdialogs.js";
import { suggest } from "./alarmsubjects.js";
import { LIFE_WORDS, timeOf } from "../words.js";

const ROWS = 200;
const SETTLE_MS = 500;
const REFRESH_MS = 60_000; // a hold begins and ends without an alarm to tell of it
const KINDS = ["out_of_service", "suppressed", "shelved"];
const HOURS = [1, 8, 24, 168, 720, 0]; // 0: until somebody ends it
const MOST_SHELVED_H = 168;
const RIGHT = "network.add_alarmhold";
const mayHold = byId("alarms-page").dataset.mayHold === "yes";
const lacks = mayHold ? "" : lacking(RIGHT);
const panel = /** @type {HTMLDetailsElement} */ (byId("holds"));
const list = byId("hold-list");
const state = widget(list);
let readMs = 0;
const turns = new Turns();

async function load() {
  const turn = turns.ask();
  try {
    const page = await getJson(`/api/v1/alarms/holds?ended_at__isnull=true&limit=${ROWS}`);
    if (!turns.take(turn)) return;
    readMs = Date.now();
    draw(page);
  } catch (problem) {
    if (!turns.take(turn)) return;
    setText(byId("hold-count"), gettext("unknown"));
    if (problem.status === 403) state.forbidden("network.view_alarm");
    else if (readMs) state.stale((Date.now() - readMs) / 1000);
    else state.error(problem.message, load);
  }
}

/** @param {any} given */
function draw({ results, count }) {
  setText(byId("hold-count"), formatNumber(count));
  if (!count) return state.empty(gettext("Nothing is held: every alarm is told."));
  const heads = [
    gettext("Subject"),
    gettext("Problem"),
    gettext("Kind"),
    gettext("Until"),
    gettext("Reason"),
    gettext("By"),
    gettext("Since"),
    "",
  ];
  const more =
    count > results.length &&
    el(
      "p",
      { class: "muted" },
      interpolate(gettext("The newest %(shown)s of %(count)s."), {
        shown: formatNumber(results.length),
        count: formatNumber(count),
      }),
    );
  return keepFocus(list, () => state.show(tableOf(heads, results.map(cells)), more));
}

/** @param {any} hold */
function cells(hold) {
  return [
    hold.subject,
    hold.specific_problem ? gettext(hold.specific_problem) : gettext("every problem"),
    chip(hold.kind, LIFE_WORDS[hold.kind]),
    hold.until_at ? timeOf(hold.until_at) : gettext("until somebody ends it"),
    hold.reason,
    hold.actor,
    timeOf(hold.started_at),
    endCell(hold),
  ];
}

/** @param {any} hold */
function endCell(hold) {
  if (hold.maintenance) return el("a", { href: "/maintenance" }, gettext("ends with its maintenance"));
  return el(
    "button",
    {
      type: "button",
      class: "button small",
      ...barred(!mayHold && lacks),
      dataset: { focus: `hold-${hold.id}` },
      onclick: () => end(hold),
    },
    gettext("Release"),
  );
}

/** @param {any} hold */
async function end(hold) {
  const message = interpolate(
    gettext("Whatever this hold of %(subject)s keeps quiet is told again, and escalates in time."),
    hold,
  );
  if (!(await confirmAction(gettext("End this hold?"), message, gettext("Release")))) return;
  try {
    await sendJson("DELETE", `/api/v1/alarms/holds/${hold.id}`);
    toast(gettext("The hold is over."));
  } catch (problem) {
    toast(problem.message, "error");
  }
  load();
}

function declare() {
  const subject = input("hold-subject", 120, true);
  const problem = input("hold-problem", 120, false);
  const reason = input("hold-reason", 500, true);
  const kind = select(
    "hold-kind",
    KINDS.map((state) => [state, LIFE_WORDS[state]]),
  );
  const hours = select("hold-hours", []);
  kind.addEventListener("change", () => offerHours(kind, hours));
  offerHours(kind, hours);
  const hint = el("p", { class: "muted", role: "status" });
  const until = () => (Number(hours.value) ? new Date(Date.now() + Number(hours.value) * 3600e3).toISOString() : null);
  /** @type {import("./alarmsubjects.js").Known} */
  const known = new Map();
  const named = () => known.get(subject.value.trim()) || { subject: subject.value.trim() };
  const body = () => ({
    ...named(),
    specific_problem: problem.value.trim(),
    kind: kind.value,
    reason: reason.value,
    until_at: until(),
  });
  const fields = [
    field(subject.id, gettext("Subject, as alarms name it"), subject),
    hint,
    field(problem.id, gettext("Problem (empty: every problem)"), problem),
    field(kind.id, gettext("Kind"), kind),
    field(hours.id, gettext("For"), hours),
    field(reason.id, gettext("Reason"), reason),
  ];
  suggest(subject, problem, hint, known); // by now the inputs have a place beside which the lists can stand
  askFor(
    gettext("Hold a subject"),
    fields,
    () => sendJson("POST", "/api/v1/alarms/holds", body()),
    () => ((panel.open = true), load()),
  );
}

/** What is shelved always ends. @param {HTMLSelectElement} kind @param {HTMLSelectElement} hours */
function offerHours(kind, hours) {
  const offered = HOURS.filter((some) => kind.value !== "shelved" || (some && some <= MOST_SHELVED_H));
  replace(hours, ...offered.map((some) => el("option", { value: some, selected: some === 8 }, lengthWord(some))));
}

/** @param {string} id @param {number} most @param {boolean} isRequired */
function input(id, most, isRequired) {
  return /** @type {HTMLInputElement} */ (
    el("input", { id, maxlength: most, required: isRequired, autocomplete: "off" })
  );
}

/** @param {string} id @param {string[][]} options */
function select(id, options) {
  return /** @type {HTMLSelectElement} */ (
    el("select", { id }, ...options.map(([value, word]) => el("option", { value }, word)))
  );
}

const loadSoon = soon(load, SETTLE_MS);

const button = /** @type {HTMLButtonElement} */ (byId("hold"));
bar(button, !mayHold && lacks);
button.addEventListener("click", declare);
state.loading();
connect({ topics: ["alarms"], onOpen: load, onEvent: (event) => event.topic === "alarms" && loadSoon() });
setInterval(() => document.hidden || load(), REFRESH_MS);
