/** What a site and its edge node counted over the time that the page's charts show: one small chart for each unit. */
import { getJson } from "../../console/api.js";
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapAfter, gapOfSpans } from "../../console/chartdata.js";
import { el, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { valueText } from "../../console/plot.js";
import { Turns } from "../../console/turns.js";
import { unitFor, valueFor } from "../../console/units.js";

const HEIGHT_PX = 170;
const MOST_ROWS = 2_000;
const REFRESH_MS = 30_000;
const BY_READING_S = 43_200; // a longer time is told by the hour
const SPARE_ROWS = 10; // that begin before what is shown, or end after it
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** @typedef {import("../../console/timerange.js").TimeRange} Time */
/** @typedef {import("../../console/plot.js").Marker} Marker */
/** A word of "" is the unit. @typedef {[figure: string, word: string, marker?: Marker]} Line */
/**
 * @typedef {object} Kind of chart
 * @property {string} title
 * @property {string} unit in which values come, once they are multiplied; people may see them in another
 * @property {number} factor what a value of the API is multiplied with
 * @property {number} digits
 * @property {Line[]} lines
 * @property {string} [limit] what the page calls the limit of its first line
 */
/** @type {Kind[]} */
export const KINDS = [
  {
    title: gettext("Load"),
    unit: "%",
    factor: 100,
    digits: 1,
    lines: [
      ["prb_use_share", gettext("radio resources in use")],
      ["edge_busy_share", gettext("edge node busy"), "triangle"],
    ],
    limit: "prb_use_share",
  },
  {
    title: gettext("Attached"),
    unit: "",
    factor: 1,
    digits: 0,
    lines: [
      ["devices", gettext("devices")],
      ["drones", gettext("drones"), "triangle"],
    ],
  },
  { title: gettext("Throughput"), unit: "Mb/s", factor: 1, digits: 1, lines: [["throughput_mbps", ""]] },
  { title: gettext("Power drawn"), unit: "W", factor: 1, digits: 0, lines: [["power_w", ""]] },
  {
    title: gettext("Temperature in the cabinet"),
    unit: "°C",
    factor: 1,
    digits: 1,
    lines: [["temperature_c", ""]],
    limit: "temperature_c",
  },
  {
    title: gettext("Queue of the edge node"),
    unit: "",
    factor: 1,
    digits: 0,
    lines: [["edge_queue", gettext("jobs waiting")]],
    limit: "edge_queue",
  },
];

/** @typedef {{readings: number, hours: number}} Kept how long rows are kept [s] */
/**
 * @typedef {{stale_after_s: number, period_s: number, kept_s: Kept, most: Record<string, number>}} Limits as the page
 *   tells them
 */

/**
 * By what a time is told: by the reading where one answer holds all of them and they are still kept. Pure.
 * @param {Time} time @param {Limits} limits
 */
export function spanOf(time, { period_s, kept_s }) {
  const mostS = Math.min(BY_READING_S, (MOST_ROWS - SPARE_ROWS) * period_s);
  return time.lengthS <= mostS && !time.isBeyond(kept_s.readings) ? "reading" : "hour";
}

/** Why there is nothing to draw. Pure. @param {Time} time @param {Limits} limits */
export function nothingText(time, { kept_s }) {
  if (!time.isBeyond(kept_s.hours)) return gettext("Nothing was told by the site in the time shown.");
  return interpolate(gettext("Of this time nothing is kept any more: hours are deleted after %(days)s days."), {
    days: formatNumber(kept_s.hours / DAY_S),
  });
}

/**
 * Columns that are drawn, in the reader's units; where nothing was told, a gap. Pure.
 * @param {any[]} rows oldest first @param {Kind} kind @param {string} span of the rows
 * @param {number} staleS after how long without a reading the next is another stretch
 * @returns {import("../../console/chartdata.js").Columns}
 */
export function columns(rows, { lines, factor, unit }, span, staleS) {
  /** @param {number|null|undefined} value */
  const shown = (value) => (value === null || value === undefined ? null : valueFor(value * factor, unit));
  /** @type {import("../../console/chartdata.js").Point[]} */
  const points = rows.map((row) => [Date.parse(row.at) / 1000, ...lines.map(([figure]) => shown(row[figure]))]);
  const gaps = span === "hour" ? gapOfSpans(HOUR_S) : gapAfter(staleS);
  return columnsOf(
    points,
    gaps,
    lines.map(() => null),
  );
}

/** Whether any of a chart's figures was told. Pure. @param {any[]} rows @param {Kind} kind */
export const isTold = (rows, { lines }) =>
  rows.some((row) => lines.some(([figure]) => row[figure] !== null && row[figure] !== undefined));

/**
 * From where to where a chart reaches: to zero always, below it where a value lies there. Pure.
 * @param {string} unit @param {number|null|undefined} low @param {number|null|undefined} high
 * @returns {[number, number]}
 */
export function reach(unit, low, high) {
  if (unit === "%") return [0, 100];
  return [Math.min(low ?? 0, 0) * 1.15, Math.max(high ?? 0, 1) * 1.15];
}

export class CounterHistory {
  #turns = new Turns();
  #isShown = false;
  #loadedMs = 0;
  #told = ""; // of which time what is shown is

  /**
   * @param {HTMLElement} node @param {string} slug @param {import("../../console/chart.js").Extras & {time:
   *   Time}} extras
   * @param {Limits} limits
   */
  constructor(node, slug, extras, limits) {
    this.slug = slug;
    this.limits = limits;
    this.time = extras.time;
    this.node = node;
    this.state = widget(node);
    this.charts = KINDS.map((kind) => chartOf(kind, extras, limits));
    this.time.onChange(() => this.load());
    whenHeardAgain(() => this.load());
    setInterval(() => document.hidden || this.load(), REFRESH_MS);
    this.state.loading();
    this.load();
  }

  async load() {
    const { limits, time } = this;
    const span = spanOf(time, limits);
    const times = time.askedBy(span === "hour" ? HOUR_S : limits.stale_after_s);
    const query = new URLSearchParams({ span, limit: String(MOST_ROWS), ...times });
    const turn = this.#turns.ask(time.key);
    try {
      const rows = await getJson(`/api/v1/sites/${this.slug}/counters/history?${query}`);
      if (!this.#turns.take(turn)) return;
      [this.#loadedMs, this.#told] = [Date.now(), turn.question];
      this.#draw(rows, span);
    } catch (problem) {
      if (this.#turns.take(turn)) this.#fail(problem, turn.question);
    }
  }

  /** @param {any} problem @param {string} question */
  #fail(problem, question) {
    if (problem.status !== 403 && question === this.#told)
      return this.state.stale((Date.now() - this.#loadedMs) / 1000);
    [this.#isShown, this.#told] = [false, ""];
    if (problem.status === 403) return this.state.forbidden("network.view_counterreading");
    return this.state.error(problem.message, () => this.load());
  }

  /** @param {any[]} rows @param {string} span */
  #draw(rows, span) {
    const told = this.charts.filter(({ kind }) => isTold(rows, kind));
    if (!told.length) {
      this.#isShown = false;
      return this.state.empty(nothingText(this.time, this.limits));
    }
    if (!this.#isShown) this.state.show(el("div", { class: "counter-charts" }, ...this.charts.map(({ box }) => box)));
    this.#isShown = true;
    this.node.querySelector(":scope > .widget-stale")?.remove();
    for (const chart of this.charts) {
      chart.box.hidden = !told.includes(chart);
      chart.limited.is = isTold(rows, { ...chart.kind, lines: chart.kind.lines.slice(0, 1) });
      if (!chart.box.hidden)
        chart.plot.draw(columns(rows, chart.kind, span, this.limits.stale_after_s), this.time.shownS);
    }
    return undefined;
  }
}

/** @param {Kind} kind @param {import("../../console/chart.js").Extras} extras @param {Limits} limits */
function chartOf(kind, extras, { most }) {
  const node = el("div", { class: "chart" });
  const unit = unitFor(kind.unit);
  const title = unit ? `${kind.title}, ${unit}` : kind.title;
  const box = el("figure", { class: "counter-chart" }, el("figcaption", null, title), node);
  const limit = kind.limit ? valueFor(most[kind.limit] * kind.factor, kind.unit) : NaN;
  const text = interpolate(gettext("alarm from %(limit)s"), { limit: `${formatNumber(limit)} ${unit}`.trim() });
  const limited = { is: false }; // whether the line that has the limit is there
  const levels = () => (limited.is && Number.isFinite(limit) ? [{ value: limit, text }] : []);
  return { kind, box, limited, plot: chartIn(node, HEIGHT_PX, (look) => partsOf(look, kind), { ...extras, levels }) };
}

/**
 * @param {import("../../console/plot.js").Look} look @param {Kind} kind
 * @returns {import("../../console/chart.js").Parts}
 */
function partsOf({ axisOf, line, time, timeAxis, x }, { lines, unit, digits }) {
  const shown = unitFor(unit);
  const value = valueText(digits, shown && ` ${shown}`);
  return {
    scales: { x, y: { range: (_, low, high) => reach(unit, low, high) } },
    axes: [{ ...timeAxis, label: undefined }, axisOf(undefined, { size: 48 })],
    series: [time, ...lines.map(([, word, marker]) => line(word || shown, "--ink", { value, marker }))],
  };
}
