/** What a site and its edge node counted over the time that the page's charts show: one small chart for each unit. */
import { getJson } from "../../console/api.js";
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapAfter, gapOfSpans } from "../../console/chartdata.js";
import { el, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { valueText } from "../../console/plot.js";
import { Turns } from "../../console/turns.js";

const HEIGHT_PX = 170;
const MOST_ROWS = "2000";
const REFRESH_MS = 30_000;
const BY_READING_S = 43_200; // a longer time is told by the hour
const HOUR_S = 3_600;

/** @typedef {[figure: string, word: string, marker?: import("../../console/plot.js").Marker]} Line */
/**
 * @typedef {object} Kind of chart
 * @property {string} title
 * @property {string} unit
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
      ["edge_busy_share", gettext("edge node busy"), "square"],
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
      ["drones", gettext("drones"), "square"],
    ],
  },
  { title: gettext("Throughput"), unit: "Mb/s", factor: 1, digits: 1, lines: [["throughput_mbps", "Mb/s"]] },
  { title: gettext("Power drawn"), unit: "W", factor: 1, digits: 0, lines: [["power_w", "W"]] },
  {
    title: gettext("Temperature in the cabinet"),
    unit: "°C",
    factor: 1,
    digits: 1,
    lines: [["temperature_c", "°C"]],
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

/** By what a time is told. Pure. @param {number} lengthS */
export const spanOf = (lengthS) => (lengthS <= BY_READING_S ? "reading" : "hour");

/**
 * Columns that are drawn; where nothing was told, a gap. Pure.
 * @param {any[]} rows oldest first @param {Kind} kind @param {string} span of the rows
 * @param {number} staleS after how long without a reading the next is another stretch
 * @returns {import("../../console/chartdata.js").Columns}
 */
export function columns(rows, { lines, factor }, span, staleS) {
  /** @param {number|null|undefined} value */
  const shown = (value) => (value === null || value === undefined ? null : value * factor);
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

/** @typedef {{stale_after_s: number, most: Record<string, number>}} Limits as the page tells them */

export class CounterHistory {
  #turns = new Turns();
  #isRead = false;

  /**
   * @param {HTMLElement} node @param {string} slug @param {import("../../console/chart.js").Extras & {time:
   *   import("../../console/timerange.js").TimeRange}} extras
   * @param {Limits} limits
   */
  constructor(node, slug, extras, limits) {
    this.slug = slug;
    this.limits = limits;
    this.time = extras.time;
    this.state = widget(node);
    this.charts = KINDS.map((kind) => chartOf(kind, extras, limits));
    this.time.onChange(() => this.load());
    whenHeardAgain(() => this.load());
    setInterval(() => document.hidden || this.load(), REFRESH_MS);
    this.state.loading();
    this.load();
  }

  async load() {
    const span = spanOf(this.time.lengthS);
    const asked = {
      span,
      limit: MOST_ROWS,
      ...this.time.askedBy(span === "hour" ? HOUR_S : this.limits.stale_after_s),
    };
    const url = `/api/v1/sites/${this.slug}/counters/history?${new URLSearchParams(asked)}`;
    const turn = this.#turns.ask(this.time.key);
    try {
      const rows = await getJson(url);
      if (this.#turns.take(turn)) this.#draw(rows, span);
    } catch (problem) {
      if (!this.#turns.take(turn)) return;
      this.#isRead = false;
      if (problem.status === 403) this.state.forbidden("network.view_counterreading");
      else this.state.error(problem.message, () => this.load());
    }
  }

  /** @param {any[]} rows @param {string} span */
  #draw(rows, span) {
    const told = this.charts.filter(({ kind }) => isTold(rows, kind));
    if (!told.length) {
      this.#isRead = false;
      return this.state.empty(gettext("Nothing was told by the site in the time shown."));
    }
    if (!this.#isRead) this.state.show(el("div", { class: "counter-charts" }, ...this.charts.map(({ box }) => box)));
    this.#isRead = true;
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
  const title = kind.unit ? `${kind.title}, ${kind.unit}` : kind.title;
  const box = el("figure", { class: "counter-chart" }, el("figcaption", null, title), node);
  const limit = kind.limit ? most[kind.limit] * kind.factor : NaN;
  const text = interpolate(gettext("alarm from %(limit)s"), { limit: `${formatNumber(limit)} ${kind.unit}`.trim() });
  const limited = { is: false }; // whether the line that has the limit is there
  const levels = () => (limited.is && Number.isFinite(limit) ? [{ value: limit, text }] : []);
  return { kind, box, limited, plot: chartIn(node, HEIGHT_PX, (look) => partsOf(look, kind), { ...extras, levels }) };
}

/**
 * @param {import("../../console/plot.js").Look} look @param {Kind} kind
 * @returns {import("../../console/chart.js").Parts}
 */
function partsOf({ axisOf, line, time, timeAxis, x }, { lines, unit, digits }) {
  const value = valueText(digits, unit && ` ${unit}`);
  return {
    scales: { x, y: { range: (_, __, high) => [0, unit === "%" ? 100 : Math.max(high ?? 0, 1) * 1.15] } },
    axes: [{ ...timeAxis, label: undefined }, axisOf(undefined, { size: 48 })],
    series: [time, ...lines.map(([, word, marker]) => line(word, "--ink", { value, marker }))],
  };
}
