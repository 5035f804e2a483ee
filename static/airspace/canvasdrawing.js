/** What CanvasMap draws: ground, trail, sites and drones, by the same colours and shapes as on WebGL. */
import { SITE_STATES, tracePath } from "./overlays.js";
import { LOST, STATES } from "./state.js";
import { UNKNOWN } from "./wire.js";

const FILLS = { land: "land", island: "land", park: "park", river: "water", lake: "water" };
const ORDER = ["land", "island", "park", "river", "lake"];
const DRONE_TOKENS = { normal: "drone", warning: "minor", emergency: "critical", ground: "drone-ground" };
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function drawBase(map) {
  const { pen, colours, basemap } = map;
  pen.fillStyle = colours.water;
  pen.fillRect(0, 0, map.width, map.height);
  for (const kind of ORDER) for (const feature of kindsOf(basemap, kind)) fill(map, feature, colours[FILLS[kind]]);
  for (const feature of kindsOf(basemap, "coast")) stroke(map, feature.geometry.coordinates, colours.coast, 1);
  if (map.isShown("streets")) drawRoads(map);
  if (map.isShown("names")) drawNames(map);
}

function drawRoads(map) {
  for (const feature of kindsOf(map.basemap, "road")) {
    const grade = feature.properties.class;
    if (grade === 3 && map.zoom < 11.5) continue;
    stroke(map, feature.geometry.coordinates, map.colours[`road-${grade}`], [0, 2, 1.2, 0.7][grade]);
  }
}

function drawNames(map) {
  for (const feature of kindsOf(map.basemap, "label")) {
    if (feature.properties.rank > 1 && map.zoom < 11) continue;
    const [x, y] = map.project(...feature.geometry.coordinates);
    write(map, feature.properties[`name_${map.language}`], x, y, map.colours.label, feature.properties.rank === 1 ? 15 : 11);
  }
}

const byKind = new WeakMap();

function kindsOf(basemap, kind) {
  if (!byKind.has(basemap)) byKind.set(basemap, Map.groupBy ? Map.groupBy(basemap.features, (f) => f.properties.kind) : grouped(basemap.features));
  return byKind.get(basemap).get(kind) || [];
}

function grouped(features) {
  const groups = new Map();
  for (const feature of features) groups.set(feature.properties.kind, [...(groups.get(feature.properties.kind) || []), feature]);
  return groups;
}

function trace(map, points) {
  map.pen.beginPath();
  for (const [lon, lat] of points) map.pen.lineTo(...map.project(lon, lat));
}

function fill(map, feature, colour) {
  trace(map, feature.geometry.coordinates[0]);
  map.pen.fillStyle = colour;
  map.pen.fill();
}

function stroke(map, points, colour, width, dash = []) {
  trace(map, points);
  Object.assign(map.pen, { strokeStyle: colour, lineWidth: width });
  map.pen.setLineDash(dash);
  map.pen.stroke();
  map.pen.setLineDash([]);
}

function write(map, text, x, y, colour, size) {
  const { pen } = map;
  pen.font = `${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
  pen.textAlign = "center";
  Object.assign(pen, { strokeStyle: map.colours.halo, lineWidth: 3, fillStyle: colour, lineJoin: "round" });
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}

export function drawTrail(map) {
  for (const { properties, geometry } of map.trail.features) {
    stroke(map, geometry.coordinates, properties.isGap ? token("muted") : token("accent"), properties.isGap ? 1.5 : 2, properties.isGap ? [2, 4] : []);
  }
}

export function drawSites(map) {
  for (const { properties, geometry } of map.sites.features) {
    const [shape, colour] = SITE_STATES[properties.state] || SITE_STATES.unknown;
    const [x, y] = map.project(...geometry.coordinates);
    tracePath(map.pen, shape, x, y, shape === "triangle" ? 8 : 4.5);
    map.pen.fillStyle = map.pen.strokeStyle = token(colour);
    if (shape === "hollow") map.pen.stroke();
    else map.pen.fill();
    if (map.zoom > 12 || properties.state === "breached") write(map, properties.name, x, y + 18, map.colours.label, 11);
  }
}

export function drawDrones(map, nowMs) {
  const inks = Object.fromEntries(Object.entries(DRONE_TOKENS).map(([state, name]) => [state, token(name)]));
  const lost = token("major");
  for (let slot = 0; slot < map.store.count; slot++) {
    if (map.filter && !map.filter(slot)) continue;
    const place = map.isStill ? [map.store.lon[slot], map.store.lat[slot]] : map.store.positionAt(slot, nowMs);
    const [x, y] = map.project(...place);
    if (x < -20 || y < -20 || x > map.width + 20 || y > map.height + 20) continue;
    drawDrone(map, slot, x, y, inks, lost);
  }
  if (map.label) write(map, map.label.text, ...shifted(map.project(...map.label.at)), token("ink"), 13);
}

const shifted = ([x, y]) => [x, y + 30];

function drawDrone(map, slot, x, y, inks, lostInk) {
  const { pen, store } = map;
  const link = store.link(slot);
  const state = STATES[store.state[slot]];
  const isHollow = link > 0 || store.unverified[slot] === 1;
  pen.save();
  pen.translate(x, y);
  if (store.ids[slot] === map.selected) ring(pen);
  if (store.track[slot] !== UNKNOWN) pen.rotate((store.track[slot] / 100) * (Math.PI / 180));
  pen.beginPath();
  if (link === LOST) pen.arc(0, 0, 8, 0, 7);
  else if (store.track[slot] === UNKNOWN || state === "ground") pen.arc(0, 0, 4, 0, 7);
  else for (const [dx, dy] of [[0, -9], [6, 7], [0, 4], [-6, 7]]) pen.lineTo(dx, dy);
  pen.closePath();
  pen.fillStyle = pen.strokeStyle = link === LOST ? lostInk : inks[state];
  pen.lineWidth = 1.6;
  if (isHollow) pen.stroke();
  else pen.fill();
  if (link === LOST) cross(pen);
  pen.restore();
}

function ring(pen) {
  pen.beginPath();
  pen.arc(0, 0, 16, 0, 7);
  Object.assign(pen, { strokeStyle: token("accent"), lineWidth: 2 });
  pen.stroke();
}

function cross(pen) {
  pen.beginPath();
  pen.moveTo(-5, -5);
  pen.lineTo(5, 5);
  pen.moveTo(5, -5);
  pen.lineTo(-5, 5);
  pen.stroke();
}
