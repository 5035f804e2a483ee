/**
 * The share of good events over time: gaps are gaps, the target is dashed, unknown time is hatched along the bottom.
 */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { formatNumber, gettext } from "../console/i18n.js";
import { plotLook } from "../console/plot.js";

const HEIGHT = 240;
/** @type {Record<string, number>} */
const SPAN_S = { minute: 60, hour: 3_600, day: 86_400 };
/** @type {Record<string, number>} */
const REACH_S = { minute: 8 * 3_600, hour: 7 * 86_400, day: 400 * 86_400 }; // as far back as the API tells
const STRIP_PX = 8;

/**
 * Columns that uPlot draws; a minute, hour or day without a row becomes a gap. Pure.
 * @param {any[]} rows oldest first @param {number} spanS @param {number|null} target @param {[number, number]|null}
 *   [shownS] from when to when is shown [s]
 * @returns {uPlot.AlignedData} times [s], achieved [%], target [%], unknown share
 */
export function columns(rows, spanS, target, shownS = null) {
  /** @type {[any[], ...any[][]]} */
  const made = [[], [], [], []];
  /** @param {number} time @param {...(number|null)} values */
  const add = (time, ...values) => {
    made[0].push(time);
    values.forEach((value, at) => made[at + 1].push(value));
  };
  const goal = target === null ? null : target * 100;
  /** @type {number|null} */
  let next = shownS && rows.length && Date.parse(rows[0].started_at) / 1000 > shownS[0] + spanS ? shownS[0] : null;
  for (const row of rows) {
    const time = Date.parse(row.started_at) / 1000;
    if (next !== null && time > next) add(next, null, goal, 1);
    if (next !== null && time > next + spanS) add(time - spanS, null, goal, 1);
    add(time, row.achieved_share === null ? null : row.achieved_share * 100, goal, Math.min(1, row.unknown_s / spanS));
    next = time + spanS;
  }
  // the newest one or two are still being counted
  if (shownS && next !== null && shownS[1] > next + 2 * spanS) add(next, null, goal, 1);
  return made;
}

/** @param {HTMLElement} node */
export function serviceChart(node) {
  /** @type {uPlot|null} */
  let plot = null;
  /** @type {uPlot.AlignedData} */
  let shown = [[]];
  /** @type {[number, number]|null} */
  let spanS = null;
  const anew = () => {
    plot?.destroy();
    node.replaceChildren();
    plot = new uPlot(
      options(node.clientWidth, () => spanS),
      shown,
      node,
    );
  };
  new ResizeObserver(
    () => plot && node.contains(plot.root) && plot.setSize({ width: node.clientWidth, height: HEIGHT }),
  ).observe(node);
  document.addEventListener("loft:theme", () => plot && node.contains(plot.root) && anew());
  return {
    /**
     * @param {any[]} rows @param {string} span @param {number|null} target
     * @param {string|null} beganAt nothing before it counts, not even as unknown
     */
    draw(rows, span, target, beganAt) {
      const nowS = Date.now() / 1000;
      // the row that holds it
      const began = beganAt ? Math.floor(Date.parse(beganAt) / 1000 / SPAN_S[span]) * SPAN_S[span] : 0;
      spanS = [Math.max(nowS - REACH_S[span], began), nowS];
      shown = columns(rows, SPAN_S[span], target, spanS);
      if (plot && node.contains(plot.root)) plot.setData(shown);
      else anew();
    },
  };
}

/** @param {number} width @param {() => [number, number]|null} spanS @returns {uPlot.Options} */
function options(width, spanS) {
  const { axisOf, colour, time, timeAxis, tzDate, x } = plotLook(spanS);
  /** @param {unknown} _ @param {number|null|undefined} value */
  const percent = (_, value) => (value === null || value === undefined ? "–" : `${formatNumber(value, 3)} %`);
  return {
    width,
    height: HEIGHT,
    tzDate,
    scales: {
      x,
      y: { range: (_, low) => [Math.max(0, Math.min(low ?? 99, 99) - 0.5), 100.05] },
      part: { range: [0, 1] },
    },
    axes: [timeAxis, axisOf(gettext("Good events, %"), { size: 64 })],
    series: [
      time,
      { label: gettext("achieved"), stroke: colour("--ink"), width: 1.5, points: { size: 4 }, value: percent },
      {
        label: gettext("target"),
        stroke: colour("--muted"),
        width: 1.5,
        dash: [6, 5],
        points: { show: false },
        value: percent,
      },
      {
        label: gettext("unknown"),
        scale: "part",
        stroke: colour("--muted"),
        width: 0,
        points: { show: false },
        paths: () => null,
        value: (_, value) => (value ? `${formatNumber(value * 100, 0)} %` : "0 %"),
      },
    ],
    hooks: { draw: [(plot) => drawUnknown(plot, colour("--minor"))] },
  };
}

/** @param {uPlot} plot @param {string} ink */
function drawUnknown(plot, ink) {
  const { ctx: pen, bbox } = plot;
  const [times, , , parts] = plot.data;
  pen.save();
  pen.fillStyle = ink;
  times.forEach((time, at) => {
    if (!parts[at]) return;
    const left = plot.valToPos(time, "x", true);
    const right = at + 1 < times.length ? plot.valToPos(times[at + 1], "x", true) : left + 3;
    for (let x = left; x < Math.max(right, left + 2); x += 4)
      pen.fillRect(x, bbox.top + bbox.height - STRIP_PX * parts[at], 2, STRIP_PX * parts[at]);
  });
  pen.restore();
}
