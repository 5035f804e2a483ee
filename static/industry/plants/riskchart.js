/** The chart of one machine's risk, and from which risk on it counts as likely to fail. Gaps are gaps. */
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapAfter, gapOfSpans } from "../../console/chartdata.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { valueText } from "../../console/plot.js";

const HEIGHT_PX = 220;
const GAP_S = 60;
/** How long a row stands for; a reading for its moment. @type {Record<string, number>} */
export const STEP_S = { reading: 0, minute: 60 };
const BY_READING_S = 3_600; // a longer time is told by the minute

/** @typedef {{time: number, risk: number}} Point time in ms */

/** By what a time is told. Pure. @param {number} lengthS */
export const spanOf = (lengthS) => (lengthS <= BY_READING_S ? "reading" : "minute");

/**
 * What is drawn of what was read, and of what was heard since: that goes on where the rows end. Pure.
 * @param {Point[]} rows oldest first @param {Point[]} heard oldest first @returns {Point[]}
 */
export function withHeard(rows, heard) {
  const lastMs = rows.at(-1)?.time ?? -Infinity;
  return [...rows, ...heard.filter(({ time }) => time > lastMs)];
}

/**
 * @param {Point[]} points oldest first
 * @param {number} [stepS] how long a point stands for; 0: for its moment
 * @returns {import("../../console/chartdata.js").Columns} times [s], risk [%]
 */
export function columns(points, stepS = 0) {
  /** @type {import("../../console/chartdata.js").Point[]} */
  const made = points.map(({ time, risk }) => [time / 1000, risk * 100]);
  return columnsOf(made, stepS ? gapOfSpans(stepS) : gapAfter(GAP_S), [null]);
}

/** @param {HTMLElement} node @param {import("../../console/chart.js").Extras} extras */
export function riskChart(node, extras) {
  let threshold = NaN;
  const levels = () => (Number.isFinite(threshold) ? [levelOf(threshold)] : []);
  const drawn = chartIn(node, HEIGHT_PX, partsOf, { ...extras, levels });
  return {
    /**
     * @param {Point[]} points @param {number} stepS @param {number} newThreshold
     * @param {[number, number]} shownS from when to when [s]
     */
    draw(points, stepS, newThreshold, shownS) {
      threshold = newThreshold;
      drawn.draw(columns(points, stepS), shownS);
    },
  };
}

/** @param {number} threshold @returns {import("../../console/chartover.js").Level} */
const levelOf = (threshold) => ({
  value: threshold * 100,
  text: interpolate(gettext("likely to fail from %(share)s %"), { share: formatNumber(threshold * 100) }),
});

/** @param {import("../../console/plot.js").Look} look @returns {import("../../console/chart.js").Parts} */
function partsOf({ axisOf, line, time, timeAxis, x }) {
  const percent = axisOf(undefined, {
    size: 60,
    values: (/** @type {unknown} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => `${tick} %`),
  });
  return {
    scales: { x, y: { range: [0, 100] } },
    axes: [{ ...timeAxis, label: undefined }, percent],
    series: [time, line(gettext("failure risk, inferred"), "--ink", { value: valueText(1, " %") })],
  };
}
