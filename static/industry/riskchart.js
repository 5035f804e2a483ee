/** The chart of one machine's risk. Gaps are gaps. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { gettext } from "../console/i18n.js";

const HEIGHT = 180;
const GAP_S = 60;
const DASH = [6, 5];

/**
 * @param {Array<{time: number, risk: number}>} points oldest first, time in ms
 * @param {number} threshold
 * @returns {uPlot.AlignedData} times [s], risk [%], threshold [%]
 */
export function columns(points, threshold) {
  /** @type {[number[], Array<number|null>, Array<number|null>]} */
  const rows = [[], [], []];
  /** @param {number} time @param {number|null} risk */
  const add = (time, risk) => {
    rows[0].push(time);
    rows[1].push(risk);
    rows[2].push(threshold * 100);
  };
  /** @type {number|null} */
  let before = null;
  for (const point of points) {
    const time = point.time / 1000;
    if (before !== null && time - before > GAP_S) add(before + GAP_S / 2, null);
    add(time, point.risk * 100);
    before = time;
  }
  return rows;
}

/** @param {HTMLElement} node */
export function riskChart(node) {
  /** @type {uPlot|null} */
  let plot = null;
  document.addEventListener("loft:theme", () => (plot?.destroy(), (plot = null))); // drawn anew with the next values
  new ResizeObserver(() => plot?.setSize({ width: node.clientWidth, height: HEIGHT })).observe(node);
  return {
    /** @param {Array<{time: number, risk: number}>} points @param {number} threshold */
    draw(points, threshold) {
      const data = columns(points, threshold);
      if (plot && node.contains(plot.root)) return plot.setData(data);
      node.replaceChildren();
      plot = new uPlot(options(node.clientWidth || 320), data, node);
      return undefined;
    },
  };
}

/** @param {number} width @returns {uPlot.Options} */
function options(width) {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
  };
  const zone = document.documentElement.dataset.timeZone || "UTC";
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone),
    scales: { y: { range: [0, 100] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1e3)) },
      { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => `${tick} %`) },
    ],
    series: [
      {
        label: gettext("Time"),
        value: (_, v) => (v === null || v === undefined ? "–" : `${clock.format(v * 1e3)} ${zone}`),
      },
      {
        label: gettext("failure risk, inferred"),
        stroke: colour("--ink"),
        width: 1.5,
        points: { show: false },
        value: (_, v) => (v === null || v === undefined ? "–" : `${v.toFixed(1)} %`),
      },
      {
        label: gettext("decision threshold"),
        stroke: colour("--major"),
        width: 1,
        dash: DASH,
        points: { show: false },
        value: (_, v) => (v === null || v === undefined ? "–" : `${v} %`),
      },
    ],
  };
}
