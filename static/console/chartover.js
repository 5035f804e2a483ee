/**
 * What every chart draws over its lines, so that none hangs on colour: each line's name at its end, and what was
 * promised as a line with its words.
 */

const FONT_PX = 12;
const ROW_PX = 14;
const EDGE_PX = 3;

/** @typedef {{value: number, text: string, ink?: string}} Level a threshold, in the unit of the chart's first axis */

/**
 * Where names go that must not cover each other: as near to where they belong as there is room, in order. Pure.
 * @param {number[]} wanted places from the top [px]
 * @param {number} rowPx @param {number} topPx @param {number} bottomPx
 */
export function spread(wanted, rowPx, topPx, bottomPx) {
  const order = wanted.map((_, at) => at).sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  let leastPx = topPx;
  for (const at of order) {
    places[at] = Math.max(places[at], leastPx);
    leastPx = places[at] + rowPx;
  }
  let mostPx = bottomPx;
  for (const at of order.reverse()) {
    places[at] = Math.min(places[at], mostPx);
    mostPx = places[at] - rowPx;
  }
  return places;
}

/**
 * The last value of a line that is in view, with its time; none of a line that ended before. Pure.
 * @param {ArrayLike<number>} timesS @param {ArrayLike<number|null|undefined>} values
 * @param {[number, number]} shownS from when to when [s]
 * @returns {[timeS: number, value: number]|null}
 */
export function lastIn(timesS, values, [fromS, untilS]) {
  const isThere = (/** @type {number} */ at) => values[at] !== null && values[at] !== undefined;
  for (let at = timesS.length - 1; at >= 0; at--) {
    if (timesS[at] > untilS || !isThere(at)) continue;
    const isSeen = timesS[at] >= fromS || isThere(at + 1); // it leads through what is shown
    return isSeen ? [timesS[at], /** @type {number} */ (values[at])] : null;
  }
  return null;
}

/**
 * Each line's name at the right edge, beside its last value. Lines that a hook draws by itself have none.
 * @param {import("uplot")} plot @param {(name: string) => string} colour
 */
export function drawNames(plot, colour) {
  const { bbox, ctx: pen, series } = plot;
  const ratio = devicePixelRatio || 1;
  const { min = -Infinity, max = Infinity } = plot.scales.x;
  const named = series.flatMap(({ label, scale, show, width }, at) => {
    const last = at && show && width ? lastIn(plot.data[0], plot.data[at], [min, max]) : null;
    return last ? [{ label: String(label), y: plot.valToPos(last[1], scale ?? "y", true) }] : [];
  });
  if (named.length < 2) return;
  const row = ROW_PX * ratio;
  const places = spread(
    named.map(({ y }) => y - row / 2),
    row,
    bbox.top + row / 2,
    bbox.top + bbox.height - row / 2,
  );
  lettering(pen, "right", { ink: colour("--ink"), halo: colour("--panel"), ratio });
  named.forEach(({ label }, at) => write(pen, label, bbox.left + bbox.width - EDGE_PX * ratio, places[at]));
  pen.restore();
}

/**
 * What was promised, across the chart; where it lies beyond what is shown, its words stand at that edge with an arrow.
 * @param {import("uplot")} plot @param {Level[]} levels @param {(name: string) => string} colour
 */
export function drawLevels(plot, levels, colour) {
  const { bbox, ctx: pen, scales } = plot;
  const ratio = devicePixelRatio || 1;
  const [low, high] = [scales.y.min ?? -Infinity, scales.y.max ?? Infinity];
  levels.forEach(({ value, text, ink = "--major" }, at) => {
    const isOver = value > high;
    const isIn = !isOver && value >= low;
    const y = isIn ? plot.valToPos(value, "y", true) : isOver ? bbox.top : bbox.top + bbox.height;
    if (isIn) hairline(pen, [bbox.left, bbox.left + bbox.width], y, { ratio, ink: colour(ink) });
    lettering(pen, "left", { ink: colour(ink), halo: colour("--panel"), ratio });
    const words = isIn ? text : `${isOver ? "↑" : "↓"} ${text}`;
    const offset = ROW_PX * ratio * (isIn ? 0.6 : 1.6 + at); // below the shapes of what happened
    write(pen, words, bbox.left + EDGE_PX * ratio, isOver || y - offset < bbox.top ? y + offset : y - offset);
    pen.restore();
  });
}

/**
 * @param {CanvasRenderingContext2D} pen @param {[number, number]} ends @param {number} y
 * @param {{ratio: number, ink: string}} look
 */
function hairline(pen, [left, right], y, { ratio, ink }) {
  pen.save();
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.2 * ratio });
  pen.setLineDash([8, 3, 2, 3].map((px) => px * ratio));
  pen.beginPath();
  pen.moveTo(left, y);
  pen.lineTo(right, y);
  pen.stroke();
  pen.restore();
}

/**
 * How words are written on a chart, until the pen is restored.
 * @param {CanvasRenderingContext2D} pen @param {CanvasTextAlign} align
 * @param {{ink: string, halo: string, ratio: number}} look
 */
export function lettering(pen, align, { ink, halo, ratio }) {
  pen.save();
  Object.assign(pen, {
    font: `${FONT_PX * ratio}px system-ui, "Noto Sans CJK SC", sans-serif`,
    textAlign: align,
    textBaseline: "middle",
    lineJoin: "round",
    lineWidth: 4 * ratio,
    strokeStyle: halo,
    fillStyle: ink,
  });
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y */
export function write(pen, text, x, y) {
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}
