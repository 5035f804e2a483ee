/**
 * The share of good events over time: gaps are gaps, the target is dashed, unknown time is hatched along the bottom.
 */
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapOfSpans } from "../../console/chartdata.js";
import { formatNumber, gettext } from "../../console/i18n.js";
import { valueText } from "../../console/plot.js";

const HEIGHT_PX = 240;
/** How long a row stands for. @type {Record<string, number>} */
export const SPAN_S = { minute: 60, hour: 3_600, day: 86_400 };
/** @type {Array<[span: string, reachS: number]>} how far back minutes and hours are kept */
const KEPT_S = [
  ["minute", 8 * 3_600],
  ["hour", 35 * 86_400],
];
const SLACK_S = 60; // what passes between the choice of a time and now
const STRIP_PX = 8;

/**
 * Columns that are drawn; a minute, hour or day without a row becomes a gap. Pure.
 * @param {any[]} rows oldest first @param {number} spanS @param {number|null} target
 * @param {[number, number]|null} [shownS] from when to when is shown [s]
 * @returns {import("../../console/chartdata.js").Columns} times [s], achieved [%], target [%], unknown share
 */
export function columns(rows, spanS, target, shownS = null) {
  const goal = target === null ? null : target * 100;
  /** @type {import("../../console/chartdata.js").Point[]} */
  const points = rows.map(({ started_at, achieved_share, unknown_s }) => [
    Date.parse(started_at) / 1000,
    achieved_share === null ? null : achieved_share * 100,
    goal,
    Math.min(1, unknown_s / spanS),
  ]);
  if (!points.length) return columnsOf([], gapOfSpans(spanS), [null, goal, 1]);
  const [firstS, lastS] = [points[0][0], points[points.length - 1][0]];
  const isLate = shownS !== null && firstS > shownS[0] + spanS;
  // the newest one or two are still being counted
  if (shownS && shownS[1] > lastS + 3 * spanS) points.push([lastS + spanS, null, goal, 1]);
  return columnsOf(points, gapOfSpans(spanS), [null, goal, 1], isLate ? shownS[0] - spanS : null);
}

/**
 * By what a time is told: the finest that is kept for all of it, a row of a day for each day of a long time. Pure.
 * @param {[number, number]} shownS from when to when [s] @param {number} nowS
 */
export function spanOf([fromS], nowS) {
  return KEPT_S.find(([, reachS]) => fromS >= nowS - reachS - SLACK_S)?.[0] ?? "day";
}

/** @typedef {{beganAt: string|null, endedAt: string|null}} Times when an agreement began to count, and ended */

/**
 * Which part of a time counts: nothing before the begin or after the end, not even as unknown. Pure.
 * @param {[number, number]} shownS [s] @param {number} spanS how long a row stands for @param {Times} times
 * @returns {[number, number]} [s]
 */
export function countedOf([fromS, untilS], spanS, { beganAt, endedAt }) {
  const began = beganAt ? Math.floor(Date.parse(beganAt) / 1000 / spanS) * spanS : 0; // the row that holds it
  const ended = endedAt ? Date.parse(endedAt) / 1000 : Infinity;
  return [Math.min(Math.max(fromS, began), untilS - spanS), Math.min(untilS, ended)];
}

/**
 * Whether an agreement counted in any of a time. Pure.
 * @param {{began_at?: string|null, ended_at?: string|null}} agreement @param {[number, number]} shownS [s]
 */
export function isInForce({ began_at: began, ended_at: ended }, [fromS, untilS]) {
  return !(began && Date.parse(began) / 1000 >= untilS) && !(ended && Date.parse(ended) / 1000 <= fromS);
}

/** @param {HTMLElement} node @param {import("../../console/chart.js").Extras} extras */
export function serviceChart(node, extras) {
  const drawn = chartIn(node, HEIGHT_PX, partsOf, extras);
  return {
    /**
     * @param {any[]} rows of `span` @param {string} span @param {[number, number]} shownS from when to when [s]
     * @param {Times & {target: number|null}} promise
     */
    draw(rows, span, shownS, { target, ...times }) {
      drawn.draw(columns(rows, SPAN_S[span], target, countedOf(shownS, SPAN_S[span], times)), shownS);
    },
  };
}

/** @param {import("../../console/plot.js").Look} look @returns {import("../../console/chart.js").Parts} */
function partsOf({ axisOf, colour, dashed, drawn, line, time, timeAxis, x }) {
  const value = valueText(3, " %");
  return {
    scales: {
      x,
      y: { range: (_, low) => [Math.max(0, Math.min(low ?? 99, 99) - 0.5), 100.05] },
      part: { range: [0, 1] },
    },
    axes: [timeAxis, axisOf(gettext("Good events, %"), { size: 64 })],
    series: [
      time,
      line(gettext("achieved"), "--ink", { value }),
      dashed(gettext("target"), "--muted", { value }),
      drawn(gettext("unknown"), "--muted", {
        scale: "part",
        value: (_, value) => (value ? `${formatNumber(value * 100, 0)} %` : "0 %"),
      }),
    ],
    hooks: { draw: [(plot) => drawUnknown(plot, colour("--minor"))] },
  };
}

/** @param {import("uplot")} plot @param {string} ink */
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
