/**
 * How all charts look: axes in the console's zone, numbers and times as the language writes them, the whole span in
 * view; lines that are measured are solid, others dashed.
 */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { markersOf, SHAPES } from "./chartshapes.js";
import { formatNumber, gettext } from "./i18n.js";

const root = document.documentElement;
const zone = root.dataset.timeZone || "UTC";
const DAY_S = 86_400;
const MINUTE_S = 60;
/** @param {Intl.DateTimeFormatOptions} parts */
const format = (parts) => new Intl.DateTimeFormat(root.lang, { hour12: false, timeZone: zone, ...parts });
const clock = format({ hour: "2-digit", minute: "2-digit" });
const seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = format({ month: "numeric", day: "numeric" });
const whole = format({
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "shortOffset",
});

/**
 * The mark of a tick: the time, and the day where it is another than before. Pure but for the zone.
 * @param {number} atS @param {number|null} beforeS @param {number} stepS
 */
export function tickText(atS, beforeS, stepS) {
  const [at, date] = [atS * 1000, day.format(atS * 1000)];
  if (stepS >= DAY_S) return date;
  const time = (stepS < MINUTE_S ? seconds : clock).format(at);
  return beforeS === null || day.format(beforeS * 1000) === date ? time : `${date} ${time}`;
}

/** How many digits tell numbers apart that are a step from each other: 2 for 0.25. @param {number} step */
export function digitsOf(step) {
  for (let digits = 0; digits < 6; digits++)
    if (Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6) return digits;
  return 6;
}

/**
 * What the legend says of a value where the cursor is: a dash where there is none.
 * @param {number} digits @param {string} [unit] with the space before it
 */
export const valueText =
  (digits, unit = "") =>
  (/** @type {unknown} */ _, /** @type {number|null|undefined} */ value) =>
    value === null || value === undefined ? "–" : `${formatNumber(value, digits)}${unit}`;

const FONT = "12px system-ui";
const DASH = [6, 5];

/**
 * @typedef {(plot: unknown, splits: number[], axis: number, space: number, step: number) => string[]} Marks of the axis
 */

/** @type {Marks} */
const numbers = (_, splits, __, ___, step) =>
  splits.map((value) => (value === null ? "" : formatNumber(value, digitsOf(step))));
/** @type {Marks} */
const times = (_, splits, __, ___, step) =>
  splits.map((at, place) => tickText(at, place ? splits[place - 1] : null, step));
/** @param {unknown} _ @param {number|null|undefined} at */
const moment = (_, at) => (at === null || at === undefined ? "–" : whole.format(at * 1000));

/** @typedef {(name: string) => string} Colour of a token */
/** @param {Colour} colour */
function axesOf(colour) {
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
    labelFont: FONT,
    font: FONT,
  };
  return {
    timeAxis: { ...axis, values: times, space: 72, label: `${gettext("Time")} (${zone})`, labelSize: 20, size: 34 },
    /** @param {string|undefined} label @param {Partial<uPlot.Axis>} [more] */
    axisOf: (label, more) => ({ ...axis, values: numbers, label, size: 56, ...more }),
  };
}

/** @typedef {import("./chartshapes.js").Marker} Marker */

/** @param {Colour} colour */
function linesOf(colour) {
  /**
   * What is measured; a marker along it tells it from others that are measured as well.
   * @param {string} label @param {string} ink a token @param {Partial<uPlot.Series> & {marker?: Marker}} more
   * @returns {uPlot.Series}
   */
  const line = (label, ink, { marker, ...more } = {}) => ({
    label: marker ? `${SHAPES[marker]} ${label}` : label,
    stroke: colour(ink),
    width: 1.5,
    points: marker ? markersOf(marker, colour(ink), colour("--panel")) : { size: 4 },
    ...more,
  });
  return {
    line,
    /** What is modelled, or wanted. @param {string} label @param {string} ink @param {Partial<uPlot.Series>} more */
    dashed: (label, ink, more) => line(label, ink, { dash: DASH, points: { show: false }, ...more }),
    /** What a hook draws by itself. @param {string} label @param {string} ink @param {Partial<uPlot.Series>} more */
    drawn: (label, ink, more) => line(label, ink, { width: 0, points: { show: false }, paths: () => null, ...more }),
  };
}

/**
 * @typedef {ReturnType<typeof plotLook>} Look what a chart's options are made of
 * @param {() => [number, number]|null} spanS from when to when is shown [s]; null: as far as there is data
 */
export function plotLook(spanS) {
  const style = getComputedStyle(root);
  /** @type {Colour} */
  const colour = (name) => style.getPropertyValue(name).trim();
  /** @param {unknown} _ @param {number} low @param {number} high @returns {[number, number]} */
  const xRange = (_, low, high) => spanS() || [low, high];
  return {
    colour,
    tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1e3), zone),
    ...axesOf(colour),
    ...linesOf(colour),
    x: { range: xRange },
    time: { label: gettext("Time"), value: moment },
  };
}
