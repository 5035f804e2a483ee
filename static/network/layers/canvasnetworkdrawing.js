/** What CanvasNetwork draws: rasters as pictures, features by the same tokens as on WebGL. */
import { CENTRES } from "./features.js";
import { tracePlan } from "./glstyle.js";
import { STANDING_LINES } from "./standings.js";

const LINK_PX = [1.1, 2, 3.2, 4.6];
const HATCH_PX = 12;
const LOAD_INKS = ["link-1", "link-2", "minor", "major"];
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A raster as a canvas of one pixel per cell, and another that is opaque where nothing is known. @param {import("./rasters.js").Raster} raster @param {Uint8Array} lookup */
export function pictureOf({ bytes, rows, columns }, lookup) {
  const inks = new Uint32Array(lookup.buffer.slice(0));
  return { known: canvasOf(bytes, rows, columns, (byte) => inks[byte]), unknown: canvasOf(bytes, rows, columns, (byte) => (byte === 0 ? 0xff000000 : 0)) };
}

function canvasOf(bytes, rows, columns, inkOf) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const cells = new Uint32Array(image.data.buffer);
  for (let cell = 0; cell < bytes.length; cell++) cells[cell] = inkOf(bytes[cell]);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** One raster each side of the divider. @param {any} map */
export function drawCoverage(map, { left, right, corners }, { split, opacity }) {
  const { pen } = map;
  const divider = right && split !== null ? split * map.width : map.width;
  for (const [picture, from, to] of [[left, 0, divider], [right, divider, map.width]]) {
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

function place(map, picture, [northWest, , southEast], pen = map.pen) {
  const [x, y] = map.project(...northWest);
  const [right, bottom] = map.project(...southEast);
  pen.drawImage(picture, x, y, right - x, bottom - y);
}

/** Hatching where nothing is known: the mask first, the lines only inside it. */
function hatch(map, mask, corners) {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [map.width, map.height];
  const pen = sheet.getContext("2d");
  pen.imageSmoothingEnabled = false;
  place(map, mask, corners, pen);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = hatchOf(pen);
  pen.fillRect(0, 0, sheet.width, sheet.height);
  map.pen.drawImage(sheet, 0, 0);
}

function hatchOf(pen) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const ink = tile.getContext("2d");
  ink.strokeStyle = token("unknown");
  ink.moveTo(0, HATCH_PX);
  ink.lineTo(HATCH_PX, 0);
  ink.stroke();
  return pen.createPattern(tile, "repeat");
}

/** @param {any} map @param {any[]} features @param {string} linksBy */
export function drawFeatures(map, features, linksBy) {
  for (const { properties, geometry } of features) {
    const draw = { link: drawLink, reach: drawReach, mark: drawMark, corridor: drawCorridor, plan: drawPlan, beam: drawBeam, pin: drawPin }[properties.kind];
    draw?.(map, properties, geometry, linksBy);
  }
}

function line(map, places, ink, width, dash = [], halo = true) {
  const { pen } = map;
  const trace = (colour, px, pattern) => {
    pen.beginPath();
    for (const [lon, lat] of places) pen.lineTo(...map.project(lon, lat));
    Object.assign(pen, { strokeStyle: colour, lineWidth: px, lineJoin: "round" });
    pen.setLineDash(pattern);
    pen.stroke();
    pen.setLineDash([]);
  };
  if (halo) trace(map.colours.halo, width + 2.4, []);
  trace(ink, width, dash);
}

function drawLink(map, { rate, load, standing }, { coordinates }, linksBy) {
  if (standing) return drawStanding(map, standing, coordinates);
  return line(map, coordinates, token(linksBy === "load" ? LOAD_INKS[load] : `link-${rate + 1}`), LINK_PX[rate]);
}

function drawStanding(map, standing, coordinates) {
  const { ink, px, dash } = STANDING_LINES[standing];
  line(map, coordinates, token(ink), px, (dash || []).map((part) => part * px), standing !== "none");
}

const centreInk = (ink) => token(`centre-${(ink % CENTRES) + 1}`);

function drawReach(map, { ink }, { coordinates }) {
  line(map, coordinates, centreInk(ink), 2.4);
}

function ring(map, coordinates, radius, ink, width) {
  map.pen.beginPath();
  map.pen.arc(...map.project(...coordinates), radius, 0, 7);
  Object.assign(map.pen, { strokeStyle: ink, lineWidth: width });
  map.pen.stroke();
}

function drawMark(map, { ink, isInside, isKey }, { coordinates }) {
  ring(map, coordinates, isKey ? 8.5 : 5.5, isInside ? centreInk(ink) : token(isKey ? "major" : "unknown"), isKey ? 2.6 : 1.2);
}

function drawCorridor(map, { cover, standing }, { coordinates }) {
  if (standing) return drawStanding(map, standing, coordinates);
  const [name, width, dash] = { covered: ["corridor", 3, []], open: ["major", 4, [6, 4]], unknown: ["unknown", 2.5, [1, 4]] }[cover];
  return line(map, coordinates, token(name), width, dash);
}

function drawPlan(map, { isRemoval }, { type, coordinates }) {
  if (type === "LineString") return line(map, coordinates, token("planned"), 2.6, [6, 4], false);
  tracePlan(map.pen, ...map.project(...coordinates), !isRemoval, map.colours.halo, token("planned"));
}

function drawBeam(map, { isTried }, { coordinates }) {
  line(map, coordinates[0], token(isTried ? "accent" : "muted"), 1.6, isTried ? [] : [4, 4], false);
}

function drawPin(map, _, { coordinates }) {
  ring(map, coordinates, 5, token("accent"), 2);
}
