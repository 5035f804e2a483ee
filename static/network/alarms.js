/** The alarm list: live, root causes with their consequences below; worked by mouse or by keys. */
import { getJson } from "../console/api.js";
import { el, keepFocus, replace, setText, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate, ngettext } from "../console/i18n.js";
import { bindKeys } from "../console/keyboard.js";
import { alarmColumns } from "./alarmcolumns.js";
import { askAcknowledge, askAssign, askComment, askOutOfService, askShelve, askSuppress, clearByHand, release, showHistory, takeBack } from "./alarmdialogs.js";
import { startViews } from "./alarmviews.js";
import { SEVERITY_WORDS } from "./words.js";

const ROWS = 100;
const MOST_CSV = 1000; // as many as the API gives at once
const TYPING_MS = 250;
const page = document.getElementById("alarms-page");
const mayAcknowledge = page.dataset.mayAcknowledge === "yes";
const mayChange = page.dataset.mayChange === "yes";
const mayHold = page.dataset.mayHold === "yes";
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const list = document.getElementById("list");
const state = widget(list);
const csv = /** @type {HTMLAnchorElement} */ (document.getElementById("csv"));
const chosen = new Set();
const opened = new Set();
const children = new Map();
let rows = [];
let total = 0;
let cursor = -1;
let timer = 0;
let loadTimer = 0;
let turn = 0;
let readMs = 0;
let linked = 0;
let isWide = false;

const OPERATOR_ACTIONS = [
  { id: "acknowledge", may: mayAcknowledge, right: "network.acknowledge_alarm", run: askAcknowledge, fits: (alarm) => !alarm.acknowledged_at },
  { id: "shelve", may: mayChange, right: "network.change_alarm", run: askShelve, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "release", may: mayChange, right: "network.change_alarm", run: release, fits: (alarm) => alarm.held_by && (mayHold || alarm.state === "shelved") },
  { id: "comment-button", may: mayChange, right: "network.change_alarm", run: askComment, fits: () => true },
  { id: "suppress", may: mayHold, right: "network.add_alarmhold", run: askSuppress, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "out-of-service", may: mayHold, right: "network.add_alarmhold", run: askOutOfService, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "take-back", may: mayAcknowledge, right: "network.acknowledge_alarm", run: takeBack, fits: (alarm) => Boolean(alarm.acknowledged_at) },
  { id: "clear", may: mayChange, right: "network.change_alarm", run: clearByHand, fits: (alarm) => !alarm.ended_at },
  { id: "assign", may: mayChange, right: "network.change_alarm", run: askAssign, fits: () => true },
];

const COLUMNS = alarmColumns({ maySelect: mayAcknowledge || mayChange, isChosen: (id) => chosen.has(id), isOpen: (id) => opened.has(id), toggle, unfold });

function query() {
  return new URLSearchParams([...new FormData(form)].filter(([name, value]) => (value && !(name === "offset" && value === "0")) || name === "is_active"));
}

/** What the API is asked for: consequences stay below their root causes, and held alarms apart, unless they are wanted. */
function asked() {
  const wanted = query();
  const hours = Number(wanted.get("hours"));
  for (const name of ["alarm", "consequences", "hours"]) wanted.delete(name);
  const shown = wanted.get("is_active");
  if (!shown || shown === "open") wanted.delete("is_active");
  if (shown === "open") wanted.set("is_open", "true");
  if (!form.elements.consequences.checked && !isWide) wanted.set("is_consequence", "false");
  if (!wanted.get("state") && !isWide) wanted.set("is_held", "false");
  if (hours) wanted.set("since", new Date(Date.now() - hours * 3600e3).toISOString());
  return wanted;
}

async function load() {
  clearTimeout(loadTimer);
  const own = ++turn;
  history.replaceState(null, "", `?${query()}`);
  const wanted = asked();
  csv.href = `/api/v1/alarms?${new URLSearchParams({ ...Object.fromEntries(wanted), format: "csv", limit: String(MOST_CSV), offset: "0" })}`;
  try {
    const page = await getJson(`/api/v1/alarms?${wanted}${wanted.size ? "&" : ""}limit=${ROWS}`);
    const above = new Map(page.results.map((alarm) => [alarm.id, alarm]));
    for (const id of opened) if (above.get(id)?.child_count) children.set(id, (await getJson(`/api/v1/alarms?root=${id}&limit=${ROWS}`)).results);
    if (own !== turn) return; // a later question was asked meanwhile
    if (!page.results.length && page.count) return turnTo(0);
    if (linked && !isWide && !above.has(linked)) return ((isWide = true), load()); // it may be a consequence, or held
    linked = 0;
    total = page.count;
    readMs = Date.now();
    rows = page.results.flatMap((alarm) => [alarm, ...(opened.has(alarm.id) ? children.get(alarm.id) || [] : [])]);
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

function turnTo(offset) {
  form.elements.offset.value = String(Math.max(0, offset));
  cursor = -1;
  return load();
}

function unfold(alarm) {
  if (!opened.delete(alarm.id)) opened.add(alarm.id);
  load();
}

function draw() {
  const wanted = Number(form.elements.alarm.value);
  if (wanted && cursor < 0) cursor = rows.findIndex((alarm) => alarm.id === wanted);
  cursor = Math.min(cursor, rows.length - 1);
  for (const id of chosen) if (!rows.some((alarm) => alarm.id === id)) chosen.delete(id);
  for (const action of OPERATOR_ACTIONS) {
    const button = /** @type {HTMLButtonElement} */ (document.getElementById(action.id));
    button.disabled = !action.may || targets(action).length === 0;
    button.title = action.may ? "" : interpolate(gettext("You lack the right %(right)s."), { right: action.right });
  }
  if (rows.length === 0) return state.empty(gettext("No alarm fits these filters. That is good news when they show what is open."));
  keepFocus(list, () => state.show(el("div", { class: "stack" }, el("div", { class: "table-wrap" }, el("table", { class: "table" },
    el("thead", null, el("tr", null, ...COLUMNS.map(head))), el("tbody", null, ...rows.map(line)))), total > ROWS && pager())));
  return sayCsv();
}

function pager() {
  const offset = Number(form.elements.offset.value || 0);
  const last = Math.min(offset + ROWS, total);
  return el("div", { class: "pager" }, interpolate(gettext("%(first)s to %(last)s of %(count)s"), { first: formatNumber(offset + 1), last: formatNumber(last), count: formatNumber(total) }),
    el("button", { class: "button small", type: "button", dataset: { focus: "earlier" }, disabled: offset === 0, onclick: () => turnTo(offset - ROWS) }, gettext("Earlier")),
    el("button", { class: "button small", type: "button", dataset: { focus: "next" }, disabled: last >= total, onclick: () => turnTo(last) }, gettext("Next")));
}

/** A file that holds less than the filter finds says so before it is fetched. */
function sayCsv() {
  setText(csv, total > MOST_CSV ? interpolate(gettext("Export CSV (the first %(most)s of %(count)s)"), { most: formatNumber(MOST_CSV), count: formatNumber(total) }) : gettext("Export CSV"));
}

function line(alarm, index) {
  const row = el("tr", { dataset: { cursor: index === cursor, consequence: Boolean(alarm.root) }, "aria-selected": chosen.has(alarm.id) || index === cursor }, ...COLUMNS.map((column) => el("td", { class: column.look }, column.cell(alarm))));
  row.addEventListener("click", (event) => event.target.closest("a, input, button") || move(index - cursor));
  row.addEventListener("dblclick", () => showHistory(alarm));
  return row;
}

function head(column) {
  if (!column.order) return el("th", { scope: "col" }, column.word);
  const order = form.elements.ordering;
  const sorted = order.value === column.order ? "ascending" : order.value === `-${column.order}` ? "descending" : null;
  const sorter = el("button", { type: "button", dataset: { focus: `sort-${column.order}` }, onclick: () => ((order.value = sorted === "ascending" ? `-${column.order}` : column.order), load()) }, column.word);
  return el("th", { scope: "col", "aria-sort": sorted }, sorter);
}

function toggle(id) {
  if (!chosen.delete(id)) chosen.add(id);
  draw();
}

function move(step) {
  if (rows.length === 0) return;
  cursor = Math.max(0, Math.min(rows.length - 1, cursor + step));
  form.elements.alarm.value = String(rows[cursor].id);
  history.replaceState(null, "", `?${query()}`);
  draw();
  list.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: "nearest" });
}

/** What an operator action would reach: what fits it of the selection, or else of the row under the cursor. */
function targets(action) {
  const wanted = chosen.size ? rows.filter((alarm) => chosen.has(alarm.id)) : rows.slice(Math.max(cursor, 0), cursor + 1);
  return wanted.filter(action.fits);
}

function start(action) {
  const wanted = targets(action);
  if (!action.may || wanted.length === 0) return;
  action.run(wanted, (isDone) => {
    if (isDone) chosen.clear();
    load();
  });
}

async function drawTally() {
  const { counts, returned, held, consequences } = await getJson("/api/v1/alarms/summary");
  const chips = Object.entries(counts).filter(([, count]) => count).map(([severity, count]) => el("span", { class: `chip ${severity}` }, `${count} ${SEVERITY_WORDS[severity]}`));
  const aside = [
    returned && interpolate(gettext("%(count)s returned, unacknowledged"), { count: returned }),
    consequences && interpolate(ngettext("%(count)s consequence", "%(count)s consequences", consequences), { count: consequences }),
    held && interpolate(gettext("%(count)s held"), { count: held }),
  ].filter(Boolean);
  replace(document.getElementById("tally"), ...chips, aside.length > 0 && el("span", { class: "muted" }, aside.join(" · ")));
}

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(() => (load(), drawTally().catch(() => {})), 200);
}

function restore(query) {
  for (const [name, value] of query) {
    const control = form.elements[name];
    if (control?.type === "checkbox") control.checked = value === "on";
    else if (control) control.value = value;
  }
}

function use(query) {
  form.reset();
  for (const [name, value] of [["offset", "0"], ["ordering", ""], ["alarm", ""]]) form.elements[name].value = value; // a reset leaves hidden fields
  restore(query);
  [linked, isWide, cursor] = [0, false, -1];
  load();
}

restore(new URLSearchParams(location.search));
linked = Number(form.elements.alarm.value);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (!event.target.name) return;
  [linked, isWide, cursor] = [0, false, -1];
  form.elements.offset.value = "0";
  form.elements.alarm.value = "";
  loadSoon();
});
for (const action of OPERATOR_ACTIONS) document.getElementById(action.id).addEventListener("click", () => start(action));
startViews(/** @type {HTMLSelectElement} */ (document.getElementById("views")), query, use);
bindKeys({
  j: { word: gettext("Next alarm"), run: () => move(1) },
  k: { word: gettext("Previous alarm"), run: () => move(-1) },
  x: { word: gettext("Select this alarm"), run: () => rows[cursor] && toggle(rows[cursor].id) },
  h: { word: gettext("History of this alarm"), run: () => rows[cursor] && showHistory(rows[cursor]) },
  o: { word: gettext("Consequences of this alarm"), run: () => rows[cursor]?.child_count && unfold(rows[cursor]) },
  a: { word: gettext("Acknowledge"), run: () => start(OPERATOR_ACTIONS[0]) },
  s: { word: gettext("Shelve"), run: () => start(OPERATOR_ACTIONS[1]) },
  u: { word: gettext("Let back"), run: () => start(OPERATOR_ACTIONS[2]) },
  c: { word: gettext("Comment"), run: () => start(OPERATOR_ACTIONS[3]) },
  t: { word: gettext("Take the acknowledgement back"), run: () => start(OPERATOR_ACTIONS.find(({ id }) => id === "take-back")) },
  n: { word: gettext("Assign"), run: () => start(OPERATOR_ACTIONS.at(-1)) },
});
state.loading();
load();
refresh();
connect({ topics: ["alarms"], onOpen: refresh, onEvent: (event) => event.topic === "alarms" && refresh() });
setInterval(() => document.querySelector("dialog[open]") || list.contains(document.activeElement) || (rows.length && draw()), 5000);
