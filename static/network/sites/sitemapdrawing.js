/** What the map of sites draws: a quiet ground once per view, then each state in its own colour and shape. */
import { penOf } from "../gl.js";
import { mercatorX, mercatorY } from "../mercator.js";

/** @typedef {import("./sitemap.js").SiteMap} SiteMap */

/** @type {Record<string, string>} */
const FILLS = { land: "map-land", island: "map-land", park: "map-park", river: "map-water", lake: "map-water" };
const ORDER = ["met", "unknown", "at_risk", "breached", "computing", "proposed"]; // the gravest lie on top
/** @type {Record<string, number>} */
const SIZES = { met: 3.2, unknown: 3.4, at_risk: 6, breached: 7, computing: 6, proposed: 8 };
const NAMED = ["breached", "at_risk", "proposed"];
const MOST_NAMES = 24;
const APART = 1.5e-6; // of the unit square: under a pixel while the map shows a city
const SLICE_MS = 8;
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * Begin the ground of this view on a canvas of its own.
 * @param {SiteMap} map @param {Record<string, Path2D>} paths @param {number} ratio
 */
export function beginGround(map, paths, ratio) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [map.canvas.width, map.canvas.height];
  const pen = penOf(canvas);
  pen.fillStyle = token("map-water");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const { world, left, top } = map.frame();
  pen.setTransform(world * ratio, 0, 0, world * ratio, left * ratio, top * ratio);
  return { canvas, pen, left: Object.entries(paths), linePx: 1 / world };
}

/**
 * Draw one more kind of what lies on the ground.
 * @param {ReturnType<typeof beginGround>} ground @returns {boolean} whether something is left
 */
export function continueGround({ pen, left, linePx }) {
  const next = left.shift();
  if (!next) return false;
  const [kind, path] = next;
  if (FILLS[kind]) {
    pen.fillStyle = token(FILLS[kind]);
    pen.fill(path);
  } else {
    Object.assign(pen, {
      strokeStyle: token(kind === "coast" ? "map-coast" : "map-road-2"),
      lineWidth: (kind === "coast" ? 1 : 0.7) * linePx,
    });
    pen.stroke(path);
  }
  return left.length > 0;
}

/**
 * Paths in the unit square: land, parks, water, coast and the main roads; made in slices, so that nobody waits.
 * @param {any} basemap
 */
export async function pathsOf(basemap) {
  let untilMs = performance.now() + SLICE_MS;
  const paths = Object.fromEntries([...Object.keys(FILLS), "coast", "road"].map((kind) => [kind, new Path2D()]));
  for (const { properties, geometry } of basemap.features) {
    const path = properties.kind === "road" && properties.class > 1 ? null : paths[properties.kind];
    if (path) trace(path, FILLS[properties.kind] ? geometry.coordinates[0] : geometry.coordinates);
    if (performance.now() < untilMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    untilMs = performance.now() + SLICE_MS;
  }
  return paths;
}

/** @param {Path2D} path @param {number[][]} points */
function trace(path, points) {
  let [lastX, lastY] = [Infinity, Infinity];
  points.forEach(([lon, lat], at) => {
    const [x, y] = [mercatorX(lon), mercatorY(lat)];
    if (at && at < points.length - 1 && Math.abs(x - lastX) < APART && Math.abs(y - lastY) < APART) return;
    if (at) path.lineTo(x, y);
    else path.moveTo(x, y);
    [lastX, lastY] = [x, y];
  });
}

/** @param {SiteMap} map */
export function drawSites(map) {
  const { pen } = map;
  const { world, left, top } = map.frame();
  /** @param {{x: number, y: number}} site @returns {[number, number]} */
  const at = (site) => [site.x * world + left, site.y * world + top];
  /** @type {Record<string, string>} */
  const inks = {
    met: token("normal"),
    at_risk: token("minor"),
    breached: token("critical"),
    unknown: token("unknown"),
    computing: token("muted"),
    proposed: token("ink"),
  };
  for (const state of ORDER) {
    pen.beginPath();
    for (const site of map.sites)
      if (site.state === state) shape(pen, state, ...at(site), map.sites.length > 300 ? 0.7 : 1);
    Object.assign(pen, { fillStyle: inks[state], strokeStyle: inks[state], lineWidth: 1.5 });
    if (state === "unknown") pen.stroke();
    else pen.fill();
  }
  drawNames(map, at);
  const selected = map.sites.find((site) => site.slug === map.selected);
  if (selected) ring(map, selected, at(selected));
}

/**
 * @param {CanvasRenderingContext2D} pen @param {string} state @param {number} x @param {number} y
 * @param {number} scale
 */
function shape(pen, state, x, y, scale) {
  const size = SIZES[state] * scale;
  if (state === "at_risk")
    polygon(pen, [
      [x, y - size],
      [x + size, y],
      [x, y + size],
      [x - size, y],
    ]);
  else if (state === "breached")
    polygon(pen, [
      [x, y - size],
      [x + size, y + size * 0.8],
      [x - size, y + size * 0.8],
    ]);
  else if (state === "proposed") plus(pen, x, y, size);
  else pen.rect(x - size, y - size, 2 * size, 2 * size);
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} size */
function plus(pen, x, y, size) {
  const arm = size / 3;
  pen.rect(x - size, y - arm, 2 * size, 2 * arm);
  pen.rect(x - arm, y - size, 2 * arm, 2 * size);
}

/** @param {CanvasRenderingContext2D} pen @param {number[][]} points */
function polygon(pen, points) {
  points.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

/**
 * Only what is abnormal or new is named, and only while there is room for it.
 * @param {SiteMap} map @param {(site: {x: number, y: number}) => [number, number]} at
 */
function drawNames(map, at) {
  const loud = map.sites.filter(({ state }) => NAMED.includes(state));
  if (loud.length > MOST_NAMES) return;
  /** @type {number[][]} */
  const taken = [];
  lettering(map.pen);
  for (const site of loud) {
    const [x, y] = at(site);
    if (taken.some(([tx, ty]) => Math.abs(tx - x) < 64 && Math.abs(ty - y) < 14)) continue;
    taken.push([x, y]);
    write(map.pen, site.name, x, y + 18);
  }
}

/** @param {SiteMap} map @param {{name: string}} site @param {[number, number]} place */
function ring(map, site, [x, y]) {
  Object.assign(map.pen, { strokeStyle: token("accent"), lineWidth: 2 });
  map.pen.beginPath();
  map.pen.arc(x, y, 12, 0, 7);
  map.pen.stroke();
  lettering(map.pen);
  write(map.pen, site.name, x, y - 18);
}

/** @param {CanvasRenderingContext2D} pen */
function lettering(pen) {
  Object.assign(pen, {
    font: '12px system-ui, "Noto Sans CJK SC", sans-serif',
    textAlign: "center",
    strokeStyle: token("map-halo"),
    lineWidth: 3,
    fillStyle: token("map-label"),
    lineJoin: "round",
  });
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y */
function write(pen, text, x, y) {
  pen.strokeText(text, x, y);
  pen.fillText(text, x, y);
}
