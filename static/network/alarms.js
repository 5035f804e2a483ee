/** The alarm list: live, acknowledged by mouse or by j, k, x and a. */
import { getJson, sendJson } from "../console/api.js";
import { openDialog } from "../console/dialog.js";
import { ageText, el, replace, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { gettext, interpolate, ngettext } from "../console/i18n.js";
import { bindKeys } from "../console/keyboard.js";
import { toast } from "../console/toast.js";
import { LIFE_WORDS, metricValue, objectiveText, severityChip, SEVERITY_WORDS, timeOf } from "./words.js";

const ROWS = 100;
const mayAcknowledge = document.getElementById("alarms-page").dataset.mayAcknowledge === "yes";
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const list = document.getElementById("list");
const button = /** @type {HTMLButtonElement} */ (document.getElementById("acknowledge"));
const state = widget(list);
const chosen = new Set();
let rows = [];
let total = 0;
let cursor = -1;
let timer = 0;

const COLUMNS = [
  { word: "", cell: choice },
  { word: gettext("Severity"), cell: (alarm) => severityChip(alarm.severity) },
  { word: gettext("Subject"), order: "subject", cell: (alarm) => (alarm.site ? el("a", { href: `/network/sites/${alarm.site}` }, alarm.subject) : alarm.subject) },
  { word: gettext("Problem"), order: "specific_problem", cell: problem },
  { word: gettext("State"), cell: (alarm) => el("span", { class: "nowrap" }, LIFE_WORDS[alarm.state]) },
  { word: gettext("Since"), order: "started_at", cell: since },
  { word: gettext("Until"), order: "ended_at", cell: (alarm) => timeOf(alarm.ended_at) },
  { word: gettext("Acknowledged"), cell: acknowledged },
];

function choice(alarm) {
  if (!mayAcknowledge || alarm.acknowledged_at) return "";
  const box = el("input", { type: "checkbox", "aria-label": interpolate(gettext("Select %(title)s"), alarm) });
  box.checked = chosen.has(alarm.id);
  box.addEventListener("change", () => toggle(alarm.id));
  return box;
}

function problem(alarm) {
  const { metric, value, objective } = alarm.detail;
  const figures = metric ? [" · ", metricValue(metric, value), " ", el("span", { class: "muted" }, objectiveText(metric, objective))] : [];
  return el("span", null, gettext(alarm.specific_problem), ...figures);
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

async function load() {
  const wanted = query();
  history.replaceState(null, "", `?${wanted}`);
  for (const name of ["alarm", "is_active"]) if (name === "alarm" || !wanted.get(name)) wanted.delete(name);
  document.getElementById("csv").href = `/api/v1/alarms?${new URLSearchParams({ ...Object.fromEntries(wanted), format: "csv", limit: "1000" })}`;
  try {
    const page = await getJson(`/api/v1/alarms?${wanted}${wanted.size ? "&" : ""}limit=${ROWS}`);
    [rows, total] = [page.results, page.count];
    draw();
  } catch (reason) {
    if (reason.status === 403) state.forbidden("network.view_alarm");
    else state.error(reason.message, load);
  }
}

function draw() {
  const linked = Number(form.elements.alarm.value);
  if (linked && cursor < 0) cursor = rows.findIndex((alarm) => alarm.id === linked);
  cursor = Math.min(cursor, rows.length - 1);
  for (const id of chosen) if (!rows.some((alarm) => alarm.id === id && !alarm.acknowledged_at)) chosen.delete(id);
  button.disabled = !mayAcknowledge || targets().length === 0;
  button.title = mayAcknowledge ? "" : interpolate(gettext("You lack the right %(right)s."), { right: "network.acknowledge_alarm" });
  if (rows.length === 0) return state.empty(gettext("No alarm fits these filters. That is good news when the filter is “active”."));
  const more = total > rows.length ? el("p", { class: "muted" }, interpolate(gettext("The newest %(shown)s of %(total)s; narrow the filters to see others."), { shown: rows.length, total })) : null;
  return state.show(el("div", { class: "stack" }, el("div", { class: "table-wrap" }, el("table", { class: "table" },
    el("thead", null, el("tr", null, ...COLUMNS.map(head))), el("tbody", null, ...rows.map(line)))), more));
}

function line(alarm, index) {
  const row = el("tr", { dataset: { cursor: index === cursor }, "aria-selected": chosen.has(alarm.id) || index === cursor }, ...COLUMNS.map((column) => el("td", null, column.cell(alarm))));
  row.addEventListener("click", (event) => event.target.closest("a, input") || move(index - cursor));
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

/** What an acknowledgement would reach: the selection, or else the row under the cursor. */
function targets() {
  const wanted = chosen.size ? rows.filter((alarm) => chosen.has(alarm.id)) : rows.slice(Math.max(cursor, 0), cursor + 1);
  return wanted.filter((alarm) => !alarm.acknowledged_at);
}

function ask() {
  const wanted = targets();
  if (!mayAcknowledge || wanted.length === 0) return;
  const comment = /** @type {HTMLInputElement} */ (el("input", { id: "comment", maxlength: "500", autocomplete: "off" }));
  const yes = el("button", { class: "button primary" }, gettext("Acknowledge"));
  const box = el("form", { class: "form", id: "acknowledge-form" },
    el("p", null, interpolate(ngettext("%(count)s alarm: %(title)s", "%(count)s alarms, the first: %(title)s", wanted.length), { count: wanted.length, title: `${wanted[0].subject}: ${gettext(wanted[0].specific_problem)}` })),
    el("div", { class: "field" }, el("label", { for: "comment" }, gettext("Comment (may stay empty)")), comment), yes);
  const dialog = openDialog(gettext("Acknowledge"), [box]);
  comment.focus();
  box.addEventListener("submit", async (event) => {
    event.preventDefault();
    dialog.close();
    await send(wanted.map((alarm) => alarm.id), comment.value);
  });
}

async function send(ids, comment) {
  try {
    await sendJson("POST", "/api/v1/alarms/acknowledge", { ids, comment });
    chosen.clear();
  } catch (reason) {
    toast(reason.message, "error");
  }
  await load();
}

async function drawTally() {
  const { counts } = await getJson("/api/v1/alarms/summary");
  replace(document.getElementById("tally"), ...Object.entries(counts).filter(([, count]) => count).map(([severity, count]) => el("span", { class: `chip ${severity}` }, `${count} ${SEVERITY_WORDS[severity]}`)));
}

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(() => (load(), drawTally().catch(() => {})), 200);
}

for (const [name, value] of new URLSearchParams(location.search)) {
  if (form.elements[name]) form.elements[name].value = value;
}
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => ((cursor = -1), load()));
button.addEventListener("click", ask);
bindKeys({
  j: { word: gettext("Next alarm"), run: () => move(1) },
  k: { word: gettext("Previous alarm"), run: () => move(-1) },
  x: { word: gettext("Select this alarm"), run: () => rows[cursor] && !rows[cursor].acknowledged_at && toggle(rows[cursor].id) },
  a: { word: gettext("Acknowledge"), run: ask },
});
state.loading();
load();
refresh();
connect({ topics: ["alarms"], onOpen: refresh, onEvent: (event) => event.topic === "alarms" && refresh() });
setInterval(() => document.querySelector("dialog[open]") || list.contains(document.activeElement) || (rows.length && draw()), 5000);
