/** What is planned and a sector's beam on MapLibre: their layers and pictures. */
import { penOf } from "../gl.js";

const RATIO = 2;
const PLAN_PX = 18;
const OVER = "trail"; // drawn below the trail, the sites and the drones
/** @param {string} name */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/**
 * @typedef {{id: string, source: string, type: string, paint: Record<string, any>, before: string,
 *   layout: Record<string, any>, filter?: any}} Layer
 * @typedef {{filter?: any, layout?: Record<string, any>}} More
 */

/**
 * @param {string} id @param {string} source @param {string} type @param {Record<string, any>} paint
 * @param {More} [more] @returns {Layer}
 */
export const layer = (id, source, type, paint, more = {}) => ({
  id: `net-${id}`,
  source: `net-${source}`,
  type,
  paint,
  before: OVER,
  ...more,
  layout: { visibility: source === "beam" ? "visible" : "none", ...more.layout },
});

export function planned() {
  const ink = token("planned");
  return [
    layer(
      "planned-lines",
      "planned",
      "line",
      { "line-color": ink, "line-width": 2.6, "line-dasharray": [2.2, 1.6] },
      { filter: ["==", ["geometry-type"], "LineString"] },
    ),
    layer(
      "planned",
      "planned",
      "symbol",
      { "text-color": ink, "text-halo-color": token("map-halo"), "text-halo-width": 1.6 },
      {
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "icon-image": ["case", ["get", "isRemoval"], "plan-less", "plan-more"],
          "icon-allow-overlap": true,
          "text-field": ["get", "label"],
          "text-font": ["sans-serif"],
          "text-size": 11,
          "text-optional": true,
          "text-variable-anchor": ["bottom", "right", "left", "top"],
          "text-radial-offset": 1.1,
          "text-padding": 4,
        },
      },
    ),
  ];
}

export function beams() {
  return [
    layer(
      "beam-present",
      "beam",
      "line",
      { "line-color": token("muted"), "line-width": 1.4, "line-dasharray": [2, 2] },
      { filter: ["!", ["get", "isTried"]] },
    ),
    layer(
      "beam",
      "beam",
      "fill",
      { "fill-color": token("accent"), "fill-opacity": 0.16 },
      { filter: ["get", "isTried"] },
    ),
    layer(
      "beam-edge",
      "beam",
      "line",
      { "line-color": token("accent"), "line-width": 1.8 },
      { filter: ["get", "isTried"] },
    ),
    layer(
      "pin",
      "pin",
      "circle",
      { "circle-radius": 5, "circle-opacity": 0, "circle-stroke-width": 2, "circle-stroke-color": token("accent") },
      { layout: { visibility: "visible" } },
    ),
  ];
}

/** A plan adds or takes away: a plus or a minus in a dashed ring. @param {any} map */
export function planImages(map) {
  for (const [id, isPlus] of /** @type {const} */ ([
    ["plan-more", true],
    ["plan-less", false],
  ])) {
    if (map.hasImage(id)) map.removeImage(id);
    map.addImage(id, drawPlan(isPlus), { pixelRatio: RATIO });
  }
}

/** @param {boolean} isPlus */
function drawPlan(isPlus) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PLAN_PX * RATIO;
  const pen = penOf(canvas);
  pen.scale(RATIO, RATIO);
  tracePlan(pen, PLAN_PX / 2, PLAN_PX / 2, isPlus, token("map-halo"), token("planned"));
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {boolean} isPlus
 * @param {string} halo @param {string} ink
 */
export function tracePlan(pen, x, y, isPlus, halo, ink) {
  pen.beginPath();
  pen.arc(x, y, 7, 0, 7);
  pen.fillStyle = halo;
  pen.fill();
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.6 });
  pen.setLineDash([3, 2]);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.moveTo(x - 3.5, y);
  pen.lineTo(x + 3.5, y);
  if (isPlus) pen.moveTo(x, y - 3.5);
  if (isPlus) pen.lineTo(x, y + 3.5);
  pen.stroke();
}
