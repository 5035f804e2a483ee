/** The alarm list: live, root causes with their consequences below; worked by mouse or by keys. */
import { getJson } from "../console/api.js";
import { byId, el, keepFocus, setText, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { gettext, interpolate } from "../console/i18n.js";
import { bindKeys } from "../console/keyboard.js";
import { headOf, pagerOf } from "../console/listing.js";
import { alarmColumns } from "./alarmcolumns.js";
import { showHistory } from "./alarmanswers.js";
import { operatorActions } from "./operatoractions.js";
import { askedOf, csvWord, MOST_CSV, queryOf, restore } from "./alarmquery.js";
import { drawTally } from "./alarmtally.js";
import { startViews } from "./alarmviews.js";

const ROWS = 100;
const TYPING_MS = 250;
const page = byId("alarms-page");
const mayAcknowledge = page.dataset.mayAcknowledge === "yes";
const mayChange = page.dataset.mayChange === "yes";
const mayHold = page.dataset.mayHold === "yes";
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const list = byId("list");
const state = widget(list);
const csv = /** @type {HTMLAnchorElement} */ (byId("csv"));
/** @type {Set<number>} */
const chosen = new Set();
/** @type {Set<number>} */
const opened = new Set();
/** @type {Map<number, any[]>} */
const children = new Map();
/** @type {any[]} */
let rows = [];
let total = 0;
let cursor = -1;
let timer = 0;
let loadTimer = 0;
let turn = 0;
let readMs = 0;
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

/** @returns {Promise<void>} */
async function load() {
  clearTimeout(loadTimer);
  const own = ++turn;
  history.replaceState(null, "", `?${queryOf(form)}`);
  const wanted = askedOf(form, isWide);
  csv.href = `/api/v1/alarms?${new URLSearchParams({ ...Object.fromEntries(wanted), format: "csv", limit: String(MOST_CSV), offset: "0" })}`;
  try {
    const page = await getJson(`/api/v1/alarms?${wanted}${wanted.size ? "&" : ""}limit=${ROWS}`);
    const above = new Map(page.results.map((/** @type {any} */ alarm) => [alarm.id, alarm]));
    for (const id of opened)
      if (above.get(id)?.child_count)
        children.set(id, (await getJson(`/api/v1/alarms?root=${id}&limit=${ROWS}`)).results);
    if (own !== turn) return; // a later question was asked meanwhile
    if (!page.results.length && page.count) return turnTo(0);
    if (linked && !isWide && !above.has(linked)) return ((isWide = true), load()); // it may be a consequence, or held
    linked = 0;
    total = page.count;
    readMs = Date.now();
    rows = page.results.flatMap((/** @type {any} */ alarm) => [
      alarm,
      ...(opened.has(alarm.id) ? children.get(alarm.id) || [] : []),
    ]);
    draw();
  } catch (reason) {
    if (own !== turn) return;
    if (reason.status === 403) state.forbidden("network.view_alarm");
    else if (readMs) state.stale((Date.now() - readMs) / 1000);
    else state.error(reason.message, load);
  }
}

/** Typing asks once it pauses. */
function loadSoon() {
  clearTimeout(loadTimer);
  loadTimer = setTimeout(load, TYPING_MS);
}

/** @param {number} offset @returns {Promise<void>} */
function turnTo(offset) {
  form.elements.offset.value = String(Math.max(0, offset));
  cursor = -1;
  return load();
}

/** @param {any} alarm */
function unfold(alarm) {
  if (!opened.delete(alarm.id)) opened.add(alarm.id);
  load();
}

function draw() {
  const wanted = Number(form.elements.alarm.value);
  if (wanted && cursor < 0) cursor = rows.findIndex((alarm) => alarm.id === wanted);
  cursor = Math.min(cursor, rows.length - 1);
  for (const id of chosen) if (!rows.some((alarm) => alarm.id === id)) chosen.delete(id);
  for (const action of ACTIONS) {
    const button = /** @type {HTMLButtonElement} */ (byId(action.id));
    button.disabled = !action.may || targets(action).length === 0;
    button.title = action.may ? "" : interpolate(gettext("You lack the right %(right)s."), { right: action.right });
  }
  if (rows.length === 0)
    return state.empty(gettext("No alarm fits these filters. That is good news when they show what is open."));
  const offset = Number(form.elements.offset.value || 0);
  const heads = COLUMNS.map((column) => headOf(form, column, load));
  keepFocus(list, () =>
    state.show(
      el(
        "div",
        { class: "stack" },
        el(
          "div",
          { class: "table-wrap" },
          el(
            "table",
            { class: "table" },
            el("thead", null, el("tr", null, ...heads)),
            el("tbody", null, ...rows.map(line)),
          ),
        ),
        total > ROWS && pagerOf({ offset, last: Math.min(offset + ROWS, total), count: total, rows: ROWS }, turnTo),
      ),
    ),
  );
  return setText(csv, csvWord(total));
}

/** @param {any} alarm @param {number} index */
function line(alarm, index) {
  const row = el(
    "tr",
    {
      dataset: { cursor: index === cursor, consequence: Boolean(alarm.root) },
      "aria-selected": chosen.has(alarm.id) || index === cursor,
    },
    ...COLUMNS.map((column) => el("td", { class: column.look }, column.cell(alarm))),
  );
  row.addEventListener(
    "click",
    (event) => /** @type {any} */ (event.target).closest("a, input, button") || move(index - cursor),
  );
  row.addEventListener("dblclick", () => showHistory(alarm));
  return row;
}

/** @param {number} id */
function toggle(id) {
  if (!chosen.delete(id)) chosen.add(id);
  draw();
}

/** @param {number} step */
function move(step) {
  if (rows.length === 0) return;
  cursor = Math.max(0, Math.min(rows.length - 1, cursor + step));
  form.elements.alarm.value = String(rows[cursor].id);
  history.replaceState(null, "", `?${queryOf(form)}`);
  draw();
  list.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: "nearest" });
}

/**
 * What an operator action would reach: what fits it of the selection, or else of the row under the cursor.
 * @param {import("./operatoractions.js").OperatorAction} action
 */
function targets(action) {
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
    load();
  });
}

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(() => (load(), drawTally(byId("tally")).catch(() => {})), 200);
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
  [linked, isWide, cursor] = [0, false, -1];
  load();
}

restore(form, new URLSearchParams(location.search));
linked = Number(form.elements.alarm.value);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (!(/** @type {any} */ (event.target).name)) return;
  [linked, isWide, cursor] = [0, false, -1];
  form.elements.offset.value = "0";
  form.elements.alarm.value = "";
  loadSoon();
});
for (const action of ACTIONS) byId(action.id).addEventListener("click", () => start(action));
startViews(/** @type {HTMLSelectElement} */ (byId("views")), () => queryOf(form), use);
bindKeys({
  j: { word: gettext("Next alarm"), run: () => move(1) },
  k: { word: gettext("Previous alarm"), run: () => move(-1) },
  x: { word: gettext("Select this alarm"), run: () => rows[cursor] && toggle(rows[cursor].id) },
  h: { word: gettext("History of this alarm"), run: () => rows[cursor] && showHistory(rows[cursor]) },
  o: { word: gettext("Consequences of this alarm"), run: () => rows[cursor]?.child_count && unfold(rows[cursor]) },
  a: { word: gettext("Acknowledge"), run: () => start(ACTIONS[0]) },
  s: { word: gettext("Shelve"), run: () => start(ACTIONS[1]) },
  u: { word: gettext("Let back"), run: () => start(ACTIONS[2]) },
  c: { word: gettext("Comment"), run: () => start(ACTIONS[3]) },
  t: { word: gettext("Take the acknowledgement back"), run: () => start(ACTIONS.find(({ id }) => id === "take-back")) },
  n: { word: gettext("Assign"), run: () => start(ACTIONS.at(-1)) },
});
state.loading();
load();
refresh();
connect({ topics: ["alarms"], onOpen: refresh, onEvent: (event) => event.topic === "alarms" && refresh() });
setInterval(
  () => document.querySelector("dialog[open]") || list.contains(document.activeElement) || (rows.length && draw()),
  5000,
);
