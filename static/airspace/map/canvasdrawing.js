/** What CanvasMap draws: ground, trail, sites and drones, by the same colours and shapes as on WebGL. */
import { SITE_STATES, tracePath } from "./overlays.js";
import { CONTROL_LINKS, LOST } from "../tracking/state.js";
import { UNKNOWN } from "../tracking/wire.js";

/** @typedef {import("./canvasmap.js").CanvasMap} CanvasMap */

/** @type {Record<string, string>} */
const FILLS = { land: "land", island: "land", park: "park", river: "water", lake: "water" };
const BELOW = CONTROL_LINKS.indexOf("below");
const ORDER = ["land", "island", "park", "river", "lake"];
/** @type {Record<string, string>} */
const DRONE_TOKENS = {
  normal: "drone",
  warning: "minor",
  emergency: "critical",
  ground: "drone-ground",
  unknown: "unknown",
};
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @param {CanvasMap} map */
function drawBase(map) {
  const { pen, colours, basemap } = map;
  pen.fillStyle = colours.water;
  pen.fillRect(0, 0, map.width, map.height);
  for (const kind of ORDER) for (const feature of kindsOf(basemap, kind)) fill(map, feature, colours[FILLS[kind]]);
  for (const feature of kindsOf(basemap, "coast")) stroke(map, feature.geometry.coordinates, colours.coast, 1);
  if (map.isShown("streets")) drawRoads(map);
  if (map.isShown("names")) drawNames(map);
}

/** @param {CanvasMap} map */
function drawRoads(map) {
  for (const feature of kindsOf(map.basemap, "road")) {
    const grade = feature.properties.class;
    if (grade === 3 && map.zoom < 11.5) continue;
    stroke(map, feature.geometry.coordinates, map.colours[`road-${grade}`], [0, 2, 1.2, 0.7][grade]);
  }
}

/** @param {CanvasMap} map */
function drawNames(map) {
  for (const feature of kindsOf(map.basemap, "label")) {
    if (feature.properties.rank > 1 && map.zoom < 11) continue;
    const [x, y] = at(map, feature.geometry.coordinates);
    write(
      map,
      feature.properties[`name_${map.language}`],
      x,
      y,
      map.colours.label,
      feature.properties.rank === 1 ? 15 : 11,
    );
  }
}

/** @param {CanvasMap} map @param {number[]} place longitude, latitude */
const at = (map, [lon, lat]) => map.project(lon, lat);

/** @type {WeakMap<object, Map<string, any[]>>} */
const byKind = new WeakMap();

/** @param {any} basemap @param {string} kind */
function kindsOf(basemap, kind) {
  const kinds = byKind.get(basemap) ?? grouped(basemap.features);
  byKind.set(basemap, kinds);
  return kinds.get(kind) || [];
}

/** @param {any[]} features */
function grouped(features) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const feature of features) {
    const { kind } = feature.properties;
    const known = groups.get(kind);
    if (known) known.push(feature);
    else groups.set(kind, [feature]);
  }
  return groups;
}

/** @param {CanvasMap} map @param {number[][]} points */
function trace(map, points) {
  map.pen.beginPath();
  for (const place of points) map.pen.lineTo(...at(map, place));
}

/** @param {CanvasMap} map @param {any} feature @param {string} colour */
function fill(map, feature, colour) {
  trace(map, feature.geometry.coordinates[0]);
  map.pen.fillStyle = colour;
  map.pen.fill();
}

/**
 * @param {CanvasMap} map
 * @param {number[][]} points
 * @param {string} colour
 * @param {number} width
 * @param {number[]} [dash]
 */
function stroke(map, points, colour, width, dash = []) {
  trace(map, points);
  Object.assign(map.pen, { strokeStyle: colour, lineWidth: width });
  map.pen.setLineDash(dash);
  map.pen.stroke();
  map.pen.setLineDash([]);
}

/**
 * @param {CanvasMap} map
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {number} size
 */
function write(map, text, x, y, colour, size) {
  const { pen } = map;
  pen.font = `${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
  pen.textAlign = "center";
  Object.assign(pen, { strokeStyle: map.colours.halo, lineWidth: 3, fillStyle: colour, lineJoin: "round" });
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

/** @param {CanvasMap} map */
function drawTrail(map) {
  for (const { properties, geometry } of map.trail.features) {
    stroke(
      map,
      geometry.coordinates,
      properties.isGap ? token("muted") : token("accent"),
      properties.isGap ? 1.5 : 2,
      properties.isGap ? [2, 4] : [],
    );
  }
}

/** @param {CanvasMap} map */
function drawSites(map) {
  for (const { properties, geometry } of map.sites.features) {
    const [shape, colour] = SITE_STATES[properties.state] || SITE_STATES.unknown;
    const [x, y] = at(map, geometry.coordinates);
    tracePath(map.pen, shape, x, y, shape === "triangle" ? 8 : 4.5);
    map.pen.fillStyle = map.pen.strokeStyle = token(colour);
    if (shape === "hollow") map.pen.stroke();
    else map.pen.fill();
    if (map.zoom > 12 || properties.state === "breached") write(map, properties.name, x, y + 18, map.colours.label, 11);
  }
}

/** @param {CanvasMap} map @param {number} nowMs */
function drawDrones(map, nowMs) {
  const inks = Object.fromEntries(Object.entries(DRONE_TOKENS).map(([state, name]) => [state, token(name)]));
  const lost = token("major");
  for (let slot = 0; slot < map.store.count; slot++) {
    if (map.filter && !map.filter(slot)) continue;
    const place = map.isStill ? [map.store.lon[slot], map.store.lat[slot]] : map.store.positionAt(slot, nowMs);
    const [x, y] = at(map, place);
    if (x < -20 || y < -20 || x > map.width + 20 || y > map.height + 20) continue;
    drawDrone(map, slot, x, y, inks, lost);
  }
  if (map.label) write(map, map.label.text, ...shifted(at(map, map.label.at)), token("ink"), 13);
}

/** @param {[number, number]} place @returns {[number, number]} */
const shifted = ([x, y]) => [x, y + 30];

/**
 * @param {CanvasMap} map
 * @param {number} slot
 * @param {number} x
 * @param {number} y
 * @param {Record<string, string>} inks
 * @param {string} lostInk
 */
function drawDrone(map, slot, x, y, inks, lostInk) {
  const { pen, store } = map;
  const link = store.link(slot);
  const state = store.stateOf(slot);
  const isHollow = link > 0 || store.unverified[slot] === 1;
  pen.save();
  pen.translate(x, y);
  if (store.ids[slot] === map.selected) ring(pen);
  if (store.track[slot] !== UNKNOWN) pen.rotate((store.track[slot] / 100) * (Math.PI / 180));
  pen.beginPath();
  if (link === LOST) pen.arc(0, 0, 8, 0, 7);
  else if (store.track[slot] === UNKNOWN || state === "ground") pen.arc(0, 0, 4, 0, 7);
  else
    for (const [dx, dy] of [
      [0, -9],
      [6, 7],
      [0, 4],
      [-6, 7],
    ])
      pen.lineTo(dx, dy);
  pen.closePath();
  const isLow = store.controlOf(slot) === BELOW;
  pen.fillStyle = pen.strokeStyle = link === LOST || (isLow && state !== "emergency") ? lostInk : inks[state];
  pen.lineWidth = 1.6;
  if (isHollow) pen.stroke();
  else pen.fill();
  if (link === LOST) cross(pen);
  if (isLow) pen.fillRect(-7, 10, 14, 2.5); // a bar behind it, as on WebGL
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen */
function ring(pen) {
  pen.beginPath();
  pen.arc(0, 0, 16, 0, 7);
  Object.assign(pen, { strokeStyle: token("accent"), lineWidth: 2 });
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen */
function cross(pen) {
  pen.beginPath();
  pen.moveTo(-5, -5);
  pen.lineTo(5, 5);
  pen.moveTo(5, -5);
  pen.lineTo(-5, 5);
  pen.stroke();
}

/** One picture, from the ground up. @param {CanvasMap} map @param {number} nowMs */
export function drawAll(map, nowMs) {
  drawBase(map);
  map.underlay?.();
  if (map.isShown("trail")) drawTrail(map);
  if (map.isShown("sites")) drawSites(map);
  if (map.isShown("drones")) drawDrones(map, nowMs);
}
