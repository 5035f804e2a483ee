/** What lies over the basemap: sites by state, the trail of the selected drone, and the selection's name. */
import { penOf } from "../../network/gl.js";

const NO_FEATURES = { type: "FeatureCollection", features: [] };
const SIZE_PX = 18;
const RATIO = 2;
/** @type {Record<string, string[]>} */
export const SITE_STATES = {
  met: ["square", "normal"],
  at_risk: ["diamond", "minor"],
  breached: ["triangle", "critical"],
  unknown: ["hollow", "unknown"],
};

const LAYERS = [
  {
    id: "trail",
    type: "line",
    source: "trail",
    filter: ["!", ["get", "isGap"]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-width": 2, "line-opacity": 0.85 },
  },
  {
    id: "trail-gap",
    type: "line",
    source: "trail",
    filter: ["get", "isGap"],
    paint: { "line-width": 1.5, "line-dasharray": [1, 3], "line-opacity": 0.8 },
  },
  {
    id: "sites",
    type: "symbol",
    source: "sites",
    layout: {
      "icon-image": ["concat", "site-", ["get", "state"]],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": [
        "step",
        ["zoom"],
        ["case", ["in", ["get", "state"], ["literal", ["breached", "at_risk"]]], ["get", "name"], ""],
        11.2,
        ["get", "name"],
      ],
      "text-font": ["sans-serif"],
      "text-size": 11,
      "text-optional": true,
      "text-padding": 4,
      "text-variable-anchor": ["top", "bottom", "right", "left"],
      "text-radial-offset": 0.9,
      "symbol-sort-key": ["get", "rank"],
    },
    paint: { "text-halo-width": 1.2 },
  },
  {
    id: "selection",
    type: "symbol",
    source: "selection",
    layout: {
      "text-field": ["get", "label"],
      "text-font": ["sans-serif"],
      "text-size": 13,
      "text-anchor": "top",
      "text-offset": [0, 2],
      "text-allow-overlap": true,
    },
    paint: { "text-halo-width": 2 },
  },
];

/** @param {any} map */
export function addOverlays(map) {
  for (const id of ["sites", "trail", "selection"]) map.addSource(id, { type: "geojson", data: NO_FEATURES });
  siteImages(map);
  for (const layer of LAYERS) map.addLayer(layer);
}

/** @param {any} map @param {Record<string, string>} colours */
export function paintOverlays(map, colours) {
  /** @param {string} name */
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  map.setPaintProperty("trail", "line-color", token("accent"));
  map.setPaintProperty("trail-gap", "line-color", token("muted"));
  map.setPaintProperty("sites", "text-color", colours.label);
  map.setPaintProperty("sites", "text-halo-color", colours.halo);
  map.setPaintProperty("selection", "text-color", token("ink"));
  map.setPaintProperty("selection", "text-halo-color", colours.halo);
}

/** One small drawing per state of a site: colour and shape. @param {any} map */
export function siteImages(map) {
  for (const [state, [shape, token]] of Object.entries(SITE_STATES)) {
    const id = `site-${state}`;
    if (map.hasImage(id)) map.removeImage(id);
    map.addImage(id, drawShape(shape, token), { pixelRatio: RATIO });
  }
}

/** @param {string} shape @param {string} token */
function drawShape(shape, token) {
  const style = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE_PX * RATIO;
  const pen = penOf(canvas);
  pen.scale(RATIO, RATIO);
  tracePath(pen, shape, SIZE_PX / 2, SIZE_PX / 2, shape === "triangle" || shape === "diamond" ? 7.5 : 3.4);
  pen.lineWidth = 3.5;
  pen.strokeStyle = style.getPropertyValue("--map-halo");
  pen.stroke();
  pen.fillStyle = pen.strokeStyle = style.getPropertyValue(`--${token}`);
  pen.lineWidth = 1.3;
  if (shape === "hollow") pen.setLineDash([2, 1.5]);
  if (shape === "hollow") pen.stroke();
  else pen.fill();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} shape @param {number} x @param {number} y @param {number} r
 */
export function tracePath(pen, shape, x, y, r) {
  /** @type {Record<string, number[][]>} */
  const shapes = {
    triangle: [
      [0, -1],
      [0.92, 0.72],
      [-0.92, 0.72],
    ],
    diamond: [
      [0, -1],
      [1, 0],
      [0, 1],
      [-1, 0],
    ],
    square: [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ],
    hollow: [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ],
  };
  pen.beginPath();
  for (const [dx, dy] of shapes[shape]) pen.lineTo(x + dx * r, y + dy * r);
  pen.closePath();
}
