/** Colours of rasters: bytes to classes to colours, from the design tokens. */
import { penOf } from "../gl.js";

const RAMP_STOPS = 6;
const SERVER_INKS = 8;
const SERVERS_STEP = 3; // a site's sectors lie side by side in the list; this stride keeps their inks apart
const LAST_BYTE = 255;

/** @param {string} name a token, without its dashes @returns {number[]} red, green, blue in 0..255 */
function tokenBytes(name) {
  const pen = penOf(document.createElement("canvas"));
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888888";
  return [1, 3, 5].map((at) => parseInt(String(pen.fillStyle).slice(at, at + 2), 16));
}

/**
 * The colours of so many classes, low to high, taken evenly from the ramp.
 * @param {number} count @returns {number[][]}
 */
export function rampColours(count) {
  const stops = Array.from({ length: RAMP_STOPS }, (_, index) => tokenBytes(`ramp-${index + 1}`));
  return Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? 0 : (index / (count - 1)) * (RAMP_STOPS - 1);
    const [from, to] = [stops[Math.floor(at)], stops[Math.ceil(at)]];
    return from.map((part, channel) => Math.round(part + (to[channel] - part) * (at % 1)));
  });
}

/** Inks of neighbouring servers; they name nobody, the figures do. @returns {number[][]} */
export const serverColours = () => Array.from({ length: SERVER_INKS }, (_, index) => tokenBytes(`server-${index + 1}`));

/**
 * What a byte of a raster means; 0 is unknown.
 * @param {number} byte @param {{low: number, high: number}} value @returns {number|null}
 */
export function figureOf(byte, { low, high }) {
  return byte === 0 ? null : low + ((byte - 1) / (LAST_BYTE - 1)) * (high - low);
}

/**
 * The class a figure lies in: how many edges it has reached.
 * @param {number} figure @param {number[]} edges ascending
 */
export function classOf(figure, edges) {
  let at = 0;
  while (at < edges.length && figure >= edges[at]) at++;
  return at;
}

/**
 * 256 colours of four bytes; the unknown one has alpha 0.
 * @param {{key: string, low: number, high: number, classes: number[]}} value
 * @returns {Uint8Array}
 */
export function lookupOf(value) {
  const colours = value.key === "server" ? serverColours() : rampColours(value.classes.length + 1);
  const lookup = new Uint8Array(256 * 4);
  for (let byte = 1; byte <= LAST_BYTE; byte++) {
    const index =
      value.key === "server" ? serverInk(byte - 1) : classOf(figureOf(byte, value) ?? value.low, value.classes);
    lookup.set([...colours[index], 255], byte * 4);
  }
  return lookup;
}

/** @param {number} index */
function serverInk(index) {
  return (index * SERVERS_STEP + Math.floor(index / SERVER_INKS)) % SERVER_INKS;
}
