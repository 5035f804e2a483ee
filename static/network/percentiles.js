/** p50, p95 and p99 of a site over hours and days: measured solid, modelled dashed, gaps as gaps. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { getJson } from "../console/api.js";
import { byId, widget } from "../console/dom.js";
import { formatNumber, gettext } from "../console/i18n.js";
import { plotLook } from "../console/plot.js";

const HEIGHT = 260;
const REFRESH_MS = 60_000;
/** @type {Record<string, {span: string, hours: number}>} */
const SPANS = {
  "3h": { span: "minute", hours: 3 },
  "24h": { span: "minute", hours: 24 },
  "7d": { span: "hour", hours: 168 },
  "30d": { span: "hour", hours: 720 },
};
/** @type {Record<string, number>} */
const STEP_S = { minute: 60, hour: 3_600 };
const HOUR_MS = 3_600_000;

/**
 * Columns that uPlot draws; where a minute or hour is missing a gap is put. Pure, so that it can be tested alone.
 * @param {any[]} rows oldest first @param {number} stepS @param {{mean_ms: number, p99_ms: number}|null} modelled one
 *   way
 * @returns {uPlot.AlignedData} times [s], p50, p95, p99, modelled mean and p99, all round trips [ms]
 */
export function columns(rows, stepS, modelled) {
  /** @type {[number[], ...Array<Array<number|null>>]} */
  const made = [[], [], [], [], [], []];
  const [mean, p99] = modelled ? [2 * modelled.mean_ms, 2 * modelled.p99_ms] : [null, null];
  /** @param {number} time @param {any} row */
  const add = (time, row) => {
    const values = [row?.p50_ms ?? null, row?.p95_ms ?? null, row?.p99_ms ?? null, mean, p99];
    made[0].push(time);
    values.forEach((value, at) => made[at + 1].push(value));
  };
  /** @type {number|null} */
  let next = null;
  for (const row of rows) {
    const time = Date.parse(row.started_at) / 1000;
    if (next !== null && time > next) add(next, null);
    add(time, row);
    next = time + stepS;
  }
  return made;
}

export class Percentiles {
  /** @type {any[]} */
  #rows = [];
  /** @type {{mean_ms: number, p99_ms: number}|null} */
  #modelled = null;
  #loadedMs = 0;
  /** @type {uPlot|null} */
  #plot = null;
  /** @type {HTMLElement} */
  #node = byId("percentiles");
  /** @type {HTMLSelectElement} */
  #select = byId("percentiles-span");
  #state = widget(this.#node);

  /** @param {string} slug */
  constructor(slug) {
    this.slug = slug;
    const asked = new URLSearchParams(location.search).get("percentiles");
    if (asked && SPANS[asked]) this.#select.value = asked;
    new ResizeObserver(() => this.#shown?.setSize({ width: this.#node.clientWidth, height: HEIGHT })).observe(
      this.#node,
    );
    document.addEventListener("loft:theme", () => {
      this.#plot?.destroy();
      this.#plot = null;
      this.#draw();
    });
    this.#select.addEventListener("change", () => {
      const query = new URLSearchParams(location.search);
      query.set("percentiles", this.#select.value);
      history.replaceState(null, "", `?${query}`);
      this.#load();
    });
    setInterval(() => document.hidden || this.#load(), REFRESH_MS);
    this.#state.loading();
    this.#load();
  }

  async #load() {
    const { span, hours } = SPANS[this.#select.value];
    const since = new Date(Date.now() - hours * HOUR_MS).toISOString();
    try {
      this.#rows = await getJson(`/api/v1/samples/history?site=${this.slug}&span=${span}&since=${since}`);
      this.#loadedMs = Date.now();
      this.#draw();
    } catch (problem) {
      if (problem.status === 403) this.#state.forbidden("network.view_stampsample");
      else if (this.#loadedMs) this.#state.stale((Date.now() - this.#loadedMs) / 1000);
      else this.#state.error(problem.message, () => this.#load());
    }
  }

  /** The chart where it is on the page. */
  get #shown() {
    return this.#plot && this.#node.contains(this.#plot.root) ? this.#plot : null;
  }

  #draw() {
    if (!this.#loadedMs) return;
    if (!this.#rows.length)
      return void this.#state.empty(
        gettext("No minute or hour of this span was measured. A minute is drawn half a minute after its end."),
      );
    const shown = columns(this.#rows, STEP_S[SPANS[this.#select.value].span], this.#modelled);
    this.#node.querySelector(".widget-stale")?.remove();
    this.#node.removeAttribute("aria-busy");
    if (this.#shown) return void this.#shown.setData(shown);
    this.#plot?.destroy();
    this.#node.replaceChildren();
    this.#plot = new uPlot(
      options(this.#node.clientWidth, () => this.#spanS()),
      shown,
      this.#node,
    );
  }

  /** @returns {[number, number]} from when to when is shown [s] */
  #spanS() {
    const loadedS = this.#loadedMs / 1000;
    return [loadedS - SPANS[this.#select.value].hours * 3_600, loadedS];
  }

  /** @param {any} next the modelled one-way latency */
  model(next) {
    const isSame = next?.mean_ms === this.#modelled?.mean_ms && next?.p99_ms === this.#modelled?.p99_ms;
    this.#modelled = next;
    if (!isSame) this.#draw();
  }
}

/** @param {number} width @param {() => [number, number]} spanS @returns {uPlot.Options} */
function options(width, spanS) {
  const { axisOf, colour, time, timeAxis, tzDate, x } = plotLook(spanS);
  /** @param {unknown} _ @param {number|null|undefined} ms */
  const value = (_, ms) => (ms === null || ms === undefined ? "–" : formatNumber(ms, 2));
  /**
   * @param {string} label @param {string} stroke @param {number} width_
   * @param {Partial<uPlot.Series>} [more]
   */
  const line = (label, stroke, width_, more = {}) => ({
    label,
    stroke: colour(stroke),
    width: width_,
    points: { size: 4 },
    value,
    ...more,
  });
  const dashed = { dash: [6, 5], points: { show: false } };
  return {
    width,
    height: HEIGHT,
    tzDate,
    scales: { x, y: { range: (_, __, high) => [0, Math.max(high || 1, 0.5) * 1.12] } },
    axes: [timeAxis, axisOf(gettext("Round trip, ms"))],
    series: [
      time,
      line(gettext("p50, measured"), "--muted", 1.5),
      line(gettext("p95, measured"), "--normal", 2.5),
      line(gettext("p99, measured"), "--ink", 1.5),
      line(gettext("mean, modelled"), "--muted", 1, dashed),
      line(gettext("p99, modelled"), "--ink", 1, dashed),
    ],
  };
}
