/** Frames as `airspace/kernels/wire.py` writes them, made byte by byte for the tests. */

const HEADER = 20;
const ROW = 20;

/**
 * @typedef {{id: number, lat?: number, lon?: number, altitude?: number, track?: number, speed?: number, state?: number,
 *   age?: number}} Row
 * @param {{tile?: number, timeMs?: number, isSnapshot?: boolean, kind?: number}} head
 * @param {Row[]} rows
 * @returns {ArrayBuffer}
 */
export function frameOf({ tile = 7, timeMs = 0, isSnapshot = false, kind = 1 }, rows) {
  const data = new DataView(new ArrayBuffer(HEADER + rows.length * ROW));
  data.setUint8(0, kind);
  data.setUint8(1, isSnapshot ? 1 : 0);
  data.setUint32(4, tile, true);
  data.setUint32(8, rows.length, true);
  data.setFloat64(12, timeMs, true);
  rows.forEach((row, at) => put(data, HEADER + at * ROW, row));
  return data.buffer;
}

/** @param {DataView} data @param {number} at @param {Row} row */
function put(data, at, { id, lat = 31, lon = 121, altitude = 100, track = 9000, speed = 1500, state = 0, age = 0 }) {
  data.setUint32(at, id, true);
  data.setInt32(at + 4, Math.round(lat * 1e7), true);
  data.setInt32(at + 8, Math.round(lon * 1e7), true);
  data.setInt16(at + 12, altitude, true);
  data.setUint16(at + 14, track, true);
  data.setUint16(at + 16, speed, true);
  data.setUint8(at + 18, state);
  data.setUint8(at + 19, age);
}

/** @param {ArrayBuffer[]} parts @returns {ArrayBuffer} */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}
