/** The chart of one site: measured round-trip times, the modelled value beside them, losses as marks, gaps as gaps. */
import { chartIn } from "../console/chart.js";
import { columnsOf, gapAfter } from "../console/chartdata.js";
import { gettext } from "../console/i18n.js";
import { valueText } from "../console/plot.js";

const GAP_S = 15;
const HEIGHT_PX = 260;
const MOST_MARKS = 12; // as high as the chart is in the scale of the marks, which stand at its bottom

/** @typedef {{sent_at: string, rtt_ms: number|null, lost: number, is_trusted: boolean}} Sample */

/**
 * Make the columns that are drawn. Pure, so that it can be tested alone.
 * @param {Sample[]} samples oldest first
 * @param {number|null} modelledMs
 * @returns {import("../console/chartdata.js").Columns} times [s], measured [ms], modelled [ms], marks of losses
 */
export function columns(samples, modelledMs) {
  /** @param {Sample} sample @returns {import("../console/chartdata.js").Point} */
  const pointOf = ({ sent_at, rtt_ms, lost, is_trusted }) => [
    Date.parse(sent_at) / 1000,
    is_trusted ? rtt_ms : null,
    modelledMs,
    lost > 0 ? 1 : null,
  ];
  return columnsOf(samples.map(pointOf), gapAfter(GAP_S), [null, modelledMs, null]);
}

/** @param {HTMLElement} node @param {import("../console/chart.js").Extras} [extras] */
export function chart(node, extras) {
  const drawn = chartIn(node, HEIGHT_PX, partsOf, extras);
  return {
    /** @param {any[]} samples @param {number|null} modelledMs @param {[number, number]} spanS from when to when */
    draw: (samples, modelledMs, spanS) => drawn.draw(columns(samples, modelledMs), spanS),
  };
}

/** @param {import("../console/plot.js").Look} look @returns {import("../console/chart.js").Parts} */
function partsOf({ axisOf, colour, dashed, drawn, line, time, timeAxis, x }) {
  const value = valueText(2);
  return {
    scales: {
      x,
      y: { range: (_, __, high) => [0, Math.max(high || 1, 0.5) * 1.15] },
      loss: { range: [0, MOST_MARKS] },
    },
    axes: [timeAxis, axisOf(gettext("Round trip, ms"))],
    series: [
      time,
      line(gettext("measured (ms)"), "--ink", { value }),
      dashed(gettext("modelled (ms)"), "--muted", { value }),
      drawn(gettext("lost"), "--critical", { scale: "loss", value: (_, mark) => (mark ? "▼" : "–") }),
    ],
    hooks: { draw: [(plot) => drawLosses(plot, colour("--critical"))] },
  };
}

/** A triangle for each round that lost packets, along the bottom. @param {import("uplot")} plot @param {string} ink */
function drawLosses(plot, ink) {
  const { ctx: pen } = plot;
  const [times, , , marks] = plot.data;
  const [size, y] = [5 * devicePixelRatio, plot.valToPos(0.6, "loss", true)];
  pen.save();
  pen.fillStyle = ink;
  marks.forEach((mark, at) => {
    if (!mark) return;
    const x = plot.valToPos(times[at], "x", true);
    if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) return;
    pen.beginPath();
    pen.moveTo(x - size, y - size);
    pen.lineTo(x + size, y - size);
    pen.lineTo(x, y + size);
    pen.fill();
  });
  pen.restore();
}
