/** What the strip of sites by time draws: a line of states per site, its name, and the times above. */
import { gettext } from "../../console/i18n.js";
import { clockOf, nameOf } from "../words.js";
import { DEEPEST } from "./heat.js";
import { penOf } from "../gl.js";

const NAMED_PX = 18;
const DENSE_PX = 4;
export const NAMES_PX = 132;
export const HEAD_PX = 20;
/** What stands for this moment, beside what was counted. */
export const NOW_PX = 30;
const NOW_GAP_PX = 4;
/** @type {Record<string, number>} part of a line's height */
const SHARES = { m: 0.2, r: 0.55, u: 0.9, x: 0.9 };
const [LEAST_SHADE, LEAST_HEIGHT, MOST_HEIGHT] = [0.4, 0.6, 0.9];

/**
 * @typedef {{heat: import("./heat.js").Heat, rows: import("./heat.js").Row[], row: number, column: number,
 *   isDense: boolean,
 *   selected: string}} Seen
 * @typedef {{width: number, height: number, top: number, rowPx: number, cellPx: number}} View
 * @typedef {Record<string, string|CanvasPattern>} Inks
 */

/** How high a line is. @param {boolean} isDense */
export const rowPxOf = (isDense) => (isDense ? DENSE_PX : NAMED_PX);

/** Colours and patterns belong to a theme. */
export function forgetPatterns() {
  patterns.clear();
}

/** @type {Map<string, CanvasPattern>} */
const patterns = new Map();
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Each state has its own height and filling, so that colour is never alone.
 * @param {CanvasRenderingContext2D} pen @param {Seen} seen @param {View} view
 */
export function drawRows(pen, seen, view) {
  /** @type {Inks} */
  const inks = {
    m: token("normal"),
    r: token("minor"),
    b: token("critical"),
    u: hatch(pen, "muted"),
    x: token("accent-ground"),
    ink: token("ink"),
    muted: token("muted"),
    accent: token("accent"),
    raised: token("raised"),
  };
  const first = Math.floor(view.top / view.rowPx);
  const last = Math.min(seen.rows.length, Math.ceil((view.top + view.height - HEAD_PX) / view.rowPx));
  pen.textBaseline = "middle";
  pen.font = '12px system-ui, "Noto Sans CJK SC", sans-serif';
  pen.save();
  pen.beginPath();
  pen.rect(0, HEAD_PX, view.width, view.height - HEAD_PX);
  pen.clip();
  for (let index = first; index < last; index++) drawRow(pen, seen, view, inks, index);
  pen.restore();
  drawHead(pen, seen, view, token("muted"));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Seen} seen
 * @param {View} view
 * @param {Inks} inks
 * @param {number} index
 */
function drawRow(pen, seen, view, inks, index) {
  const row = seen.rows[index];
  const y = HEAD_PX + index * view.rowPx - view.top;
  if (row.slug === seen.selected) {
    pen.fillStyle = inks.raised;
    pen.fillRect(0, y, view.width, view.rowPx);
  }
  if (!seen.isDense) {
    pen.fillStyle = row.slug === seen.selected ? inks.ink : inks.muted;
    pen.fillText(shortened(nameOf(row)), 4, y + view.rowPx / 2, NAMES_PX - 10);
  }
  let from = 0;
  for (let column = 1; column <= row.states.length; column++) {
    if (column < row.states.length && lookOf(row, column) === lookOf(row, from)) continue;
    drawRun(pen, lookOf(row, from), NAMES_PX + from * view.cellPx, y, (column - from) * view.cellPx, view.rowPx, inks);
    from = column;
  }
  const nowX = view.width - NOW_PX + NOW_GAP_PX;
  if (row.now) drawRun(pen, row.now[0] === "b" ? row.now : row.now[0], nowX, y, NOW_PX - NOW_GAP_PX, view.rowPx, inks);
  if (index === seen.row && row.slug === seen.selected) {
    const isNow = seen.column >= seen.heat.columns;
    Object.assign(pen, { strokeStyle: inks.accent, lineWidth: 2 });
    pen.strokeRect(
      isNow ? nowX : NAMES_PX + seen.column * view.cellPx + 1,
      y + 1,
      isNow ? NOW_PX - NOW_GAP_PX - 1 : Math.max(3, view.cellPx - 2),
      Math.max(2, view.rowPx - 2),
    );
  }
}

/**
 * What is drawn alike: the state, and of a breach how deep it is.
 * @param {import("./heat.js").Row} row @param {number} column
 */
const lookOf = (row, column) => row.states[column] + (row.states[column] === "b" ? row.lost[column] : "");

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} look
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} rowPx
 * @param {Inks} inks
 */
function drawRun(pen, look, x, y, width, rowPx, inks) {
  const [letter, depth] = [look[0], Number(look[1] || 0) / DEEPEST];
  const share = letter === "b" ? LEAST_HEIGHT + (MOST_HEIGHT - LEAST_HEIGHT) * depth : (SHARES[letter] ?? 0.9);
  const height = Math.max(1, rowPx * share);
  pen.fillStyle = inks[letter] || inks.u;
  pen.globalAlpha = letter === "b" ? LEAST_SHADE + (1 - LEAST_SHADE) * depth : 1;
  pen.fillRect(x, y + (rowPx - height) / 2, Math.max(1, width - 0.5), height);
  pen.globalAlpha = 1;
  if (letter !== "x" || rowPx < NAMED_PX) return;
  Object.assign(pen, { strokeStyle: inks.muted, lineWidth: 1 });
  pen.strokeRect(x + 0.5, y + 2, width - 1, rowPx - 4);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Seen} seen @param {View} view @param {string} ink
 */
function drawHead(pen, { heat, rows }, view, ink) {
  pen.fillStyle = ink;
  const every = Math.ceil(64 / view.cellPx);
  pen.textAlign = "right";
  if (rows[0]?.now) pen.fillText(gettext("live"), view.width - 1, HEAD_PX / 2);
  pen.textAlign = "left";
  for (let column = 0; column < heat.columns; column += every) {
    const x = NAMES_PX + column * view.cellPx;
    if (x + 44 < view.width - NOW_PX)
      pen.fillText(clockOf(heat.timesOf(column)[0], heat.spanMs >= 3_600_000), x, HEAD_PX / 2);
    pen.fillRect(x, HEAD_PX - 3, 1, 3);
  }
}

/** @param {string} name */
const shortened = (name) => (name.length > 20 ? `${name.slice(0, 19)}…` : name);

/** @param {CanvasRenderingContext2D} pen @param {string} name */
function hatch(pen, name) {
  const colour = token(name);
  const known = patterns.get(colour);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const ink = penOf(tile);
  Object.assign(ink, { strokeStyle: colour, lineWidth: 1 });
  ink.beginPath();
  for (const shift of [-3, 0, 3, 6]) {
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
  }
  ink.stroke();
  const pattern = /** @type {CanvasPattern} */ (pen.createPattern(tile, "repeat"));
  patterns.set(colour, pattern);
  return pattern;
}
