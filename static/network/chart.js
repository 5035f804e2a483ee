/** The chart of one site: measured round-trip times, the modelled value beside them, losses as marks, gaps as gaps. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { formatNumber, gettext } from "../console/i18n.js";
import { plotLook } from "../console/plot.js";

const GAP_S = 15;
const HEIGHT = 260;
const DASH = [6, 5];

/**
 * Make the columns that uPlot draws. Pure, so that it can be tested alone.
 * @param {Array<{sent_at: string, rtt_ms: number|null, lost: number, is_trusted: boolean}>} samples oldest first
 * @param {number|null} modelledMs
 * @returns {uPlot.AlignedData} times [s], measured [ms], modelled [ms], marks of losses
 */
export function columns(samples, modelledMs) {
  /** @type {[any[], ...any[][]]} */
  const rows = [[], [], [], []];
  /** @param {number} time @param {number|null} rtt @param {number|null} mark */
  const add = (time, rtt, mark) => {
    rows[0].push(time);
    [rtt, modelledMs, mark].forEach((value, i) => rows[i + 1].push(value));
  };
  /** @type {number|null} */
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
 * @returns {{draw: (samples: any[], modelledMs: number|null, spanS: [number, number]) => void}} `spanS`: from when to
 *   when
 */
export function chart(node) {
  /** @type {uPlot|null} */
  let plot = null;
  /** @type {uPlot.AlignedData} */
  let shown = [[]];
  /** @type {[number, number]|null} */
  let span = null;
  new ResizeObserver(() => plot?.setSize({ width: node.clientWidth, height: HEIGHT })).observe(node);
  const anew = () => {
    plot?.destroy();
    node.replaceChildren();
    plot = new uPlot(
      options(node.clientWidth, () => span),
      shown,
      node,
    );
  };
  document.addEventListener("loft:theme", () => plot && node.contains(plot.root) && anew());
  return {
    /** @param {any[]} samples @param {number|null} modelledMs @param {[number, number]} spanS */
    draw(samples, modelledMs, spanS) {
      span = spanS;
      shown = columns(samples, modelledMs);
      if (plot && node.contains(plot.root)) plot.setData(shown);
      else anew();
    },
  };
}

/** @param {number} width @param {() => [number, number]|null} spanS @returns {uPlot.Options} */
function options(width, spanS) {
  const { axisOf, colour, time, timeAxis, tzDate, x } = plotLook(spanS);
  /** @param {unknown} _ @param {number|null|undefined} ms */
  const value = (_, ms) => (ms === null || ms === undefined ? "–" : formatNumber(ms, 2));
  return {
    width,
    height: HEIGHT,
    tzDate,
    scales: { x, y: { range: (_, __, high) => [0, Math.max(high || 1, 0.5) * 1.15] }, loss: { range: [0, 12] } },
    axes: [timeAxis, axisOf(gettext("Round trip, ms"))],
    series: [
      time,
      { label: gettext("measured (ms)"), stroke: colour("--ink"), width: 1.5, points: { size: 4 }, value },
      {
        label: gettext("modelled (ms)"),
        stroke: colour("--muted"),
        width: 1.5,
        dash: DASH,
        points: { show: false },
        value,
      },
      {
        label: gettext("lost"),
        scale: "loss",
        stroke: colour("--critical"),
        width: 0,
        points: { show: false },
        value: (_, mark) => (mark ? "▼" : "–"),
        paths: () => null,
      },
    ],
    hooks: { draw: [(plot) => drawLosses(plot, colour("--critical"))] },
  };
}

/** A triangle for each round that lost packets, along the bottom. @param {uPlot} plot @param {string} ink */
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
