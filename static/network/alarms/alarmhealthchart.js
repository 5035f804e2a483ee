/** Alarms per ten minutes as bars, how many can be worked off as a line, floods as marks. */
import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { chartIn } from "../../console/chart.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { valueText } from "../../console/plot.js";

const HEIGHT_PX = 200;
const MANY = 10; // more per operator in ten minutes cannot be worked off (EEMUA 191)

/**
 * Columns that are drawn; a slot stands for the time that follows it. Pure.
 * @param {{started_at: string, slot_s: number, alarms: number[]}} slots
 * @returns {import("../../console/chartdata.js").Columns} times [s], alarms
 */
export function columns({ started_at, slot_s, alarms }) {
  const firstS = Date.parse(started_at) / 1000;
  return [alarms.map((_, at) => firstS + at * slot_s), [...alarms]];
}

/**
 * Floods as charts mark them. Pure.
 * @param {Array<{started_at: string, ended_at: string, is_over: boolean}>} floods
 * @returns {import("../../console/chartmarks.js").Mark[]}
 */
export const floodMarks = (floods) =>
  floods.map(({ started_at, ended_at, is_over }) => ({
    fromS: Date.parse(started_at) / 1000,
    untilS: is_over ? Date.parse(ended_at) / 1000 : null,
    shape: "≋",
    ink: "--major",
    isHatched: true,
  }));

/**
 * How high the chart is: the line of what can be worked off is always in it.
 * @param {number} most @param {number} limit
 */
export const heightOf = (most, limit) => Math.max(limit * 1.2, most * 1.15);

/** @param {HTMLElement} node @param {import("../../console/chart.js").Extras} extras */
export function healthChart(node, extras) {
  let limit = MANY;
  const levels = () => [
    { value: limit, text: interpolate(gettext("more than %(limit)s cannot be worked off"), { limit }) },
  ];
  const drawn = chartIn(node, HEIGHT_PX, (look) => partsOf(look, () => limit), { ...extras, levels });
  return {
    /** @param {any} health as the API tells it @param {[number, number]} shownS from when to when [s] */
    draw(health, shownS) {
      limit = MANY * health.operators;
      drawn.draw(columns(health.slots), shownS);
    },
  };
}

/**
 * @param {import("../../console/plot.js").Look} look @param {() => number} limit
 * @returns {import("../../console/chart.js").Parts}
 */
function partsOf({ axisOf, colour, line, time, timeAxis, x }, limit) {
  const paths = uPlot.paths.bars?.({ size: [0.8, Infinity, 1], align: 1 });
  const look = { paths, fill: colour("--muted"), points: { show: false }, value: valueText(0) };
  return {
    scales: { x, y: { range: (_, __, high) => [0, heightOf(high ?? 0, limit())] } },
    axes: [timeAxis, axisOf(gettext("Alarms"))],
    series: [time, line(gettext("alarms in ten minutes"), "--muted", look)],
  };
}
