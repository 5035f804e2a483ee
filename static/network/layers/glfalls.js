/** What falls without something, on MapLibre: the layers, and the pictures that the plain canvas draws as well. */
import { penOf } from "../gl.js";
import { layer, token } from "./glplans.js";

const RATIO = 2;
const SIDE_PX = 34;
const [ARM_PX, REACH_PX] = [9, 12]; // beyond the mark of a site, which lies on top
/** How sites are concerned, the worst first. */
export const HOWS = ["itself", "cut_off", "on_path"];
/** @type {Record<string, string>} */
const INKS = { itself: "critical", cut_off: "critical", on_path: "minor" };
const seen = { layout: { visibility: "visible" } };

export function falls() {
  return [
    layer(
      "falls-line",
      "falls",
      "line",
      { "line-color": token("critical"), "line-width": 4, "line-dasharray": [1.2, 1] },
      { ...seen, filter: ["==", ["geometry-type"], "LineString"] },
    ),
    layer(
      "falls",
      "falls",
      "symbol",
      {},
      {
        filter: ["==", ["geometry-type"], "Point"],
        layout: { ...seen.layout, "icon-image": ["concat", "fall-", ["get", "how"]], "icon-allow-overlap": true },
      },
    ),
  ];
}

/** @param {any} map */
export function fallImages(map) {
  for (const how of HOWS) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE_PX * RATIO;
    const pen = penOf(canvas);
    pen.scale(RATIO, RATIO);
    traceFall(pen, SIDE_PX / 2, SIDE_PX / 2, how);
    if (map.hasImage(`fall-${how}`)) map.removeImage(`fall-${how}`);
    map.addImage(`fall-${how}`, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: RATIO });
  }
}

/**
 * What failed is a ring with a cross, what is cut off a cross, what has another way a diamond.
 * @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {string} how
 */
export function traceFall(pen, x, y, how) {
  pen.beginPath();
  if (how === "itself") pen.arc(x, y, 13, 0, 7);
  if (how === "on_path") diamond(pen, x, y);
  else cross(pen, x, y);
  for (const [ink, px] of /** @type {Array<[string, number]>} */ ([
    ["map-halo", 5],
    [INKS[how] ?? "unknown", 2.4],
  ])) {
    Object.assign(pen, { strokeStyle: token(ink), lineWidth: px, lineJoin: "round" });
    pen.stroke();
  }
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y */
function cross(pen, x, y) {
  for (const way of [-1, 1]) {
    pen.moveTo(x - ARM_PX, y - ARM_PX * way);
    pen.lineTo(x + ARM_PX, y + ARM_PX * way);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y */
function diamond(pen, x, y) {
  pen.moveTo(x, y - REACH_PX);
  for (const [dx, dy] of [
    [REACH_PX, 0],
    [0, REACH_PX],
    [-REACH_PX, 0],
  ])
    pen.lineTo(x + dx, y + dy);
  pen.closePath();
}
