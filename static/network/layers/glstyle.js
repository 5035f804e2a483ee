/** MapLibre's layers for the network, painted from the design tokens. */
import { penOf } from "../gl.js";
import { CENTRES } from "./features.js";
import { STANDINGS, STANDING_LINES } from "./standings.js";

const RATIO = 2;
const PLAN_PX = 18;
const OVER = "trail"; // drawn below the trail, the sites and the drones
export const SOURCES = ["net-links", "net-reach", "net-corridors", "net-planned", "net-beam", "net-pin"];
const GRAVEST_LAST = [...STANDINGS].reverse(); // it lies on top
/** @param {string} source */
const standingIds = (source) => GRAVEST_LAST.map((state) => `net-${source}-${state}`);
/** @type {Record<string, string[]>} */
export const LAYER_IDS = {
  links: ["net-links-halo", "net-links", ...standingIds("links")],
  circles: ["net-reach-halo", "net-reach", "net-reach-marks"],
  corridors: [
    "net-corridors-halo",
    "net-corridors",
    "net-corridors-open",
    "net-corridors-unknown",
    ...standingIds("corridors-standing"),
    "net-corridors-names",
  ],
  planned: ["net-planned-lines", "net-planned"],
};
const LINK_PX = [1.1, 2, 3.2, 4.6];
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** @param {string} property @param {Array<string|number>} values by class @returns {any[]} an expression of MapLibre */
const matched = (property, values) => [
  "match",
  ["get", property],
  ...values.slice(0, -1).flatMap((value, index) => [index, value]),
  values.at(-1),
];
/**
 * @typedef {{id: string, source: string, type: string, paint: Record<string, any>, before: string, layout:
 *   Record<string, any>, filter?: any}} Layer
 * @typedef {{filter?: any, layout?: Record<string, any>}} More
 */

/**
 * @param {string} id @param {string} source @param {string} type @param {Record<string, any>} paint
 * @param {More} [more] @returns {Layer}
 */
const layer = (id, source, type, paint, more = {}) => ({
  id: `net-${id}`,
  source: `net-${source}`,
  type,
  paint,
  before: OVER,
  ...more,
  layout: { visibility: source === "beam" ? "visible" : "none", ...more.layout },
});
const WITHOUT_STANDING = ["!", ["has", "standing"]];
const round = { layout: { "line-cap": "round", "line-join": "round" } };

/** @param {string} linksBy "rate" or "load"; by standing the features say so themselves @returns {Layer[]} */
export function layersOf(linksBy) {
  return [...links(linksBy), ...corridors(), ...reach(), ...planned(), ...beams()];
}

/** @param {string} linksBy */
function links(linksBy) {
  const inks = linksBy === "load" ? ["link-1", "link-2", "minor", "major"] : ["link-1", "link-2", "link-3", "link-4"];
  const widths = matched("rate", LINK_PX);
  return [
    layer(
      "links-halo",
      "links",
      "line",
      {
        "line-color": token("map-halo"),
        "line-width": [
          "case",
          WITHOUT_STANDING,
          ["+", widths, 2.4],
          ["match", ["get", "standing"], "none", 1.5, "breached", 7.4, 5],
        ],
        "line-opacity": 0.75,
      },
      round,
    ),
    layer(
      "links",
      "links",
      "line",
      { "line-color": matched(linksBy === "load" ? "load" : "rate", inks.map(token)), "line-width": widths },
      { ...round, filter: WITHOUT_STANDING },
    ),
    ...standings("links", "links"),
  ];
}

/** One layer a state: a pattern cannot follow the data. @param {string} name @param {string} source */
function standings(name, source) {
  return GRAVEST_LAST.map((state) => {
    const { ink, px, dash } = STANDING_LINES[state];
    return layer(
      `${name}-${state}`,
      source,
      "line",
      { "line-color": token(ink), "line-width": px, ...(dash && { "line-dasharray": dash }) },
      { ...(dash ? {} : round), filter: ["==", ["get", "standing"], state] },
    );
  });
}

function corridorNames() {
  return layer(
    "corridors-names",
    "corridors",
    "symbol",
    { "text-color": token("ink"), "text-halo-color": token("map-halo"), "text-halo-width": 1.6 },
    {
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["get", "name"],
        "text-font": ["sans-serif"],
        "text-size": 11.5,
        "text-offset": [0, 1.1],
        "text-padding": 12,
        "text-max-angle": 30,
      },
    },
  );
}

function corridors() {
  /** @param {string} word */
  const cover = (word) => ({ filter: ["all", WITHOUT_STANDING, ["==", ["get", "cover"], word]] });
  return [
    layer(
      "corridors-halo",
      "corridors",
      "line",
      { "line-color": token("map-halo"), "line-width": 6, "line-opacity": 0.7 },
      round,
    ),
    layer(
      "corridors",
      "corridors",
      "line",
      { "line-color": token("corridor"), "line-width": 3 },
      { ...round, ...cover("covered") },
    ),
    layer(
      "corridors-open",
      "corridors",
      "line",
      { "line-color": token("major"), "line-width": 4, "line-dasharray": [1.6, 1.1] },
      cover("open"),
    ),
    layer(
      "corridors-unknown",
      "corridors",
      "line",
      { "line-color": token("unknown"), "line-width": 2.5, "line-dasharray": [0.4, 1.6] },
      cover("unknown"),
    ),
    ...standings("corridors-standing", "corridors"),
    corridorNames(),
  ];
}

function reach() {
  const inks = Array.from({ length: CENTRES }, (_, index) => token(`centre-${index + 1}`));
  const isInside = ["get", "isInside"];
  const isKey = ["get", "isKey"];
  return [
    layer(
      "reach-halo",
      "reach",
      "line",
      { "line-color": token("map-halo"), "line-width": 5, "line-opacity": 0.7 },
      { ...round, filter: ["==", ["get", "kind"], "reach"] },
    ),
    layer(
      "reach",
      "reach",
      "line",
      { "line-color": matched("ink", inks), "line-width": 2.4 },
      { ...round, filter: ["==", ["get", "kind"], "reach"] },
    ),
    layer(
      "reach-marks",
      "reach",
      "circle",
      {
        "circle-radius": ["case", isKey, 8.5, 5.5],
        "circle-opacity": 0,
        "circle-stroke-width": ["case", isKey, 2.6, 1.2],
        "circle-stroke-color": ["case", isInside, matched("ink", inks), isKey, token("major"), token("unknown")],
        "circle-stroke-opacity": ["case", isKey, 1, 0.75],
      },
      { filter: ["==", ["get", "kind"], "mark"] },
    ),
  ];
}

function planned() {
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

function beams() {
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
