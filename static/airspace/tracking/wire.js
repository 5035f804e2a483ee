/** Frames of the live picture, as `airspace/kernels/wire.py` writes them: header of 20 bytes, then 20 bytes a drone. */

const HEADER_BYTES = 20;
const ROW_BYTES = 20;
const KIND_TILE = 1;
export const HEARTBEAT_TILE = 0xffffffff;
export const UNKNOWN = 65535;
export const OLDER = 255;

/**
 * @typedef {object} Frame
 * @property {boolean} isSnapshot whole tile rather than what changed
 * @property {number} tile
 * @property {number} rows
 * @property {number} timeMs the server's clock when the frame was made
 * @property {DataView} data
 * @property {number} offset where the rows begin
 */

/**
 * Split a message into its frames. A message that is cut short or of another kind raises.
 * @param {ArrayBuffer} message
 * @returns {Frame[]}
 */
export function framesOf(message) {
  const data = new DataView(message);
  /** @type {Frame[]} */
  const frames = [];
  let offset = 0;
  while (offset < data.byteLength) {
    const frame = frameAt(data, offset);
    frames.push(frame);
    offset = frame.offset + frame.rows * ROW_BYTES;
  }
  return frames;
}

/** @param {DataView} data @param {number} at @returns {Frame} */
function frameAt(data, at) {
  if (at + HEADER_BYTES > data.byteLength) throw new RangeError(`frame header cut short at byte ${at}`);
  if (data.getUint8(at) !== KIND_TILE) throw new RangeError(`frame of unknown kind ${data.getUint8(at)}`);
  const rows = data.getUint32(at + 8, true);
  if (at + HEADER_BYTES + rows * ROW_BYTES > data.byteLength)
    throw new RangeError(`${rows} rows announced, fewer there`);
  return {
    isSnapshot: (data.getUint8(at + 1) & 1) === 1,
    tile: data.getUint32(at + 4, true),
    rows,
    timeMs: data.getFloat64(at + 12, true),
    data,
    offset: at + HEADER_BYTES,
  };
}

/**
 * Call `take` once per row.
 * @param {Frame} frame
 * @param {(id: number, lat: number, lon: number, altitude: number, track: number, speed: number, state: number,
 *   age: number) => void} take
 */
export function eachRow(frame, take) {
  const { data } = frame;
  for (let row = 0, at = frame.offset; row < frame.rows; row++, at += ROW_BYTES) {
    take(
      data.getUint32(at, true),
      data.getInt32(at + 4, true) / 1e7,
      data.getInt32(at + 8, true) / 1e7,
      data.getInt16(at + 12, true),
      data.getUint16(at + 14, true),
      data.getUint16(at + 16, true),
      data.getUint8(at + 18),
      data.getUint8(at + 19),
    );
  }
}
