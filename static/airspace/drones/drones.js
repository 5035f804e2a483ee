/**
 * The list of drones, of any count: filters, order and place live in the address; ages tick, and what is in sight is
 * read again every few seconds.
 */
import { getJson, nowMs } from "../../console/api.js";
import { ageText, byId, chip, el, keepFocus, quantity, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { ListWindow, PAGE, pageAround } from "../../console/listwindow.js";
import { onceQuiet } from "../../console/soon.js";
import { Turns } from "../../console/turns.js";
import { deleteUnverified } from "./removal.js";
import { controlChip, controlNow, controlSentence, linkWord, stateChip } from "../words.js";

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
const turns = new Turns();
const changedSoon = onceQuiet(changed, SETTLE_MS);
let readMs = 0;
let isSought = true; // the row of which the address tells is to be the first in sight
const lines = new ListWindow({
  columns: () => COLUMNS,
  label: gettext("Drones"),
  order: () => query.ordering,
  setOrder: orderBy,
  fetchPage,
  again: () => read(),
  failed,
  moved: (first) => ((query.offset = first), say()),
});

fillForm();
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", changedSoon);
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
  begin();
}

/** From the top, whatever is asked for. */
function begin() {
  [query.offset, isSought] = [0, true];
  read();
}

/** What the form says now is meant, be it read already or not. @param {any} given */
function deleteShown({ currentTarget }) {
  changedSoon.stop();
  changed();
  deleteUnverified(words(), currentTarget.dataset.organisations, read);
}

/** @param {any} [more] */
function words(more = {}) {
  const kept = Object.entries({ ...query, ...more }).filter(([, value]) => value !== "" && value !== 0);
  return new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
}

/** Write into the address what is listed, from where. */
function say() {
  history.replaceState(null, "", `${location.pathname}?${words()}`);
}

async function read() {
  const turn = turns.ask(words({ offset: 0 })); // of the same list a slow answer is better than none
  say();
  form.dispatchEvent(new Event("loft:listed"));
  byId("drones-csv").href = `/api/v1/drones?${words({ format: "csv", limit: 1000, offset: 0 })}`;
  const from = pageAround(query.offset);
  try {
    const answer = await getJson(`/api/v1/drones?${words({ limit: PAGE, offset: from })}`);
    if (turns.take(turn)) show(answer, from);
  } catch (problem) {
    if (turns.take(turn)) failed(problem);
  }
}

/** What came into sight; its ages are told as of when the others were read. @param {number} from */
async function fetchPage(from) {
  const page = await getJson(`/api/v1/drones?${words({ limit: PAGE, offset: from })}`);
  const passed = (performance.now() - readMs) / 1000;
  const results = page.results.map((/** @type {any} */ drone) =>
    drone.age_s === null ? drone : { ...drone, age_s: drone.age_s - passed },
  );
  return { ...page, results };
}

/** @param {any} problem */
function failed(problem) {
  if (problem.status === 403) return list.forbidden("airspace.view_drone");
  if (readMs && problem.status === 0) return list.stale((performance.now() - readMs) / 1000);
  return list.error(problem.message, read);
}

/** @param {any} given @param {number} from the first row that was read */
function show({ count, results }, from) {
  readMs = performance.now();
  setText(byId("drones-count"), interpolate(gettext("%(count)s in all"), { count: formatNumber(count) }));
  if (!results.length && count && from) return begin(); // those that were in sight went meanwhile
  if (!results.length)
    return list.empty(
      gettext("No drone fits. Drones appear here as soon as they report; widen the filters to see others."),
    );
  lines.read(results, from, count);
  return keepFocus(place, draw);
}

function draw() {
  if (!lines.node.isConnected) {
    list.show(lines.node);
    isSought = true; // what is put into the page anew is scrolled to its top
  }
  place.querySelector(".widget-stale")?.remove();
  lines.draw();
  if (isSought) lines.reveal(query.offset);
  isSought = false;
}

/** @param {string} ordering */
function orderBy(ordering) {
  query.ordering = ordering;
  begin();
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
