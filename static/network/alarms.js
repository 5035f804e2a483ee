/** The alarm list: live, root causes with their consequences below; worked by mouse or by keys. */
import { getJson } from "../console/api.js";
import { ageText, el, replace, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { gettext, interpolate, ngettext } from "../console/i18n.js";
import { bindKeys } from "../console/keyboard.js";
import { askAcknowledge, askAssign, askComment, askOutOfService, askShelve, askSuppress, release, showHistory } from "./alarmdialogs.js";
import { startViews } from "./alarmviews.js";
import { LIFE_WORDS, metricValue, objectiveText, severityChip, SEVERITY_WORDS, timeOf } from "./words.js";

const ROWS = 100;
const page = document.getElementById("alarms-page");
const mayAcknowledge = page.dataset.mayAcknowledge === "yes";
const mayChange = page.dataset.mayChange === "yes";
const mayHold = page.dataset.mayHold === "yes";
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const list = document.getElementById("list");
const state = widget(list);
const chosen = new Set();
const opened = new Set();
const children = new Map();
let rows = [];
let total = 0;
let cursor = -1;
let timer = 0;

const DEEDS = [
  { id: "acknowledge", may: mayAcknowledge, right: "network.acknowledge_alarm", run: askAcknowledge, fits: (alarm) => !alarm.acknowledged_at },
  { id: "shelve", may: mayChange, right: "network.change_alarm", run: askShelve, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "release", may: mayChange, right: "network.change_alarm", run: release, fits: (alarm) => alarm.held_by && (mayHold || alarm.state === "shelved") },
  { id: "comment-button", may: mayChange, right: "network.change_alarm", run: askComment, fits: () => true },
  { id: "suppress", may: mayHold, right: "network.add_alarmhold", run: askSuppress, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "out-of-service", may: mayHold, right: "network.add_alarmhold", run: askOutOfService, fits: (alarm) => !alarm.ended_at && !alarm.held_by },
  { id: "assign", may: mayChange, right: "network.change_alarm", run: askAssign, fits: () => true },
];

const COLUMNS = [
  { word: "", cell: choice },
  { word: gettext("Severity"), cell: (alarm) => severityChip(alarm.severity) },
  { word: gettext("Subject"), order: "subject", cell: subject },
  { word: gettext("Problem"), order: "specific_problem", cell: problem },
  { word: gettext("State"), cell: life },
  { word: gettext("Since"), order: "started_at", cell: since },
  { word: gettext("Until"), order: "ended_at", cell: (alarm) => timeOf(alarm.ended_at) },
  { word: gettext("Assigned to"), cell: (alarm) => alarm.assigned_to },
  { word: gettext("Acknowledged"), cell: acknowledged },
];

function choice(alarm) {
  if (!mayAcknowledge && !mayChange) return "";
  const box = el("input", { type: "checkbox", "aria-label": interpolate(gettext("Select %(title)s"), alarm) });
  box.checked = chosen.has(alarm.id);
  box.addEventListener("change", () => toggle(alarm.id));
  return box;
}

function subject(alarm) {
  const name = alarm.site ? el("a", { href: `/network/sites/${alarm.site}` }, alarm.subject) : alarm.subject;
  if (!alarm.child_count) return el("span", { class: alarm.root ? "consequence" : "" }, name);
  const isOpen = opened.has(alarm.id);
  const word = interpolate(ngettext("%(count)s consequence", "%(count)s consequences", alarm.child_count), { count: alarm.child_count });
  const button = el("button", { class: "button small quiet", type: "button", "aria-expanded": String(isOpen), onclick: () => unfold(alarm) }, `${isOpen ? "▾" : "▸"} ${word}`);
  return el("span", null, name, " ", button);
}

function life(alarm) {
  const more = [];
  if (alarm.escalation) more.push(interpolate(gettext("escalated, step %(step)s"), { step: alarm.escalation }));
  if (alarm.is_flapping) more.push(interpolate(ngettext("flapping, %(count)s time", "flapping, %(count)s times", alarm.occurrences), { count: alarm.occurrences }));
  if (alarm.clears_at) more.push(gettext("cause gone"));
  if (alarm.held_by) more.push(`${alarm.held_by}: ${alarm.held_reason}`);
  return el("span", null, el("span", { class: "nowrap" }, LIFE_WORDS[alarm.state]), more.length > 0 && el("span", { class: "muted" }, ` · ${more.join(" · ")}`),
    alarm.held_until && el("span", { class: "muted" }, ` · ${gettext("until")} `, timeOf(alarm.held_until)));
}

function problem(alarm) {
  const { metric, value, objective } = alarm.detail;
  const figures = metric ? [" · ", metricValue(metric, value), " ", el("span", { class: "muted" }, objectiveText(metric, objective))] : [];
  const sites = alarm.detail.sites ? ` · ${interpolate(ngettext("%(count)s site", "%(count)s sites", alarm.detail.sites), { count: alarm.detail.sites })}` : "";
  return el("span", null, gettext(alarm.specific_problem), ...figures, el("span", { class: "muted" }, sites));
}

function since(alarm) {
  const age = alarm.ended_at ? "" : ` · ${ageText((Date.now() - Date.parse(alarm.started_at)) / 1000)}`;
  return el("span", null, timeOf(alarm.started_at), el("span", { class: "age" }, age));
}

function acknowledged(alarm) {
  if (!alarm.acknowledged_at) return "";
  return el("span", null, `${alarm.acknowledged_by} · `, timeOf(alarm.acknowledged_at), alarm.comment && el("span", { class: "muted" }, ` · ${alarm.comment}`));
}

function query() {
  return new URLSearchParams([...new FormData(form)].filter(([name, value]) => (value && !(name === "offset" && value === "0")) || name === "is_active"));
}

/** What the API is asked for: consequences stay below their root causes, and held alarms apart, unless they are wanted. */
function asked() {
  const wanted = query();
  for (const name of ["alarm", "consequences"]) wanted.delete(name);
  const shown = wanted.get("is_active");
  if (!shown || shown === "open") wanted.delete("is_active");
  if (shown === "open") wanted.set("is_open", "true");
  if (!form.elements.consequences.checked) wanted.set("is_consequence", "false");
  if (!wanted.get("state")) wanted.set("is_held", "false");
  return wanted;
}

async function load() {
  history.replaceState(null, "", `?${query()}`);
  const wanted = asked();
  document.getElementById("csv").href = `/api/v1/alarms?${new URLSearchParams({ ...Object.fromEntries(wanted), format: "csv", limit: "1000" })}`;
  try {
    const page = await getJson(`/api/v1/alarms?${wanted}${wanted.size ? "&" : ""}limit=${ROWS}`);
    total = page.count;
    const above = new Map(page.results.map((alarm) => [alarm.id, alarm]));
    for (const id of opened) if (above.get(id)?.child_count) children.set(id, (await getJson(`/api/v1/alarms?root=${id}&limit=${ROWS}`)).results);
    rows = page.results.flatMap((alarm) => [alarm, ...(opened.has(alarm.id) ? children.get(alarm.id) || [] : [])]);
    draw();
  } catch (reason) {
    if (reason.status === 403) state.forbidden("network.view_alarm");
    else state.error(reason.message, load);
  }
}

function unfold(alarm) {
  if (!opened.delete(alarm.id)) opened.add(alarm.id);
  load();
}

function draw() {
  const linked = Number(form.elements.alarm.value);
  if (linked && cursor < 0) cursor = rows.findIndex((alarm) => alarm.id === linked);
  cursor = Math.min(cursor, rows.length - 1);
  for (const id of chosen) if (!rows.some((alarm) => alarm.id === id)) chosen.delete(id);
  for (const deed of DEEDS) {
    const button = /** @type {HTMLButtonElement} */ (document.getElementById(deed.id));
    button.disabled = !deed.may || targets(deed).length === 0;
    button.title = deed.may ? "" : interpolate(gettext("You lack the right %(right)s."), { right: deed.right });
  }
  if (rows.length === 0) return state.empty(gettext("No alarm fits these filters. That is good news when the filter is “active”."));
  const more = total > ROWS ? el("p", { class: "muted" }, interpolate(gettext("The newest %(shown)s of %(total)s; narrow the filters to see others."), { shown: ROWS, total })) : null;
  return state.show(el("div", { class: "stack" }, el("div", { class: "table-wrap" }, el("table", { class: "table" },
    el("thead", null, el("tr", null, ...COLUMNS.map(head))), el("tbody", null, ...rows.map(line)))), more));
}

function line(alarm, index) {
  const row = el("tr", { dataset: { cursor: index === cursor, consequence: Boolean(alarm.root) }, "aria-selected": chosen.has(alarm.id) || index === cursor }, ...COLUMNS.map((column) => el("td", null, column.cell(alarm))));
  row.addEventListener("click", (event) => event.target.closest("a, input, button") || move(index - cursor));
  row.addEventListener("dblclick", () => showHistory(alarm));
  return row;
}

function head(column) {
  if (!column.order) return el("th", { scope: "col" }, column.word);
  const order = form.elements.ordering;
  const sorted = order.value === column.order ? "ascending" : order.value === `-${column.order}` ? "descending" : null;
  const sorter = el("button", { type: "button", onclick: () => ((order.value = sorted === "ascending" ? `-${column.order}` : column.order), load()) }, column.word);
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

/** What a deed would reach: what fits it of the selection, or else of the row under the cursor. */
function targets(deed) {
  const wanted = chosen.size ? rows.filter((alarm) => chosen.has(alarm.id)) : rows.slice(Math.max(cursor, 0), cursor + 1);
  return wanted.filter(deed.fits);
}

function start(deed) {
  const wanted = targets(deed);
  if (!deed.may || wanted.length === 0) return;
  deed.run(wanted, (isDone) => {
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
  restore(query);
  cursor = -1;
  load();
}

restore(new URLSearchParams(location.search));
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => event.target.name && ((cursor = -1), load()));
for (const deed of DEEDS) document.getElementById(deed.id).addEventListener("click", () => start(deed));
startViews(/** @type {HTMLSelectElement} */ (document.getElementById("views")), query, use);
bindKeys({
  j: { word: gettext("Next alarm"), run: () => move(1) },
  k: { word: gettext("Previous alarm"), run: () => move(-1) },
  x: { word: gettext("Select this alarm"), run: () => rows[cursor] && toggle(rows[cursor].id) },
  h: { word: gettext("History of this alarm"), run: () => rows[cursor] && showHistory(rows[cursor]) },
  o: { word: gettext("Consequences of this alarm"), run: () => rows[cursor]?.child_count && unfold(rows[cursor]) },
  a: { word: gettext("Acknowledge"), run: () => start(DEEDS[0]) },
  s: { word: gettext("Shelve"), run: () => start(DEEDS[1]) },
  u: { word: gettext("Let back"), run: () => start(DEEDS[2]) },
  c: { word: gettext("Comment"), run: () => start(DEEDS[3]) },
  n: { word: gettext("Assign"), run: () => start(DEEDS.at(-1)) },
});
state.loading();
load();
refresh();
connect({ topics: ["alarms"], onOpen: refresh, onEvent: (event) => event.topic === "alarms" && refresh() });
setInterval(() => document.querySelector("dialog[open]") || list.contains(document.activeElement) || (rows.length && draw()), 5000);
