/** The share of good events over time: gaps are gaps, the target is dashed, unknown time is hatched along the bottom. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { formatNumber, gettext } from "../console/i18n.js";

const HEIGHT = 240;
const SPAN_S = { minute: 60, hour: 3_600, day: 86_400 };
const STRIP_PX = 8;

/**
 * Columns that uPlot draws; a minute, hour or day without a row becomes a gap. Pure.
 * @param {any[]} rows oldest first @param {number} spanS @param {number|null} target
 * @returns {Array<Array<number|null>>} times [s], achieved [%], target [%], unknown share
 */
export function columns(rows, spanS, target) {
  const made = [[], [], [], []];
  const add = (...values) => values.forEach((value, at) => made[at].push(value));
  const goal = target === null ? null : target * 100;
  let next = null;
  for (const row of rows) {
    const time = Date.parse(row.started_at) / 1000;
    if (next !== null && time > next) add(next, null, goal, 1);
    if (next !== null && time > next + spanS) add(time - spanS, null, goal, 1);
    add(time, row.achieved_share === null ? null : row.achieved_share * 100, goal, Math.min(1, row.unknown_s / spanS));
    next = time + spanS;
  }
  return made;
}

/** @param {HTMLElement} node */
export function serviceChart(node) {
  /** @type {uPlot|null} */
  let plot = null;
  let shown = null;
  const anew = () => {
    plot?.destroy();
    node.replaceChildren();
    plot = new uPlot(options(node.clientWidth), shown, node);
  };
  new ResizeObserver(() => plot && node.contains(plot.root) && plot.setSize({ width: node.clientWidth, height: HEIGHT })).observe(node);
  document.addEventListener("loft:theme", () => plot && node.contains(plot.root) && anew());
  return {
    draw(rows, span, target) {
      shown = columns(rows, SPAN_S[span], target);
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
  const percent = (_, value) => (value === null || value === undefined ? "–" : `${formatNumber(value, 3)} %`);
  return {
    width, height: HEIGHT, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone),
    scales: { y: { range: (_, low) => [Math.max(0, Math.min(low ?? 99, 99) - 0.5), 100.05] }, part: { range: [0, 1] } },
    axes: [axis, { ...axis, label: `${gettext("Good events, %")} (${zone})`, size: 64 }],
    series: [
      {},
      { label: gettext("achieved"), stroke: colour("--ink"), width: 1.5, points: { size: 4 }, value: percent },
      { label: gettext("target"), stroke: colour("--muted"), width: 1.5, dash: [6, 5], points: { show: false }, value: percent },
      { label: gettext("unknown"), scale: "part", stroke: colour("--muted"), width: 0, points: { show: false }, paths: () => null, value: (_, value) => (value ? `${formatNumber(value * 100, 0)} %` : "0 %") },
    ],
    hooks: { draw: [(plot) => drawUnknown(plot, colour("--minor"))] },
  };
}

function drawUnknown(plot, ink) {
  const { ctx: pen, bbox } = plot;
  const [times, , , parts] = plot.data;
  pen.save();
  pen.fillStyle = ink;
  times.forEach((time, at) => {
    if (!parts[at]) return;
    const left = plot.valToPos(time, "x", true);
    const right = at + 1 < times.length ? plot.valToPos(times[at + 1], "x", true) : left + 3;
    for (let x = left; x < Math.max(right, left + 2); x += 4) pen.fillRect(x, bbox.top + bbox.height - STRIP_PX * parts[at], 2, STRIP_PX * parts[at]);
  });
  pen.restore();
}
