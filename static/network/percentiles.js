/** p50, p95 and p99 of a site over hours and days: measured solid, modelled dashed, gaps as gaps. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { getJson } from "../console/api.js";
import { widget } from "../console/dom.js";
import { formatNumber, gettext } from "../console/i18n.js";
import { plotLook } from "../console/plot.js";

const HEIGHT = 260;
const REFRESH_MS = 60_000;
const SPANS = { "3h": ["minute", 3], "24h": ["minute", 24], "7d": ["hour", 168], "30d": ["hour", 720] };
const STEP_S = { minute: 60, hour: 3_600 };
const HOUR_MS = 3_600_000;

/**
 * Columns that uPlot draws; where a minute or hour is missing a gap is put. Pure, so that it can be tested alone.
 * @param {any[]} rows oldest first @param {number} stepS @param {{mean_ms: number, p99_ms: number}|null} modelled one way
 * @returns {Array<Array<number|null>>} times [s], p50, p95, p99, modelled mean and p99, all round trips [ms]
 */
export function columns(rows, stepS, modelled) {
  const made = [[], [], [], [], [], []];
  const [mean, p99] = modelled ? [2 * modelled.mean_ms, 2 * modelled.p99_ms] : [null, null];
  const add = (time, row) => [time, row?.p50_ms ?? null, row?.p95_ms ?? null, row?.p99_ms ?? null, mean, p99].forEach((value, at) => made[at].push(value));
  let next = null;
  for (const row of rows) {
    const time = Date.parse(row.started_at) / 1000;
    if (next !== null && time > next) add(next, null);
    add(time, row);
    next = time + stepS;
  }
  return made;
}

/** @param {string} slug */
export function startPercentiles(slug) {
  const node = document.getElementById("percentiles");
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("percentiles-span"));
  const state = widget(node);
  let [rows, modelled, loadedMs, plot] = [[], null, 0, null];
  const asked = new URLSearchParams(location.search).get("percentiles");
  if (SPANS[asked]) select.value = asked;

  async function load() {
    const [span, hours] = SPANS[select.value];
    const since = new Date(Date.now() - hours * HOUR_MS).toISOString();
    try {
      rows = await getJson(`/api/v1/samples/history?site=${slug}&span=${span}&since=${since}`);
      loadedMs = Date.now();
      draw();
    } catch (problem) {
      if (problem.status === 403) state.forbidden("network.view_stampsample");
      else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
      else state.error(problem.message, load);
    }
  }

  function draw() {
    if (!loadedMs) return;
    if (!rows.length) return void state.empty(gettext("No minute or hour of this span was measured. A minute is drawn half a minute after its end."));
    const shown = columns(rows, STEP_S[SPANS[select.value][0]], modelled);
    node.querySelector(".widget-stale")?.remove();
    node.removeAttribute("aria-busy");
    if (plot && node.contains(plot.root)) return void plot.setData(shown);
    plot?.destroy();
    node.replaceChildren();
    plot = new uPlot(options(node.clientWidth, () => [loadedMs / 1000 - SPANS[select.value][1] * 3_600, loadedMs / 1000]), shown, node);
  }

  new ResizeObserver(() => plot && node.contains(plot.root) && plot.setSize({ width: node.clientWidth, height: HEIGHT })).observe(node);
  document.addEventListener("loft:theme", () => {
    plot?.destroy();
    plot = null;
    draw();
  });
  select.addEventListener("change", () => {
    const query = new URLSearchParams(location.search);
    query.set("percentiles", select.value);
    history.replaceState(null, "", `?${query}`);
    load();
  });
  setInterval(() => document.hidden || load(), REFRESH_MS);
  state.loading();
  load();
  return {
    /** @param {any} next the modelled one-way latency */
    model(next) {
      const isSame = next?.mean_ms === modelled?.mean_ms && next?.p99_ms === modelled?.p99_ms;
      modelled = next;
      if (!isSame) draw();
    },
  };
}

function options(width, spanS) {
  const { axisOf, colour, time, timeAxis, tzDate, x } = plotLook(spanS);
  const value = (_, ms) => (ms === null || ms === undefined ? "–" : formatNumber(ms, 2));
  const line = (label, stroke, width_, more = {}) => ({ label, stroke: colour(stroke), width: width_, points: { size: 4 }, value, ...more });
  const dashed = { dash: [6, 5], points: { show: false } };
  return {
    width, height: HEIGHT, tzDate,
    scales: { x, y: { range: (_, __, high) => [0, Math.max(high || 1, 0.5) * 1.12] } },
    axes: [timeAxis, axisOf(gettext("Round trip, ms"))],
    series: [
      time, line(gettext("p50, measured"), "--muted", 1.5), line(gettext("p95, measured"), "--normal", 2.5), line(gettext("p99, measured"), "--ink", 1.5),
      line(gettext("mean, modelled"), "--muted", 1, dashed), line(gettext("p99, modelled"), "--ink", 1, dashed),
    ],
  };
}
