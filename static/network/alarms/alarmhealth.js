/** The health of the alarm system: figures beside their targets, alarms over time, and the lists behind the figures. */
import { getJson } from "../../console/api.js";
import { byId, chip, el, setText, svg, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { rowOf, tableOf } from "../../console/table.js";
import { dateOf } from "../words.js";
import { bars, lists, valueText } from "./alarmhealthlists.js";

const REFRESH_MS = 60_000;
const MANY = 10;
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const state = widget(byId("health"));
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
  stale: gettext("Stale alarms (active for more than a day)"),
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
  const heights = bars(health.slots.alarms);
  const limit = MANY * health.operators;
  const most = Math.max(limit * 1.2, ...heights);
  const picture = svg("svg", {
    class: "bars",
    viewBox: `0 0 ${heights.length} ${most}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": interpolate(gettext("Alarms per ten minutes; at most %(most)s"), { most: Math.max(0, ...heights) }),
  });
  heights.forEach(
    (height, at) =>
      height &&
      picture.append(svg("rect", { x: at + 0.1, width: 0.8, y: most - height, height, "data-above": height > limit })),
  );
  picture.append(svg("line", { x1: 0, x2: heights.length, y1: most - limit, y2: most - limit }));
  const words = interpolate(
    gettext("Dashed: %(limit)s in ten minutes, more than which cannot be worked off. Highest bar: %(most)s."),
    { limit, most: Math.max(0, ...heights) },
  );
  return el(
    "div",
    { class: "card wide" },
    el("h2", null, gettext("Alarms per ten minutes")),
    picture,
    el(
      "div",
      { class: "ends" },
      el("span", null, dateOf(health.slots.started_at)),
      el("span", null, words),
      el("span", null, dateOf(health.until)),
    ),
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
}

async function load() {
  if (!form.reportValidity()) return;
  const query = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  history.replaceState(null, "", `?${query}`);
  byId("csv").setAttribute("href", `/api/v1/alarms/health?${query}&format=csv`);
  try {
    draw(await getJson(`/api/v1/alarms/health?${query}`));
  } catch (problem) {
    if (problem.status === 403) state.forbidden("network.view_alarm");
    else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
    else state.error(problem.message, load);
  }
}

for (const [name, value] of new URLSearchParams(location.search))
  if (form.elements[name]) form.elements[name].value = value;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", load);
state.loading();
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
