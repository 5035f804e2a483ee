/** Shapes along measured lines, which are all solid, so that none is told from another by its colour alone. */

/** @typedef {"circle"|"square"|"triangle"|"diamond"} Marker */
/** How a legend writes them. @type {Record<Marker, string>} */
export const SHAPES = { circle: "○", square: "□", triangle: "△", diamond: "◇" };
const APART_PX = 48;
const SIZE_PX = 4; // from the middle to a corner
/** From the middle to each corner, in sizes. @type {Record<Marker, Array<[number, number]>>} */
const CORNERS = {
  circle: Array.from({ length: 12 }, (_, at) => [Math.cos((at * Math.PI) / 6), Math.sin((at * Math.PI) / 6)]),
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  triangle: [
    [0, -1.2],
    [1.1, 0.8],
    [-1.1, 0.8],
  ],
  diamond: [
    [0, -1.2],
    [1.2, 0],
    [0, 1.2],
    [-1.2, 0],
  ],
};

/**
 * Which values have a shape: the first of each stretch of so many pixels, so that neighbours never touch. Pure.
 * @param {ArrayLike<number|null|undefined>} values @param {(at: number) => number} xOf where one is drawn [px]
 * @param {number} apartPx
 * @returns {number[]} their places
 */
export function marked(values, xOf, apartPx) {
  /** @type {number[]} */
  const places = [];
  let lastPx = -Infinity;
  for (let at = 0; at < values.length; at++) {
    if (values[at] === null || values[at] === undefined) continue;
    const x = xOf(at);
    if (x - lastPx < apartPx) continue;
    places.push(at);
    lastPx = x;
  }
  return places;
}

/**
 * How uPlot draws a line's points: as shapes, which its own filter picks. Hollow, so that the line stays seen.
 * @param {Marker} marker @param {string} ink @param {string} ground
 * @returns {import("uplot").Series.Points}
 */
export function markersOf(marker, ink, ground) {
  return {
    show: (plot, series) => {
      drawShapes(plot, series, CORNERS[marker], { ink, ground });
      return false; // none of its own
    },
  };
}

/**
 * @param {import("uplot")} plot @param {number} series @param {Array<[number, number]>} corners
 * @param {{ink: string, ground: string}} look
 */
function drawShapes(plot, series, corners, { ink, ground }) {
  const { bbox, ctx: pen, data } = plot;
  const ratio = devicePixelRatio || 1;
  const scale = plot.series[series].scale ?? "y";
  const xOf = (/** @type {number} */ at) => plot.valToPos(data[0][at], "x", true);
  pen.save();
  Object.assign(pen, { strokeStyle: ink, fillStyle: ground, lineWidth: 1.2 * ratio });
  for (const at of marked(data[series], xOf, APART_PX * ratio)) {
    const x = xOf(at);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const y = plot.valToPos(/** @type {number} */ (data[series][at]), scale, true);
    pen.beginPath();
    for (const [right, down] of corners) pen.lineTo(x + right * SIZE_PX * ratio, y + down * SIZE_PX * ratio);
    pen.closePath();
    pen.fill();
    pen.stroke();
  }
  pen.restore();
}
