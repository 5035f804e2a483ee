/** What CanvasNetwork draws: rasters as pictures, features by the same tokens as on WebGL. */
import { penOf } from "../gl.js";
import { CENTRES } from "./features.js";
import { traceFall } from "./glfalls.js";
import { tracePlan } from "./glplans.js";
import { COMPLIANCE_LINES } from "./compliance.js";

/**
 * @typedef {{pen: CanvasRenderingContext2D, width: number, height: number, colours: {halo: string},
 *   project: (lon: number, lat: number) => [number, number]}} CanvasMap
 * @typedef {{known: HTMLCanvasElement, unknown: HTMLCanvasElement}} Picture a raster, and where of it nothing is known
 * @typedef {import("./features.js").Geometry} Geometry
 */

const LINK_PX = [1.1, 2, 3.2, 4.6];
const HATCH_PX = 12;
/** @type {Record<string, [string, number, number[]]>} ink, width and pattern */
const COVERS = { covered: ["corridor", 3, []], open: ["major", 4, [6, 4]], unknown: ["unknown", 2.5, [1, 4]] };
const LOAD_INKS = ["link-1", "link-2", "minor", "major"];
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * A raster as a canvas of one pixel per cell, and another that is opaque where nothing is known.
 * @param {import("./rasters.js").Raster} raster @param {Uint8Array} lookup @returns {Picture}
 */
export function pictureOf({ bytes, rows, columns }, lookup) {
  const inks = new Uint32Array(lookup.slice().buffer);
  return {
    known: canvasOf(bytes, rows, columns, (byte) => inks[byte]),
    unknown: canvasOf(bytes, rows, columns, (byte) => (byte === 0 ? 0xff000000 : 0)),
  };
}

/** @param {Uint8Array} bytes @param {number} rows @param {number} columns @param {(byte: number) => number} inkOf */
function canvasOf(bytes, rows, columns, inkOf) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const cells = new Uint32Array(image.data.buffer);
  for (let cell = 0; cell < bytes.length; cell++) cells[cell] = inkOf(bytes[cell]);
  penOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/**
 * One raster each side of the divider.
 * @param {CanvasMap} map @param {{left: Picture, right: Picture|null, corners: number[][]}} coverage
 * @param {{split: number|null, opacity: number}} look
 */
export function drawCoverage(map, { left, right, corners }, { split, opacity }) {
  const { pen } = map;
  const divider = right && split !== null ? split * map.width : map.width;
  /** @type {Array<[Picture|null, number, number]>} */
  const sides = [
    [left, 0, divider],
    [right, divider, map.width],
  ];
  for (const [picture, from, to] of sides) {
    if (!picture || to <= from) continue;
    pen.save();
    pen.beginPath();
    pen.rect(from, 0, to - from, map.height);
    pen.clip();
    Object.assign(pen, { imageSmoothingEnabled: false, globalAlpha: opacity });
    place(map, picture.known, corners);
    hatch(map, picture.unknown, corners);
    pen.restore();
  }
}

/**
 * @param {CanvasMap} map @param {HTMLCanvasElement} picture @param {number[][]} corners
 * @param {CanvasRenderingContext2D} [pen]
 */
function place(map, picture, [northWest, , southEast], pen = map.pen) {
  const [x, y] = at(map, northWest);
  const [right, bottom] = at(map, southEast);
  pen.drawImage(picture, x, y, right - x, bottom - y);
}

/**
 * Hatching where nothing is known: the mask first, the lines only inside it.
 * @param {CanvasMap} map @param {HTMLCanvasElement} mask @param {number[][]} corners
 */
function hatch(map, mask, corners) {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [map.width, map.height];
  const pen = penOf(sheet);
  pen.imageSmoothingEnabled = false;
  place(map, mask, corners, pen);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = hatchOf(pen);
  pen.fillRect(0, 0, sheet.width, sheet.height);
  map.pen.drawImage(sheet, 0, 0);
}

/** @param {CanvasRenderingContext2D} pen @returns {CanvasPattern|string} */
function hatchOf(pen) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const ink = penOf(tile);
  ink.strokeStyle = token("unknown");
  ink.moveTo(0, HATCH_PX);
  ink.lineTo(HATCH_PX, 0);
  ink.stroke();
  return pen.createPattern(tile, "repeat") || ink.strokeStyle.toString();
}

/** @param {CanvasMap} map @param {import("./features.js").Feature[]} features @param {string} linksBy */
export function drawFeatures(map, features, linksBy) {
  for (const { properties, geometry } of features) {
    DRAWN[properties.kind]?.(map, properties, geometry, linksBy);
  }
}

/** @type {Record<string, (map: CanvasMap, properties: any, geometry: Geometry, linksBy: string) => void>} */
const DRAWN = {
  link: drawLink,
  reach: drawReach,
  mark: drawMark,
  corridor: drawCorridor,
  plan: drawPlan,
  beam: drawBeam,
  pin: drawPin,
  fall: drawFall,
};

/** @param {CanvasMap} map @param {number[]} place longitude, latitude */
const at = (map, [lon, lat]) => map.project(lon, lat);

/**
 * @param {CanvasMap} map @param {number[][]} places @param {string} ink @param {number} width @param {number[]} [dash]
 * @param {boolean} [halo]
 */
function line(map, places, ink, width, dash = [], halo = true) {
  const { pen } = map;
  /** @param {string} colour @param {number} px @param {number[]} pattern */
  const trace = (colour, px, pattern) => {
    pen.beginPath();
    for (const place of places) pen.lineTo(...at(map, place));
    Object.assign(pen, { strokeStyle: colour, lineWidth: px, lineJoin: "round" });
    pen.setLineDash(pattern);
    pen.stroke();
    pen.setLineDash([]);
  };
  if (halo) trace(map.colours.halo, width + 2.4, []);
  trace(ink, width, dash);
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry @param {string} linksBy */
function drawLink(map, { rate, load, standing }, { coordinates }, linksBy) {
  if (standing) return drawCompliance(map, standing, coordinates);
  return line(map, coordinates, token(linksBy === "load" ? LOAD_INKS[load] : `link-${rate + 1}`), LINK_PX[rate]);
}

/** @param {CanvasMap} map @param {string} standing @param {number[][]} coordinates */
function drawCompliance(map, standing, coordinates) {
  const { ink, px, dash } = COMPLIANCE_LINES[standing];
  line(
    map,
    coordinates,
    token(ink),
    px,
    (dash || []).map((part) => part * px),
    standing !== "none",
  );
}

/** @param {number} ink */
const centreInk = (ink) => token(`centre-${(ink % CENTRES) + 1}`);

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawReach(map, { ink }, { coordinates }) {
  line(map, coordinates, centreInk(ink), 2.4);
}

/** @param {CanvasMap} map @param {number[]} place @param {number} radius @param {string} ink @param {number} width */
function ring(map, place, radius, ink, width) {
  map.pen.beginPath();
  map.pen.arc(...at(map, place), radius, 0, 7);
  Object.assign(map.pen, { strokeStyle: ink, lineWidth: width });
  map.pen.stroke();
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawMark(map, { ink, isInside, isKey, isOut }, { coordinates }) {
  ring(
    map,
    coordinates,
    isKey ? 8.5 : 5.5,
    isInside ? centreInk(ink) : token(isOut ? "major" : "unknown"),
    isKey ? 2.6 : 1.2,
  );
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawCorridor(map, { cover, standing }, { coordinates }) {
  if (standing) return drawCompliance(map, standing, coordinates);
  const [name, width, dash] = COVERS[cover];
  return line(map, coordinates, token(name), width, dash);
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawPlan(map, { isRemoval }, { type, coordinates }) {
  if (type === "LineString") return line(map, coordinates, token("planned"), 2.6, [6, 4], false);
  tracePlan(map.pen, ...at(map, coordinates), !isRemoval, map.colours.halo, token("planned"));
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawBeam(map, { isTried }, { coordinates }) {
  line(map, coordinates[0], token(isTried ? "accent" : "muted"), 1.6, isTried ? [] : [4, 4], false);
}

/** @param {CanvasMap} map @param {any} _ @param {Geometry} geometry */
function drawPin(map, _, { coordinates }) {
  ring(map, coordinates, 5, token("accent"), 2);
}

/** @param {CanvasMap} map @param {any} properties @param {Geometry} geometry */
function drawFall(map, { how }, { type, coordinates }) {
  if (type === "LineString") return line(map, coordinates, token("critical"), 4, [5, 4]);
  traceFall(map.pen, ...at(map, coordinates), how);
}
