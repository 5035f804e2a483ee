/**
 * What happened, on every chart of a page: a shape at the top and a line down from it, as long a bar as it lasted, and
 * hatching where nothing was to be expected. Told in words beside the charts.
 */
import { lettering } from "./chartover.js";

const SHAPE_PX = 8;
const BAR_PX = 3;
const HATCH_PX = 7;

/**
 * @typedef {{fromS: number, untilS: number|null, shape: string, ink: string, isHatched: boolean}} Mark
 *   `untilS` is null while it lasts; the ink is a token
 */

/** The marks of a page, of which its charts hear. */
export class Marks {
  /** @type {Mark[]} */
  list = [];
  /** @type {Array<() => void>} */
  #calls = [];

  /** @param {() => void} call */
  onChange(call) {
    this.#calls.push(call);
  }

  /** @param {Mark[]} list */
  show(list) {
    this.list = list;
    for (const call of this.#calls) call();
  }
}

/**
 * Which part of a mark is in view; null: none. Pure.
 * @param {Mark} mark @param {number} fromS @param {number} untilS of what is shown
 * @returns {{fromS: number, untilS: number, hasBegin: boolean}|null}
 */
export function partIn(mark, fromS, untilS) {
  const endS = mark.untilS ?? untilS;
  if (mark.fromS > untilS || endS < fromS) return null;
  return { fromS: Math.max(mark.fromS, fromS), untilS: Math.min(endS, untilS), hasBegin: mark.fromS >= fromS };
}

/** @param {import("uplot")} plot @param {Mark[]} marks @param {(name: string) => string} colour */
export function drawMarks(plot, marks, colour) {
  const { min, max } = plot.scales.x;
  if (min === undefined || max === undefined) return;
  for (const mark of marks) {
    const part = partIn(mark, min, max);
    if (part) drawMark(plot, mark, part, colour);
  }
}

/**
 * @param {import("uplot")} plot @param {Mark} mark @param {{fromS: number, untilS: number, hasBegin: boolean}} part
 * @param {(name: string) => string} colour
 */
function drawMark(plot, mark, { fromS, untilS, hasBegin }, colour) {
  const { bbox, ctx: pen } = plot;
  const ratio = devicePixelRatio || 1;
  const [left, right] = [plot.valToPos(fromS, "x", true), plot.valToPos(untilS, "x", true)];
  const ink = colour(mark.ink);
  pen.save();
  Object.assign(pen, { fillStyle: ink, strokeStyle: ink, lineWidth: ratio });
  if (right > left) pen.fillRect(left, bbox.top, right - left, BAR_PX * ratio);
  if (mark.isHatched) hatch(pen, left, right, bbox);
  if (hasBegin) {
    pen.setLineDash([2 * ratio, 3 * ratio]);
    stroke(pen, [left, bbox.top], [left, bbox.top + bbox.height]);
  }
  pen.restore();
  lettering(pen, "center", { ink, halo: colour("--panel"), ratio });
  pen.strokeText(mark.shape, left, bbox.top + SHAPE_PX * ratio);
  pen.fillText(mark.shape, left, bbox.top + SHAPE_PX * ratio);
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen @param {number} left @param {number} right
 * @param {{top: number, height: number}} box
 */
function hatch(pen, left, right, { top, height }) {
  const step = HATCH_PX * (devicePixelRatio || 1);
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, height);
  pen.clip();
  pen.globalAlpha = 0.35;
  for (let x = left - height; x < right; x += step) stroke(pen, [x, top + height], [x + height, top]);
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {[number, number]} from @param {[number, number]} to */
function stroke(pen, from, to) {
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}
