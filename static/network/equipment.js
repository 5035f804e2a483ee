/** On the page of a site: what its equipment counted, and the settings pushed to it. */
import { getJson } from "../console/api.js";
import { ageText, byId, chip, el, setText, widget } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { counterPanel } from "./counterpanel.js";
import { openPushDialog } from "./pushdialog.js";
import { smallTable, timeOf } from "./words.js";

const DRAW_MS = 5000;
const MOST_PUSHES = 20; // as many as the API tells
const slug = byId("site").dataset.slug;
/** @type {Record<string, [string, string]>} */
const PUSH_WORDS = {
  pending: ["waiting", gettext("pending")],
  acknowledged: ["normal", gettext("acknowledged")],
  refused: ["failed", gettext("refused")],
  lost: ["unknown", gettext("lost: whether it took effect is not known")],
};
/** @type {any} */
let counters = null;
let readAtMs = 0;
/** @type {any[]} */
let pushes = [];

/** What a push changes, in words. Pure. @param {{cells?: Record<string, any>, route?: string[]|null}} wish */
export function wishWords(wish) {
  const cells = wish.cells || {};
  const slugs = Object.keys(cells);
  const change = slugs.length ? cells[slugs[0]] : {};
  const words = [];
  if ("tilt_deg" in change)
    words.push(interpolate(gettext("tilt %(value)s°"), { value: formatNumber(change.tilt_deg, 1) }));
  if ("power_dbm" in change)
    words.push(interpolate(gettext("power %(value)s dBm"), { value: formatNumber(change.power_dbm, 1) }));
  if ("is_asleep" in change) words.push(change.is_asleep ? gettext("asleep") : gettext("awake"));
  if (slugs.length) words.push(`(${slugs.join(", ")})`);
  if ("route" in wish)
    words.push(
      wish.route ? interpolate(gettext("route %(way)s"), { way: wish.route.join(" → ") }) : gettext("shortest route"),
    );
  return words.join(" ");
}

function drawCounters() {
  const state = widget(byId("counters"));
  if (!counters) return undefined;
  sayVersion();
  if (!counters.told) return state.empty(counters.problem || gettext("This site never told any counters."));
  return state.show(counterPanel(counters, performance.now() - readAtMs));
}

function sayVersion() {
  const { told, age_s: ageS } = counters;
  setText(
    byId("version"),
    told
      ? interpolate(gettext("Version %(version)s in force, told %(age)s ago"), {
          version: formatNumber(told.version),
          age: ageText(ageS + (performance.now() - readAtMs) / 1000),
        })
      : gettext("Which version is in force is unknown"),
  );
}

function drawPushes() {
  const state = widget(byId("pushes"));
  if (pushes.length === 0) return state.empty(gettext("No settings were pushed to this site so far."));
  const rows = pushes.map((one) => [
    timeOf(one.asked_at),
    one.version === null ? "–" : formatNumber(one.version),
    wishWords(one.wish),
    standing(one),
    el("span", null, one.actor, one.reason && ` · ${one.reason}`),
  ]);
  const table = smallTable(
    [gettext("Asked"), gettext("Version"), gettext("Change"), gettext("State"), gettext("By")],
    rows,
  );
  table.tabIndex = 0; // in a narrow window it scrolls
  return state.show(table);
}

/** @param {any} one */
function standing(one) {
  const words = PUSH_WORDS[one.state];
  const more = [
    one.state === "pending" &&
      one.attempts > 0 &&
      interpolate(gettext("tried %(count)s times"), { count: one.attempts }),
    one.problem,
  ]
    .filter(Boolean)
    .join(", ");
  const inForce =
    one.state === "acknowledged" &&
    (one.applied_at
      ? el("span", null, gettext("in force since"), " ", timeOf(one.applied_at))
      : gettext("not told to be in force yet"));
  return el("span", null, chip(...words), " ", inForce || "", el("span", { class: "muted" }, more && ` ${more}`));
}

/** @param {string} id @param {string} path @param {string} right @param {(told: any) => unknown} take */
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
const loadPushes = () =>
  load("pushes", "configuration", "network.view_configurationpush", (told) => ((pushes = told.pushes), drawPushes()));

/** @param {any} told */
function takeCounters(told) {
  [counters, readAtMs] = [told, performance.now()];
  drawCounters();
}

/** @param {any} event */
function heard(event) {
  if (event.type === "CountersRead") {
    const row = event.sites.find((/** @type {any} */ one) => one.site === slug);
    if (row) takeCounters(row);
  } else if (event.type === "PushChanged" && event.push.site === slug) takePush(event.push);
}

/** @param {any} push */
function takePush(push) {
  pushes = [push, ...pushes.filter((one) => one.id !== push.id)]
    .sort((a, b) => Date.parse(b.asked_at) - Date.parse(a.asked_at))
    .slice(0, MOST_PUSHES);
  drawPushes();
}

for (const id of ["counters", "pushes"]) widget(byId(id)).loading();
byId("push")?.addEventListener("click", () =>
  openPushDialog(slug, () => counters && { ...counters, sinceMs: performance.now() - readAtMs }, takePush),
);
connect({ topics: ["counters", "configuration"], onOpen: () => (loadCounters(), loadPushes()), onEvent: heard });
loadCounters();
loadPushes();
setInterval(drawCounters, DRAW_MS);
