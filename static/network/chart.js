/** The chart of one site: measured round-trip times, the modelled value beside them, losses as marks, gaps as gaps. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { gettext } from "../console/i18n.js";

const GAP_S = 15;
const HEIGHT = 260;
const DASH = [6, 5];

/**
 * Make the columns that uPlot draws. Pure, so that it can be tested alone.
 * @param {Array<{sent_at: string, rtt_ms: number|null, lost: number, is_trusted: boolean}>} samples oldest first
 * @param {number|null} modelledMs
 * @returns {Array<Array<number|null>>} times [s], measured [ms], modelled [ms], marks of losses
 */
export function columns(samples, modelledMs) {
  const rows = [[], [], [], []];
  const add = (time, rtt, mark) => [time, rtt, modelledMs, mark].forEach((value, i) => rows[i].push(value));
  let before = null;
  for (const sample of samples) {
    const time = Date.parse(sample.sent_at) / 1000;
    if (before !== null && time - before > GAP_S) add(before + GAP_S / 2, null, null);
    add(time, sample.is_trusted ? sample.rtt_ms : null, sample.lost > 0 ? 1 : null);
    before = time;
  }
  return rows;
}

/**
 * @param {HTMLElement} node
 * @returns {{draw: (samples: any[], modelledMs: number|null) => void}}
 */
export function chart(node) {
  /** @type {uPlot|null} */
  let plot = null;
  let shown = [];
  new ResizeObserver(() => plot?.setSize({ width: node.clientWidth, height: HEIGHT })).observe(node);
  const anew = () => {
    plot?.destroy();
    node.replaceChildren();
    plot = new uPlot(options(node.clientWidth), shown, node);
  };
  document.addEventListener("loft:theme", () => plot && node.contains(plot.root) && anew());
  return {
    draw(samples, modelledMs) {
      shown = columns(samples, modelledMs);
      if (plot && node.contains(plot.root)) plot.setData(shown);
      else anew();
    },
  };
}

function options(width) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const zone = document.documentElement.dataset.timeZone || "UTC";
  return {
    width, height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone),
    scales: { y: { range: (_, low, high) => [0, Math.max(high || 1, 0.5) * 1.15] }, loss: { range: [0, 12] } },
    axes: [axis, { ...axis, label: gettext("Round trip, ms") }],
    series: [
      {},
      { label: gettext("measured (ms)"), stroke: colour("--ink"), width: 1.5, points: { size: 4 }, value: (_, v) => (v === null ? "–" : v.toFixed(2)) },
      { label: gettext("modelled (ms)"), stroke: colour("--muted"), width: 1.5, dash: DASH, points: { show: false }, value: (_, v) => (v === null ? "–" : v.toFixed(2)) },
      { label: gettext("lost"), scale: "loss", stroke: colour("--critical"), fill: colour("--critical"), width: 0, points: { show: true, size: 9 }, value: (_, v) => (v === null ? "" : "▼"), paths: () => null },
    ],
  };
}
