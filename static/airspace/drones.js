/** The list of drones: filters, order and page live in the address; ages tick, and the page is read again every few seconds. */
import { getJson } from "../console/api.js";
import { ageText, chip, el, keepFocus, quantity, setText, widget } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { deleteUnverified } from "./removal.js";
import { linkWord, stateChip } from "./words.js";

const PAGE = 50;
const REFRESH_MS = 5000;
const SETTLE_MS = 250;
const LINKS = { heard: 0, stale: 1, lost: 2 };
const FILTERS = ["search", "state", "link", "verified", "retired"];
const COLUMNS = [
  { word: gettext("State"), order: "last_position__state", cell: stateCell },
  { word: gettext("Drone"), order: "name", cell: (drone) => el("a", { href: `/map?drone=${drone.id}`, dataset: { focus: `drone-${drone.id}` } }, drone.name || drone.serial) },
  { word: gettext("Serial"), order: "serial", cell: (drone) => el("span", { class: "mono" }, drone.serial) },
  { word: gettext("Operator"), order: "operator", cell: (drone) => drone.operator || el("span", { class: "muted" }, gettext("unknown")) },
  { word: gettext("Battery"), order: "last_position__battery_pct", isNumber: true, cell: (drone) => quantity(drone.last_position?.battery_pct, "%") },
  { word: gettext("Altitude (WGS-84)"), order: "last_position__altitude_wgs84_m", isNumber: true, cell: (drone) => quantity(drone.last_position?.altitude_wgs84_m, "m") },
  { word: gettext("Ground speed"), isNumber: true, cell: (drone) => quantity(drone.last_position?.speed_mps, "m/s", 1) },
  { word: gettext("Last heard"), order: "-last_position__at_ms", isNumber: true, cell: ageCell },
  { word: gettext("Registered"), order: "is_verified", cell: (drone) => (drone.is_verified ? gettext("Verified") : chip("unverified", gettext("Unverified"))) },
];

const form = /** @type {HTMLFormElement} */ (document.getElementById("drones-filters"));
const place = document.getElementById("drones-list");
const list = widget(place);
const query = readQuery();
let token = 0;
let timer = 0;
let readMs = 0;

fillForm();
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(changed, SETTLE_MS);
});
document.getElementById("page-before").addEventListener("click", () => turn(-PAGE));
document.getElementById("page-next").addEventListener("click", () => turn(PAGE));
document.getElementById("drones-delete")?.addEventListener("click", deleteShown);
setInterval(() => document.hidden || read(), REFRESH_MS);
setInterval(tickAges, 1000);
list.loading();
read();

function readQuery() {
  const given = new URLSearchParams(location.search);
  const offset = Number(given.get("offset"));
  return {
    ...Object.fromEntries(FILTERS.map((name) => [name, given.get(name) || ""])),
    ordering: given.get("ordering") || "serial",
    offset: Number.isInteger(offset) && offset > 0 ? offset : 0,
  };
}

function fillForm() {
  for (const name of FILTERS) form.elements.namedItem(name).value = query[name];
}

function changed() {
  for (const name of FILTERS) query[name] = form.elements.namedItem(name).value.trim();
  query.offset = 0;
  read();
}

/** What the form says now is meant, be it read already or not. */
function deleteShown({ currentTarget }) {
  clearTimeout(timer);
  changed();
  deleteUnverified(words(), currentTarget.dataset.organisations, read);
}

function turn(step) {
  query.offset = Math.max(0, query.offset + step);
  read();
}

function sortBy(order) {
  const opposite = order.startsWith("-") ? order.slice(1) : `-${order}`;
  query.ordering = query.ordering === order ? opposite : order;
  query.offset = 0;
  read();
}

function words(more = {}) {
  const kept = Object.entries({ ...query, ...more }).filter(([, value]) => value !== "" && value !== 0);
  return new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
}

async function read() {
  const mine = ++token;
  history.replaceState(null, "", `${location.pathname}?${words()}`);
  document.getElementById("drones-csv").href = `/api/v1/drones?${words({ format: "csv", limit: 1000, offset: 0 })}`;
  try {
    const answer = await getJson(`/api/v1/drones?${words({ limit: PAGE })}`);
    if (mine === token) show(answer);
  } catch (problem) {
    if (mine === token) failed(problem);
  }
}

function failed(problem) {
  if (problem.status === 403) return list.forbidden("airspace.view_drone");
  if (readMs && problem.status === 0) return list.stale((performance.now() - readMs) / 1000);
  return list.error(problem.message, read);
}

function show({ count, results }) {
  readMs = performance.now();
  setText(document.getElementById("drones-count"), interpolate(gettext("%(count)s in all"), { count: formatNumber(count) }));
  showPager(count, results.length);
  if (!results.length && count && query.offset) return turn(-query.offset); // the last pages went meanwhile
  if (!results.length) return list.empty(gettext("No drone fits. Drones appear here as soon as they report; widen the filters to see others."));
  const table = el("table", { class: "table", "aria-label": gettext("Drones") }, head(), el("tbody", null, ...results.map(row)));
  return keepFocus(place, () => list.show(el("div", { class: "table-wrap" }, table)));
}

function showPager(count, shown) {
  const last = query.offset + shown;
  const values = { first: formatNumber(shown ? query.offset + 1 : 0), last: formatNumber(last), count: formatNumber(count) };
  setText(document.getElementById("page-word"), interpolate(gettext("%(first)s to %(last)s of %(count)s"), values));
  document.getElementById("page-before").disabled = query.offset === 0;
  document.getElementById("page-next").disabled = last >= count;
}

function head() {
  return el("thead", null, el("tr", null, ...COLUMNS.map((column) => {
    const sorted = column.order && query.ordering.replace("-", "") === column.order.replace("-", "");
    const order = sorted ? (query.ordering === column.order ? "ascending" : "descending") : null;
    const word = column.order ? el("button", { type: "button", dataset: { focus: `sort-${column.order}` }, onclick: () => sortBy(column.order) }, column.word) : column.word;
    return el("th", { scope: "col", class: column.isNumber ? "number" : null, "aria-sort": order }, word);
  })));
}

function row(drone) {
  return el("tr", null, ...COLUMNS.map((column) => el("td", { class: column.isNumber ? "number" : null }, column.cell(drone))));
}

function stateCell(drone) {
  if (!drone.state) return chip("unknown", gettext("Never heard"));
  return stateChip({ state: drone.state, link: LINKS[drone.link.state] ?? 2 });
}

function ageCell(drone) {
  if (drone.age_s === null) return el("span", { class: "muted" }, gettext("never"));
  const link = LINKS[drone.link.state] ?? 2;
  return el("span", { class: link ? "is-stale" : "", title: linkWord(link), dataset: { ageS: drone.age_s } }, ageText(drone.age_s));
}

/** Between two readings ages go on counting, so that an old list never looks fresh. */
function tickAges() {
  const passed = (performance.now() - readMs) / 1000;
  for (const node of document.querySelectorAll("[data-age-s]")) setText(node, ageText(Number(node.dataset.ageS) + passed));
}
