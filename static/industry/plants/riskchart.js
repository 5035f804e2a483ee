/** The chart of one machine's risk. Gaps are gaps. */
import { chartIn } from "../../console/chart.js";
import { columnsOf, gapAfter } from "../../console/chartdata.js";
import { gettext } from "../../console/i18n.js";
import { valueText } from "../../console/plot.js";

const HEIGHT_PX = 180;
const GAP_S = 60;

/**
 * @param {Array<{time: number, risk: number}>} points oldest first, time in ms
 * @param {number} threshold
 * @returns {import("../../console/chartdata.js").Columns} times [s], risk [%], threshold [%]
 */
export function columns(points, threshold) {
  /** @type {import("../../console/chartdata.js").Point[]} */
  const made = points.map(({ time, risk }) => [time / 1000, risk * 100, threshold * 100]);
  return columnsOf(made, gapAfter(GAP_S), [null, threshold * 100]);
}

/** @param {HTMLElement} node */
export function riskChart(node) {
  const drawn = chartIn(node, HEIGHT_PX, partsOf);
  return {
    /** @param {Array<{time: number, risk: number}>} points @param {number} threshold */
    draw: (points, threshold) => drawn.draw(columns(points, threshold)),
  };
}

/** @param {import("../../console/plot.js").Look} look @returns {import("../../console/chart.js").Parts} */
function partsOf({ axisOf, dashed, line, time, timeAxis, x }) {
  const percent = axisOf(undefined, {
    size: 60,
    values: (/** @type {unknown} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => `${tick} %`),
  });
  return {
    scales: { x, y: { range: [0, 100] } },
    axes: [{ ...timeAxis, label: undefined }, percent],
    series: [
      time,
      line(gettext("failure risk, inferred"), "--ink", { points: { show: false }, value: valueText(1, " %") }),
      dashed(gettext("decision threshold"), "--major", { width: 1, value: valueText(0, " %") }),
    ],
  };
}
