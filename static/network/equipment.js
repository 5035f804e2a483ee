/** On the page of a site: what its equipment counted, and the settings pushed to it. */
import { getJson } from "../console/api.js";
import { ageText, chip, el, quantity, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { openPushDialog } from "./pushdialog.js";
import { facts, smallTable, timeOf } from "./words.js";

const byId = (id) => document.getElementById(id);
const slug = byId("site").dataset.slug;
const PUSH_WORDS = {
  pending: ["waiting", gettext("pending")], acknowledged: ["normal", gettext("acknowledged")], refused: ["failed", gettext("refused")], lost: ["unknown", gettext("lost: whether it took effect is not known")],
};
let counters = null;
let readAtMs = 0;
let pushes = [];

/**
 * How old the counters are and whether they still hold. Pure.
 * @param {{age_s: number|null, stale_after_s: number}} told @param {number} sinceMs since they were fetched
 */
export function freshness(told, sinceMs) {
  if (told.age_s === null) return { ageS: null, isKnown: false };
  const ageS = told.age_s + sinceMs / 1000;
  return { ageS, isKnown: ageS <= told.stale_after_s };
}

/** What a push changes, in words. Pure. @param {{cells?: Record<string, any>, route?: string[]|null}} wish */
export function wishWords(wish) {
  const slugs = Object.keys(wish.cells || {});
  const change = slugs.length ? wish.cells[slugs[0]] : {};
  const words = [];
  if ("tilt_deg" in change) words.push(interpolate(gettext("tilt %(value)s°"), { value: formatNumber(change.tilt_deg, 1) }));
  if ("power_dbm" in change) words.push(interpolate(gettext("power %(value)s dBm"), { value: formatNumber(change.power_dbm, 1) }));
  if ("is_asleep" in change) words.push(change.is_asleep ? gettext("asleep") : gettext("awake"));
  if (slugs.length) words.push(`(${slugs.join(", ")})`);
  if ("route" in wish) words.push(wish.route ? interpolate(gettext("route %(way)s"), { way: wish.route.join(" → ") }) : gettext("shortest route"));
  return words.join(" ");
}

function drawCounters() {
  const state = widget(byId("counters"));
  if (!counters) return undefined;
  if (!counters.told) return state.empty(counters.problem || gettext("This site never told any counters."));
  const { ageS, isKnown } = freshness(counters, performance.now() - readAtMs);
  const source = interpolate(gettext("Counted by the site itself over %(period)s s, told %(age)s ago."), { period: formatNumber(counters.told.period_s), age: ageText(ageS) });
  const note = isKnown ? el("p", { class: "muted" }, source) : el("p", null, chip("unknown", gettext("unknown")), " ", interpolate(gettext("Nothing was told for %(age)s; these are its last counters."), { age: ageText(ageS) }), counters.problem && ` ${counters.problem}`);
  return state.show(note, el("div", { class: isKnown ? "measured" : "is-stale" }, totals(counters.told), cells(counters.told.cells)));
}

function totals(told) {
  const rows = [
    [gettext("Devices attached"), number(told.devices)], [gettext("Drones attached"), number(told.drones)],
    [gettext("Radio resources in use"), share(told.prb_use_share)], [gettext("Throughput"), quantity(told.throughput_mbps, "Mb/s", 1)],
    [gettext("Power drawn"), quantity(told.power_w, "W")], [gettext("Temperature in the cabinet"), quantity(told.temperature_c, "°C", 1)],
    [gettext("Version of its settings"), number(told.version)],
  ];
  if (told.edge) rows.push([gettext("Edge node"), el("span", null, share(told.edge.busy_share), " ", interpolate(gettext("busy, %(count)s in the queue"), { count: formatNumber(told.edge.queue) }))]);
  return facts(rows);
}

function cells(rows) {
  if (rows.length === 0) return "";
  const heads = [gettext("Sector"), gettext("State"), gettext("Devices"), gettext("Drones"), gettext("Resources"), gettext("Throughput"), gettext("RSRP, median class"), gettext("SINR, median class")];
  return smallTable(heads, rows.map((cell) => [
    cell.sector, cell.is_active ? chip("normal", gettext("on air")) : chip("unknown", gettext("asleep")), number(cell.devices), number(cell.drones),
    share(cell.prb_use_share), quantity(cell.throughput_mbps, "Mb/s", 1), medianClass(cell.rsrp_dbm, "dBm"), medianClass(cell.sinr_db, "dB"),
  ]));
}

/** The class that holds the median report; "–" without any. Pure. @param {{edges: number[], counts: number[]}} histogram @param {string} unit */
export function medianClass({ edges, counts }, unit) {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return "–";
  let below = 0;
  const place = counts.findIndex((one) => (below += one) >= total / 2);
  if (place === 0) return `< ${formatNumber(edges[0])} ${unit}`;
  if (place === edges.length) return `≥ ${formatNumber(edges[place - 1])} ${unit}`;
  return `${formatNumber(edges[place - 1])} … ${formatNumber(edges[place])} ${unit}`;
}

const number = (value) => (value === null ? "–" : formatNumber(value));
const share = (value) => quantity(value === null ? null : value * 100, "%", 1);

function drawPushes() {
  const state = widget(byId("pushes"));
  if (pushes.length === 0) return state.empty(gettext("No settings were pushed to this site so far."));
  const rows = pushes.map((one) => [timeOf(one.asked_at), wishWords(one.wish), standing(one), el("span", null, one.actor, one.reason && ` · ${one.reason}`)]);
  return state.show(smallTable([gettext("Asked"), gettext("Change"), gettext("State"), gettext("By")], rows));
}

function standing(one) {
  const words = PUSH_WORDS[one.state];
  const more = [one.version !== null && interpolate(gettext("version %(version)s"), { version: one.version }), one.state === "pending" && one.attempts > 0 && interpolate(gettext("tried %(count)s times"), { count: one.attempts }), one.problem].filter(Boolean).join(", ");
  const inForce = one.state === "acknowledged" && (one.applied_at ? el("span", null, gettext("in force since"), " ", timeOf(one.applied_at)) : gettext("not told to be in force yet"));
  return el("span", null, chip(...words), " ", inForce || "", el("span", { class: "muted" }, more && ` ${more}`));
}

async function load(id, path, right, take) {
  try {
    take(await getJson(`/api/v1/sites/${slug}/${path}`));
  } catch (problem) {
    const state = widget(byId(id));
    if (problem.status === 403) state.forbidden(right);
    else state.error(problem.message, () => load(id, path, right, take));
  }
}

const loadCounters = () => load("counters", "counters", "network.view_sitecounters", takeCounters);
const loadPushes = () => load("pushes", "configuration", "network.view_configurationpush", (told) => ((pushes = told.pushes), drawPushes()));

function takeCounters(told) {
  [counters, readAtMs] = [told, performance.now()];
  drawCounters();
}

function heard(event) {
  if (event.type === "CountersRead") {
    const row = event.sites.find((one) => one.site === slug);
    if (row) takeCounters(row);
  } else if (event.type === "PushChanged" && event.push.site === slug) takePush(event.push);
}

function takePush(push) {
  pushes = [push, ...pushes.filter((one) => one.id !== push.id)].sort((a, b) => (a.asked_at < b.asked_at ? 1 : -1));
  drawPushes();
}

for (const id of ["counters", "pushes"]) widget(byId(id)).loading();
byId("push")?.addEventListener("click", () => openPushDialog(slug, () => counters?.told?.cells.map((cell) => cell.sector) || [], takePush));
connect({ topics: ["counters", "configuration"], onOpen: () => (loadCounters(), loadPushes()), onEvent: heard });
loadCounters();
loadPushes();
setInterval(drawCounters, 5000);
