/** The health of the alarm system: figures beside their targets, alarms over time, and the lists behind the figures. */
import { getJson } from "../../console/api.js";
import { byId, chip, el, setText, widget } from "../../console/dom.js";
import { Marks } from "../../console/chartmarks.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { rowOf, tableOf } from "../../console/table.js";
import { timePicker } from "../../console/timepicker.js";
import { TimeRange } from "../../console/timerange.js";
import { Turns } from "../../console/turns.js";
import { dateOf } from "../words.js";
import { floodMarks, healthChart } from "./alarmhealthchart.js";
import { lists, valueText } from "./alarmhealthlists.js";

const REFRESH_MS = 60_000;
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const state = widget(byId("health"));
const time = new TimeRange(["24h", "7d", "30d"], "24h", { search: location.search.replace("period=", "span=") });
const marks = new Marks();
const chartBox = el("div", { class: "chart" });
const plot = healthChart(chartBox, { time, marks });
const turns = new Turns();
/** @type {Record<string, string>} */
const WORDS = {
  average: gettext("Alarms per ten minutes and operator, on average"),
  peak: gettext("Most alarms in ten minutes, per operator"),
  above_10: gettext("Share of ten-minute spans with more than ten"),
  in_flood: gettext("Share of time in a flood"),
  high: gettext("Share of high priority (critical)"),
  medium: gettext("Share of medium priority (major)"),
  low: gettext("Share of low priority (the rest)"),
  top_10: gettext("Share of the ten most frequent sources"),
  chattering: gettext("Chattering sources (three times within a minute)"),
  fleeting: gettext("Fleeting alarms (gone within a minute, unseen)"),
  stale: gettext("Stale now (active for more than a day)"),
  held: gettext("Held now: shelved, suppressed or out of service"),
  acknowledged_median: gettext("Time until acknowledged, median"),
  acknowledged_p90: gettext("Time until acknowledged, 90th percentile"),
  never_acknowledged: gettext("Share not acknowledged"),
};
const HEADS = [
  gettext("Figure"),
  { word: gettext("Value"), isNumber: true },
  { word: gettext("Target"), isNumber: true },
  gettext("State"),
];
let loadedMs = 0;

/** @param {any} figure */
function met(figure) {
  if (figure.value === null) return chip("unknown", gettext("unknown"));
  if (figure.target === null) return el("span", { class: "muted" }, gettext("no target"));
  if (figure.is_met === null) return chip("unknown", gettext("too few to judge"));
  return figure.is_met ? chip("met", gettext("met")) : chip("minor", gettext("not met"));
}

/** @param {any[]} rows */
function figures(rows) {
  const lines = rows.map((row) =>
    rowOf(
      HEADS,
      [
        WORDS[row.key] || row.key,
        valueText(row.value, row.unit),
        row.target === null ? "" : `${row.is_at_most ? "≤" : "≥"} ${valueText(row.target, row.unit)}`,
        met(row),
      ],
      { dataset: { key: row.key } },
    ),
  );
  return tableOf(HEADS, lines, { id: "figures" });
}

/** @param {any} health */
function chart(health) {
  const words = interpolate(gettext("%(most)s at most in ten minutes. Hatched: a flood, until it is under control."), {
    most: formatNumber(Math.max(0, ...health.slots.alarms)),
  });
  return el(
    "div",
    { class: "card wide" },
    el("h2", null, gettext("Alarms per ten minutes")),
    chartBox,
    el("p", { class: "muted" }, words),
  );
}

/** @param {any} health */
function draw(health) {
  loadedMs = Date.now();
  setText(
    byId("span"),
    interpolate(gettext("%(alarms)s alarms from %(since)s to %(until)s"), {
      alarms: formatNumber(health.alarms),
      since: dateOf(health.since),
      until: dateOf(health.until),
    }),
  );
  const cut =
    health.is_cut &&
    el(
      "p",
      { class: "banner warning" },
      gettext("There were more alarms than are looked at; the oldest are left out."),
    );
  state.show(
    el(
      "div",
      { class: "stack" },
      cut,
      figures(health.figures),
      el("div", { class: "cards health-cards" }, chart(health), ...lists(health)),
    ),
  );
  marks.show(floodMarks(health.floods));
  plot.draw(health, time.shownS);
}

/** What the API is asked for; a time that ends now by its length, so that a link to the answer moves on. */
function asked() {
  const { operators } = Object.fromEntries(new FormData(form));
  const when = time.isLive ? { period: time.name } : time.asked;
  return new URLSearchParams({ ...when, operators: String(operators) });
}

async function load() {
  if (!form.reportValidity()) return;
  const query = asked();
  const shown = new URLSearchParams({ ...time.query(), operators: String(query.get("operators")) });
  history.replaceState(null, "", `?${shown}`);
  byId("csv").setAttribute("href", `/api/v1/alarms/health?${query}&format=csv`);
  const turn = turns.ask(String(shown));
  try {
    const health = await getJson(`/api/v1/alarms/health?${query}`);
    if (turns.take(turn)) draw(health);
  } catch (problem) {
    if (!turns.take(turn)) return;
    if (problem.status === 403) state.forbidden("network.view_alarm");
    else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
    else state.error(problem.message, load);
  }
}

for (const [name, value] of new URLSearchParams(location.search))
  if (form.elements[name]) form.elements[name].value = value;
form.addEventListener("submit", (event) => event.preventDefault());
form.elements.operators.addEventListener("change", load); // what the picker says, the time tells
timePicker(byId("time"), time);
time.onChange(() => ((loadedMs = 0), state.loading(), load())); // what was read tells nothing of another time
whenHeardAgain(load);
state.loading();
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
