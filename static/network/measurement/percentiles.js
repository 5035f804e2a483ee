/** p50, p95 and p99 of a site over hours and days: measured solid, modelled dashed, gaps as gaps. */
import { getJson } from "../../console/api.js";
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapOfSpans } from "../../console/chartdata.js";
import { byId, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { valueText } from "../../console/plot.js";
import { Turns } from "../../console/turns.js";

/** @typedef {import("../../console/timerange.js").TimeRange} Time */

const HEIGHT_PX = 260;
const MOST_ROWS = "2000";
const REFRESH_MS = 60_000;
const BY_MINUTE_S = 90_000; // a longer time is told by the hour
const DAY_S = 86_400;
/** @type {Record<string, number>} */
const STEP_S = { minute: 60, hour: 3_600 };

/**
 * By what a time is told: by the minute where it is short and its minutes are still kept. Pure.
 * @param {Time} time @param {{minutes: number}} keptS how long rows are kept [s]
 */
export const stepOf = (time, { minutes }) =>
  time.lengthS <= BY_MINUTE_S && !time.isBeyond(minutes) ? "minute" : "hour";

/**
 * Columns that are drawn; where a minute or hour is missing a gap is put. Pure, so that it can be tested alone.
 * @param {any[]} rows oldest first @param {number} stepS
 * @param {{mean_ms: number, p99_ms: number}|null} modelled one way
 * @returns {import("../../console/chartdata.js").Columns} times [s]; round trips [ms]: p50, p95, p99,
 *   modelled mean and p99
 */
export function columns(rows, stepS, modelled) {
  const [mean, p99] = modelled ? [2 * modelled.mean_ms, 2 * modelled.p99_ms] : [null, null];
  /** @type {import("../../console/chartdata.js").Point[]} */
  const points = rows.map(({ started_at, p50_ms, p95_ms, p99_ms }) => [
    Date.parse(started_at) / 1000,
    p50_ms ?? null,
    p95_ms ?? null,
    p99_ms ?? null,
    mean,
    p99,
  ]);
  return columnsOf(points, gapOfSpans(stepS), [null, null, null, mean, p99]);
}

export class Percentiles {
  /** @type {any[]} */
  #rows = [];
  /** @type {{mean_ms: number, p99_ms: number}|null} */
  #modelled = null;
  #loadedMs = 0;
  #step = "minute"; // of the rows that are shown
  #turns = new Turns();
  /** @type {HTMLElement} */
  #node = byId("percentiles");
  #state = widget(this.#node);

  /**
   * @param {string} slug @param {import("../../console/chart.js").Extras & {time: Time}} extras
   * @param {{minutes: number, hours: number}} keptS how long rows are kept [s]
   */
  constructor(slug, extras, keptS) {
    this.slug = slug;
    this.keptS = keptS;
    this.time = extras.time;
    this.chart = chartIn(this.#node, HEIGHT_PX, partsOf, extras);
    this.time.onChange(() => this.#anew());
    whenHeardAgain(() => this.#load());
    setInterval(() => document.hidden || this.#load(), REFRESH_MS);
    this.#state.loading();
    this.#load();
  }

  /** Another time is shown: what was read tells nothing of it. */
  #anew() {
    this.#loadedMs = 0;
    this.#load();
  }

  async #load() {
    const span = stepOf(this.time, this.keptS);
    const query = new URLSearchParams({ site: this.slug, span, limit: MOST_ROWS, ...this.time.askedBy(STEP_S[span]) });
    const turn = this.#turns.ask(this.time.key);
    try {
      const rows = await getJson(`/api/v1/samples/history?${query}`);
      if (!this.#turns.take(turn)) return;
      [this.#rows, this.#step] = [rows, span];
      this.#loadedMs = Date.now();
      this.#draw();
    } catch (problem) {
      if (!this.#turns.take(turn)) return;
      if (problem.status === 403) this.#state.forbidden("network.view_stampsample");
      else if (this.#loadedMs) this.#state.stale((Date.now() - this.#loadedMs) / 1000);
      else this.#state.error(problem.message, () => this.#load());
    }
  }

  #draw() {
    if (!this.#loadedMs) return undefined;
    if (!this.#rows.length) return this.#state.empty(this.#nothing());
    const shown = columns(this.#rows, STEP_S[this.#step], this.#modelled);
    this.#node.querySelector(".widget-stale")?.remove();
    this.#node.removeAttribute("aria-busy");
    return this.chart.draw(shown, this.time.shownS);
  }

  /** Why there is nothing to draw. */
  #nothing() {
    return this.time.isBeyond(this.keptS.hours)
      ? interpolate(gettext("Of this time nothing is kept any more: hours are deleted after %(days)s days."), {
          days: formatNumber(this.keptS.hours / DAY_S),
        })
      : gettext("No minute or hour of this span was measured. A minute is drawn half a minute after its end.");
  }

  /** @param {any} next the modelled one-way latency */
  model(next) {
    const isSame = next?.mean_ms === this.#modelled?.mean_ms && next?.p99_ms === this.#modelled?.p99_ms;
    this.#modelled = next;
    if (!isSame) this.#draw();
  }
}

/** @param {import("../../console/plot.js").Look} look @returns {import("../../console/chart.js").Parts} */
function partsOf({ axisOf, dashed, line, time, timeAxis, x }) {
  const value = valueText(2);
  return {
    scales: { x, y: { range: (_, __, high) => [0, Math.max(high || 1, 0.5) * 1.12] } },
    axes: [timeAxis, axisOf(gettext("Round trip, ms"))],
    series: [
      time,
      line(gettext("p50, measured"), "--muted", { value, marker: "circle" }),
      line(gettext("p95, measured"), "--normal", { value, marker: "square", width: 2.5 }),
      line(gettext("p99, measured"), "--ink", { value, marker: "triangle" }),
      dashed(gettext("mean, modelled"), "--muted", { value, width: 1, dash: [2, 4] }),
      dashed(gettext("p99, modelled"), "--ink", { value, width: 1 }),
    ],
  };
}
