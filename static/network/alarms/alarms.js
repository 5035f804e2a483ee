/** The alarm list: live, root causes with their consequences below; worked by mouse or by keys. */
import { bar } from "../../console/barred.js";
import { getJson } from "../../console/api.js";
import { byId, setText } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { bindKeys } from "../../console/keyboard.js";
import { listing, MOST_CSV } from "../../console/listing.js";
import { restore } from "../../console/listquery.js";
import { soon } from "../../console/soon.js";
import { alarmColumns } from "./alarmcolumns.js";
import { showAnswer } from "./alarmanswer.js";
import { showHistory } from "./alarmanswers.js";
import { operatorActions } from "./operatoractions.js";
import { askedOf, csvWord } from "./alarmquery.js";
import { drawTally } from "./alarmtally.js";
import { startViews } from "./alarmviews.js";

const ROWS = 100;
const SETTLE_MS = 500;
const page = byId("alarms-page");
const mayAcknowledge = page.dataset.mayAcknowledge === "yes";
const mayChange = page.dataset.mayChange === "yes";
const mayHold = page.dataset.mayHold === "yes";
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const list = byId("list");
const csv = /** @type {HTMLAnchorElement} */ (byId("csv"));
/** @type {Set<number>} */
const chosen = new Set();
/** @type {Set<number>} */
const opened = new Set();
/** @type {Map<number, any[]>} */
const children = new Map();
let cursor = -1;
let linked = 0;
let isWide = false;

const ACTIONS = operatorActions({ mayAcknowledge, mayChange, mayHold });
const COLUMNS = alarmColumns({
  maySelect: mayAcknowledge || mayChange,
  isChosen: (id) => chosen.has(id),
  isOpen: (id) => opened.has(id),
  toggle,
  unfold,
});

/** The page with the consequences of what is unfolded. @param {import("../../console/listing.js").Page} page */
async function fetchMore(page) {
  for (const alarm of page.results)
    if (opened.has(alarm.id) && alarm.child_count)
      children.set(alarm.id, (await getJson(`/api/v1/alarms?root=${alarm.id}&limit=${ROWS}`)).results);
}

/** @param {import("../../console/listing.js").Page} page */
function rowsOf(page) {
  const isThere = page.results.some((alarm) => alarm.id === linked);
  if (linked && !isWide && !isThere) return ((isWide = true), null); // it may be a consequence, or held
  linked = 0;
  const rows = page.results.flatMap((alarm) => [alarm, ...(opened.has(alarm.id) ? children.get(alarm.id) || [] : [])]);
  const wanted = Number(form.elements.alarm.value);
  const at = wanted ? rows.findIndex((alarm) => alarm.id === wanted) : -1; // it moves when others come above it
  cursor = at >= 0 ? at : Math.min(cursor, rows.length - 1);
  for (const id of chosen) if (!rows.some((alarm) => alarm.id === id)) chosen.delete(id);
  return rows;
}

/** @param {any} alarm */
function unfold(alarm) {
  if (!opened.delete(alarm.id)) opened.add(alarm.id);
  alarms.reload();
}

/** @param {number} count */
function drawn(count) {
  for (const action of ACTIONS) {
    const button = /** @type {HTMLButtonElement} */ (byId(action.id));
    bar(button, (!action.may || targets(action).length === 0) && whyNot(action));
  }
  setText(csv, csvWord(count, MOST_CSV));
}

/** Why an action cannot be taken now. @param {any} action */
function whyNot(action) {
  if (!action.may) return lacking(action.right);
  return alarms.rows.length ? gettext("No alarm selected is in a state for this.") : gettext("No alarm is listed.");
}

/** @param {any} alarm @param {number} index */
function lineOf(alarm, index) {
  return {
    dataset: { cursor: index === cursor, consequence: Boolean(alarm.root) },
    "aria-selected": chosen.has(alarm.id) || index === cursor ? "true" : null,
    onclick: (/** @type {any} */ event) => event.target.closest("a, input, button") || move(index - cursor),
    ondblclick: () => showHistory(alarm),
  };
}

/** The alarm under the cursor. @returns {any} */
const here = () => alarms.rows[cursor];

/** Show what is known of the alarm under the cursor, or of the first. */
function answer() {
  const alarm = here() || alarms.rows[0];
  if (alarm) showAnswer(alarm.id, page.dataset.mayWrite === "yes");
}

/** @param {number} id */
function toggle(id) {
  if (!chosen.delete(id)) chosen.add(id);
  alarms.redraw();
}

/** @param {number} step */
function move(step) {
  const { rows } = alarms;
  if (rows.length === 0) return;
  cursor = Math.max(0, Math.min(rows.length - 1, cursor + step));
  form.elements.alarm.value = String(rows[cursor].id);
  alarms.address();
  alarms.redraw();
  list.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: "nearest" });
}

/**
 * What an operator action would reach: what fits it of the selection, or else of the row under the cursor.
 * @param {import("./operatoractions.js").OperatorAction} action
 */
function targets(action) {
  const { rows } = alarms;
  const wanted = chosen.size
    ? rows.filter((alarm) => chosen.has(alarm.id))
    : rows.slice(Math.max(cursor, 0), cursor + 1);
  return wanted.filter(action.fits);
}

/** @param {import("./operatoractions.js").OperatorAction|undefined} action */
function start(action) {
  const wanted = action ? targets(action) : [];
  if (!action?.may || wanted.length === 0) return;
  action.run(wanted, (isDone) => {
    if (isDone) chosen.clear();
    alarms.reload();
  });
}

const refresh = soon(() => (alarms.reload(), drawTally(byId("tally")).catch(() => {})), SETTLE_MS);

/** Nothing that was said of rows holds for others. */
function forget() {
  [linked, isWide, cursor] = [0, false, -1];
}

/** @param {URLSearchParams} query */
function use(query) {
  form.reset();
  for (const [name, value] of [
    ["offset", "0"],
    ["ordering", ""],
    ["alarm", ""],
  ])
    form.elements[name].value = value; // a reset leaves hidden fields
  restore(form, query);
  forget();
  alarms.reload();
}

const alarms = listing({
  url: "/api/v1/alarms",
  form,
  table: list,
  csv,
  columns: COLUMNS,
  empty: gettext("No alarm fits these filters. That is good news when they show what is open."),
  always: ["is_active"],
  ask: (query) => askedOf(query, isWide),
  pageRows: ROWS,
  isPagerNeeded: true,
  isLive: true,
  isTyped: true,
  filtered: () => (forget(), (form.elements.alarm.value = "")),
  turned: () => (cursor = -1),
  fetchMore,
  rowsOf,
  lineOf,
  drawn,
});
linked = Number(form.elements.alarm.value);
for (const action of ACTIONS) byId(action.id).addEventListener("click", () => start(action));
byId("answer").addEventListener("click", answer);
startViews(/** @type {HTMLSelectElement} */ (byId("views")), () => alarms.query(), use);
bindKeys({
  j: { word: gettext("Next alarm"), run: () => move(1) },
  k: { word: gettext("Previous alarm"), run: () => move(-1) },
  x: { word: gettext("Select this alarm"), run: () => here() && toggle(here().id) },
  w: { word: gettext("Who is affected by this alarm, and what to do"), run: answer },
  h: { word: gettext("History of this alarm"), run: () => here() && showHistory(here()) },
  o: { word: gettext("Consequences of this alarm"), run: () => here()?.child_count && unfold(here()) },
  a: { word: gettext("Acknowledge"), run: () => start(ACTIONS[0]) },
  s: { word: gettext("Shelve"), run: () => start(ACTIONS[1]) },
  u: { word: gettext("Release"), run: () => start(ACTIONS[2]) },
  c: { word: gettext("Comment"), run: () => start(ACTIONS[3]) },
  t: { word: gettext("Take the acknowledgement back"), run: () => start(ACTIONS.find(({ id }) => id === "take-back")) },
  n: { word: gettext("Assign"), run: () => start(ACTIONS.at(-1)) },
});
refresh();
connect({
  topics: ["alarms"],
  onOpen: refresh,
  onEvent: (event) => event.topic === "alarms" && refresh(),
  onState: (state) => state === "lost" && alarms.reloadLater(),
});
setInterval(
  () =>
    document.querySelector("dialog[open]") ||
    list.contains(document.activeElement) ||
    (alarms.rows.length && alarms.redraw()),
  5000,
);
