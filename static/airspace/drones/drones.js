/**
 * The list of drones: filters, order and page live in the address; ages tick, and the page is read again every few
 * seconds.
 */
import { bar, FIRST_PAGE, LAST_PAGE } from "../../console/barred.js";
import { getJson, nowMs } from "../../console/api.js";
import { ageText, byId, chip, el, keepFocus, quantity, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { onceQuiet } from "../../console/soon.js";
import { headOf, rowOf, tableOf } from "../../console/table.js";
import { deleteUnverified } from "./removal.js";
import { controlChip, controlNow, controlSentence, linkWord, stateChip } from "../words.js";

const PAGE = 50;
const REFRESH_MS = 5000;
const SETTLE_MS = 250;
/** @type {Record<string, number>} */
const LINKS = { heard: 0, stale: 1, lost: 2 };
const FILTERS = ["search", "state", "link", "control", "verified", "retired"];
const COLUMNS = [
  { word: gettext("State"), order: "last_position__state", cell: stateCell },
  {
    word: gettext("Drone"),
    order: "name",
    cell: (/** @type {any} */ drone) =>
      el("a", { href: `/map?drone=${drone.id}`, dataset: { focus: `drone-${drone.id}` } }, drone.name || drone.serial),
  },
  {
    word: gettext("Serial"),
    order: "serial",
    cell: (/** @type {any} */ drone) => el("span", { class: "mono" }, drone.serial),
  },
  {
    word: gettext("Operator"),
    order: "operator",
    cell: (/** @type {any} */ drone) => drone.operator || el("span", { class: "muted" }, gettext("unknown")),
  },
  {
    word: gettext("Battery"),
    order: "last_position__battery_pct",
    isNumber: true,
    cell: (/** @type {any} */ drone) => quantity(drone.last_position?.battery_pct, "%"),
  },
  {
    word: gettext("Altitude (WGS-84)"),
    order: "last_position__altitude_wgs84_m",
    isNumber: true,
    cell: (/** @type {any} */ drone) => quantity(drone.last_position?.altitude_wgs84_m, "m"),
  },
  {
    word: gettext("Ground speed"),
    isNumber: true,
    cell: (/** @type {any} */ drone) => quantity(drone.last_position?.speed_mps, "m/s", 1),
  },
  { word: gettext("Control link"), cell: controlCell },
  { word: gettext("Last heard"), order: "-last_position__at_ms", isNumber: true, cell: ageCell },
  {
    word: gettext("Registered"),
    order: "is_verified",
    cell: (/** @type {any} */ drone) =>
      drone.is_verified ? gettext("Verified") : chip("unverified", gettext("Unverified")),
  },
];

const form = /** @type {HTMLFormElement} */ (byId("drones-filters"));
const place = byId("drones-list");
const list = widget(place);
/** @type {any} */
const query = readQuery();
let token = 0;
const changedSoon = onceQuiet(changed, SETTLE_MS);
let readMs = 0;

fillForm();
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", changedSoon);
byId("page-before").addEventListener("click", () => turn(-PAGE));
byId("page-next").addEventListener("click", () => turn(PAGE));
byId("drones-delete")?.addEventListener("click", deleteShown);
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
  for (const name of FILTERS) /** @type {any} */ (form.elements.namedItem(name)).value = query[name];
}

function changed() {
  for (const name of FILTERS) query[name] = /** @type {any} */ (form.elements.namedItem(name)).value.trim();
  query.offset = 0;
  read();
}

/** What the form says now is meant, be it read already or not. @param {any} given */
function deleteShown({ currentTarget }) {
  changedSoon.stop();
  changed();
  deleteUnverified(words(), currentTarget.dataset.organisations, read);
}

/** @param {number} step */
function turn(step) {
  query.offset = Math.max(0, query.offset + step);
  read();
}

/** @param {any} [more] */
function words(more = {}) {
  const kept = Object.entries({ ...query, ...more }).filter(([, value]) => value !== "" && value !== 0);
  return new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
}

async function read() {
  const mine = ++token;
  history.replaceState(null, "", `${location.pathname}?${words()}`);
  form.dispatchEvent(new Event("loft:listed"));
  byId("drones-csv").href = `/api/v1/drones?${words({ format: "csv", limit: 1000, offset: 0 })}`;
  try {
    const answer = await getJson(`/api/v1/drones?${words({ limit: PAGE })}`);
    if (mine === token) show(answer);
  } catch (problem) {
    if (mine === token) failed(problem);
  }
}

/** @param {any} problem */
function failed(problem) {
  if (problem.status === 403) return list.forbidden("airspace.view_drone");
  if (readMs && problem.status === 0) return list.stale((performance.now() - readMs) / 1000);
  return list.error(problem.message, read);
}

/** @param {any} given */
function show({ count, results }) {
  readMs = performance.now();
  setText(byId("drones-count"), interpolate(gettext("%(count)s in all"), { count: formatNumber(count) }));
  showPager(count, results.length);
  if (!results.length && count && query.offset) return turn(-query.offset); // the last pages went meanwhile
  if (!results.length)
    return list.empty(
      gettext("No drone fits. Drones appear here as soon as they report; widen the filters to see others."),
    );
  const heads = COLUMNS.map((column) => headOf(column, query.ordering, orderBy));
  const rows = results.map((/** @type {any} */ drone) =>
    rowOf(
      COLUMNS,
      COLUMNS.map((column) => column.cell(drone)),
    ),
  );
  return keepFocus(place, () => list.show(tableOf(heads, rows, { "aria-label": gettext("Drones") })));
}

/** @param {number} count @param {any} shown */
function showPager(count, shown) {
  const last = query.offset + shown;
  const values = {
    first: formatNumber(shown ? query.offset + 1 : 0),
    last: formatNumber(last),
    count: formatNumber(count),
  };
  setText(byId("page-word"), interpolate(gettext("%(first)s to %(last)s of %(count)s"), values));
  bar(byId("page-before"), query.offset === 0 && FIRST_PAGE);
  bar(byId("page-next"), last >= count && LAST_PAGE);
}

/** @param {string} ordering */
function orderBy(ordering) {
  query.ordering = ordering;
  query.offset = 0;
  read();
}

/** @param {any} drone */
function stateCell(drone) {
  if (!drone.state) return chip("unknown", gettext("Never heard"));
  return stateChip({ state: drone.state, link: LINKS[drone.link.state] ?? 2 });
}

/** Modelled by the network as it is now: the margin stands beside it, the reason in its title. @param {any} drone */
function controlCell({ link: { control } }) {
  const known = controlNow(control, nowMs());
  const margin = el("span", { class: "modelled" }, quantity(known.margin_db, "dB", 1));
  return el("span", { title: controlSentence(control, nowMs()) || null }, controlChip(known.state), " ", margin);
}

/** @param {any} drone */
function ageCell(drone) {
  if (drone.age_s === null) return el("span", { class: "muted" }, gettext("never"));
  const link = LINKS[drone.link.state] ?? 2;
  return el(
    "span",
    { class: link ? "is-stale" : "", title: linkWord(link), dataset: { ageS: drone.age_s } },
    ageText(drone.age_s),
  );
}

/** Between two readings ages go on counting, so that an old list never looks fresh. */
function tickAges() {
  const passed = (performance.now() - readMs) / 1000;
  for (const node of /** @type {NodeListOf<any>} */ (document.querySelectorAll("[data-age-s]")))
    setText(node, ageText(Number(node.dataset.ageS) + passed));
}
