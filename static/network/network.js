/** The network page: the sites with how each was last measured, live. */
import { getJson } from "../console/api.js";
import { ageText, el, quantity, replace, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { gettext, interpolate } from "../console/i18n.js";
import { ageOf, Sites, stateOf } from "./sites.js";
import { KIND_WORDS, nameOf, STATE_WORDS, stateChip } from "./words.js";

const URL_ = "/api/v1/sites?is_probed=true&limit=1000";
const REDRAW_MS = 1000;
const sites = new Sites();
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const list = document.getElementById("list");
const state = widget(list);
let isLoaded = false;
let drawTimer = 0;

const COLUMNS = [
  { word: gettext("Site"), order: "slug", cell: (row) => el("a", { href: `/network/sites/${row.slug}` }, nameOf(row)) },
  { word: gettext("Kind"), order: "kind", cell: (row) => KIND_WORDS[row.kind] || row.kind },
  { word: gettext("State"), order: "state", cell: (row, now) => stateChip(stateOf(row, now)) },
  { word: gettext("Round trip, measured"), order: "rtt_ms", number: true, cell: rttCell },
  { word: gettext("Lost in the last round"), number: true, cell: (row) => (row.packets ? `${row.lost} / ${row.packets}` : "") },
  { word: gettext("Age"), order: "measured_at", number: true, cell: ageCell },
  { word: gettext("Key site"), order: "is_key_site", cell: (row) => (row.is_key_site ? gettext("yes") : "") },
];

function rttCell(row, now) {
  const isOld = stateOf(row, now) === "unknown" && row.rtt_ms !== null;
  if (row.rtt_ms === null && row.packets) return el("span", { class: "muted" }, gettext("no answer"));
  return el("span", { class: isOld ? "is-stale" : "" }, quantity(row.rtt_ms, "ms", 2));
}

function ageCell(row, now) {
  const age = ageOf(row, now);
  return el("span", { class: "age" }, age === null ? gettext("never measured") : ageText(age));
}

function query() {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
}

async function load() {
  try {
    sites.load((await getJson(URL_)).results);
    isLoaded = true;
    draw();
  } catch (problem) {
    if (problem.status === 403) state.forbidden("network.view_site");
    else if (!isLoaded) state.error(problem.message, load);
  }
}

function draw() {
  if (!isLoaded) return;
  const now = Date.now();
  drawTally(sites.tally(now));
  const rows = sites.shown(query(), now);
  if (sites.bySlug.size === 0) return state.empty(gettext("Sites that are probed appear here. Add some to the inventory first."));
  if (rows.length === 0) return state.empty(gettext("No site fits these filters."));
  if (list.contains(document.activeElement) && document.activeElement.matches("a, button")) return refill(rows, now);
  const heads = COLUMNS.map(head);
  state.show(el("div", { class: "table-wrap" }, el("table", { class: "table" },
    el("thead", null, el("tr", null, ...heads)), el("tbody", null, ...rows.map((row) => line(row, now))))));
}

/** Keep what has the focus: fill the cells of the rows that are there. */
function refill(rows, now) {
  const lines = [...list.querySelectorAll("tbody tr")];
  const isSame = lines.length === rows.length && lines.every((node, i) => node.dataset.slug === rows[i].slug);
  if (!isSame) {
    document.activeElement.blur();
    return draw();
  }
  rows.forEach((row, i) => COLUMNS.forEach((column, j) => j > 0 && replace(lines[i].cells[j], column.cell(row, now))));
}

function line(row, now) {
  return el("tr", { dataset: { slug: row.slug } },
    ...COLUMNS.map((column) => el("td", { class: column.number ? "number" : null }, column.cell(row, now))));
}

function head(column) {
  if (!column.order) return el("th", { scope: "col", class: column.number ? "number" : null }, column.word);
  const order = form.elements.ordering;
  const sorted = order.value === column.order ? "ascending" : order.value === `-${column.order}` ? "descending" : null;
  const button = el("button", { type: "button" }, column.word);
  button.addEventListener("click", () => {
    order.value = sorted === "ascending" ? `-${column.order}` : column.order;
    button.blur();
    changed();
  });
  return el("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": sorted }, button);
}

function drawTally(counts) {
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
    .map(([name, count]) => el("span", { class: `chip ${name}` }, interpolate(gettext("%(count)s %(state)s"), { count, state: STATE_WORDS[name] })));
  replace(document.getElementById("tally"), ...parts);
}

function changed() {
  const wanted = new URLSearchParams(query());
  history.replaceState(null, "", wanted.size ? `?${wanted}` : location.pathname);
  const csv = new URLSearchParams({ ...query(), is_probed: "true", format: "csv", limit: "1000" });
  csv.delete("ordering");
  document.getElementById("csv").href = `/api/v1/sites?${csv}`;
  draw();
}

for (const [name, value] of new URLSearchParams(location.search)) {
  if (form.elements[name]) form.elements[name].value = value;
}
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", changed);
state.loading();
load();
changed();
connect({
  topics: ["sla"],
  onOpen: load,
  onEvent(event) {
    if (event.topic !== "sla" || !sites.apply(event)) return;
    clearTimeout(drawTimer);
    drawTimer = setTimeout(draw, 50);
  },
});
setInterval(draw, REDRAW_MS);
