/** The programme page: each target of the plan, what it stands at, its trend and its evidence. */
import { getJson } from "../../console/api.js";
import { ageText, chip, el, keepFocus, replace, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { rowOf, tableOf } from "../../console/table.js";
import { timePicker } from "../../console/timepicker.js";
import { TimeRange } from "../../console/timerange.js";
import { sparkline } from "../sparkline.js";

const REFRESH_MS = 60_000;
const SOON_MS = 5_000; // while figures are being worked out for the first time
const STALE_MS = 3_600_000;
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const list = /** @type {HTMLElement} */ (document.getElementById("list"));
const state = widget(list);
const time = new TimeRange(["7d", "30d", "400d"], "7d", { search: location.search });
/** @type {Record<string, string>} */
const STATE_WORDS = { met: gettext("met"), short: gettext("short of it"), unknown: gettext("unknown") };
/** @type {Record<string, string>} */
const STATE_LOOKS = { met: "met", short: "minor", unknown: "unknown" };
/** @type {Record<string, string>} */
const SOURCE_WORDS = { modelled: gettext("modelled"), counted: gettext("counted from records") };
const HEADS = [
  { word: gettext("Target of the plan"), look: "wrap" },
  { word: gettext("Now"), isNumber: true },
  { word: gettext("Target"), isNumber: true },
  gettext("State"),
  gettext("Trend"),
  gettext("Source"),
  gettext("Evidence"),
];
let loadedMs = 0;
let timer = 0;
let turn = 0;

/** A value in its unit. @param {number|null} value @param {string} unit */
function valueText(value, unit) {
  if (value === null) return gettext("unknown");
  if (unit === "share") return `${formatNumber(value * 100, 1)} %`;
  if (unit === "ms") return `${formatNumber(value, 1)} ms`;
  return formatNumber(value);
}

/** @param {any} row */
function targetText(row) {
  if (row.target === null) return gettext("no figure named");
  const figure = `${row.is_at_most ? "≤" : "≥"} ${valueText(row.target, row.unit)}`;
  return row.due_year ? interpolate(gettext("%(figure)s by %(year)s"), { figure, year: row.due_year }) : figure;
}

/** @param {any} row */
function stateCell(row) {
  if (row.target === null && row.now !== null)
    return el("span", { class: "muted" }, gettext("nothing to compare with"));
  return chip(STATE_LOOKS[row.state], STATE_WORDS[row.state]);
}

/** @param {any} row */
function trendCell(row) {
  /** @type {Array<{at: string, value: number|null}>} */
  const trend = row.trend;
  const known = trend.flatMap(({ value }) => (value === null ? [] : [value]));
  if (!known.length) return el("span", { class: "muted" }, gettext("none yet"));
  const label = interpolate(gettext("From %(first)s to %(last)s"), {
    first: valueText(known[0], row.unit),
    last: valueText(known[known.length - 1], row.unit),
  });
  const [fromS, untilS] = time.shownS;
  const shownMs = /** @type {[number, number]} */ ([fromS * 1000, untilS * 1000]);
  return sparkline(trend, { target: row.target, isModelled: row.source === "modelled", label, shownMs });
}

/** @param {any} row */
function sourceCell(row) {
  if (!row.source) return el("span", { class: "muted" }, gettext("nobody measures it"));
  if (!row.measured_at) return el("span", { class: "muted" }, gettext("being worked out"));
  const age = ageText((Date.now() - Date.parse(row.measured_at)) / 1000);
  return el(
    "span",
    null,
    el("span", { class: row.source === "modelled" ? "modelled" : "" }, SOURCE_WORDS[row.source]),
    el("br"),
    el("span", { class: "age" }, interpolate(gettext("%(age)s ago"), { age })),
  );
}

/** @param {any} row */
function evidenceCell(row) {
  if (!row.evidence_kind) return "";
  if (row.evidence_url)
    return el("a", { href: row.evidence_url, download: "", dataset: { focus: row.key } }, gettext("Newest map"));
  return el("a", { href: `/evidence?new=${row.evidence_kind}`, dataset: { focus: row.key } }, gettext("Ask for a map"));
}

/** @param {any} row */
function cells(row) {
  const isOld = row.measured_at && Date.now() - Date.parse(row.measured_at) > STALE_MS;
  const look = row.now === null ? "" : isOld ? "is-stale" : row.source === "modelled" ? "modelled" : "";
  return [
    [el("div", { class: "target-name" }, row.name), el("div", { class: "definition" }, row.definition)],
    el("span", { class: `now ${look}` }, valueText(row.now, row.unit)),
    targetText(row),
    stateCell(row),
    trendCell(row),
    sourceCell(row),
    evidenceCell(row),
  ];
}

/** @param {any[]} rows */
function drawTally(rows) {
  /** @param {string} wanted */
  const count = (wanted) => rows.filter((row) => row.state === wanted).length;
  /** @type {Record<string, string>} */
  const words = {
    met: ngettext("%(count)s target met", "%(count)s targets met", count("met")),
    short: ngettext("%(count)s short of it", "%(count)s short of it", count("short")),
    unknown: ngettext("%(count)s unknown", "%(count)s unknown", count("unknown")),
  };
  replace(
    /** @type {HTMLElement} */ (document.getElementById("tally")),
    ...Object.keys(words)
      .filter(count)
      .map((state) => chip(STATE_LOOKS[state], interpolate(words[state], { count: count(state) }))),
  );
}

async function load() {
  clearTimeout(timer);
  const own = ++turn;
  const region = new FormData(form).get("region");
  if (!region) return state.empty(gettext("The targets of a region appear here. Add a region to the inventory first."));
  const query = { region: String(region) };
  history.replaceState(null, "", `?${new URLSearchParams({ ...query, ...time.query() })}`);
  try {
    /** @type {{rows: any[]}} */
    const { rows } = await getJson(`/api/v1/programme?${new URLSearchParams({ ...query, ...time.asked })}`);
    if (own !== turn) return undefined; // another region was chosen meanwhile
    loadedMs = Date.now();
    drawTally(rows);
    if (rows.some((row) => row.source && !row.measured_at)) timer = setTimeout(load, SOON_MS);
    keepFocus(list, () =>
      state.show(
        tableOf(
          HEADS,
          rows.map((row) => rowOf(HEADS, cells(row), { dataset: { key: row.key, state: row.state } })),
        ),
      ),
    );
  } catch (problem) {
    if (own !== turn) return undefined;
    if (problem.status === 403) state.forbidden("network.view_programmevalue");
    else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
    else state.error(problem.message, load);
  }
  return undefined;
}

const wanted = new URLSearchParams(location.search).get("region");
if (
  wanted &&
  [...form.elements.region.options].some((/** @type {HTMLOptionElement} */ option) => option.value === wanted)
)
  form.elements.region.value = wanted;
form.addEventListener("submit", (event) => event.preventDefault());
const anew = () => ((loadedMs = 0), state.loading(), load());
form.addEventListener("change", anew);
timePicker(/** @type {HTMLElement} */ (document.getElementById("time")), time);
time.onChange(anew);
whenHeardAgain(load);
state.loading();
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
