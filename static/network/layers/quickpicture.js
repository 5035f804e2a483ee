/**
 * What a slider changes, shown before the map is drawn anew: only the cells that differ, on a canvas over the map.
 * Where
 * no graphics processor helps, a whole map takes longer to draw than a slider may wait.
 */
import { penOf, tokenRgb } from "../gl.js";

const ALPHA = 0.86;

export class QuickPicture {
  /** @param {any} map of MapLibre */
  constructor(map) {
    this.map = map;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "quick-picture";
    this.canvas.hidden = true;
    map.getCanvasContainer().append(this.canvas);
    this.pen = penOf(this.canvas);
  }

  /** It lies flat over the map, so it needs a map seen from straight above. */
  get isPossible() {
    return this.map.getPitch() === 0 && this.map.getBearing() === 0;
  }

  /**
   * @param {import("./rasters.js").Raster} before what the map shows @param {import("./rasters.js").Raster} after
   * @param {Uint8Array} lookup @param {number[][]} corners @param {number} opacity
   */
  show(before, after, lookup, corners, opacity) {
    const { columns, rows } = after;
    if (this.canvas.width !== columns || this.canvas.height !== rows)
      [this.canvas.width, this.canvas.height] = [columns, rows];
    const image = new ImageData(columns, rows);
    fill(new Uint32Array(image.data.buffer), before.bytes, after.bytes, lookup, mixed(lookup, opacity));
    this.pen.putImageData(image, 0, 0);
    this.#place(corners);
    this.canvas.hidden = false;
  }

  hide() {
    this.canvas.hidden = true;
  }

  /** @param {number[][]} corners */
  #place([northWest, , southEast]) {
    const [from, to] = [this.map.project(northWest), this.map.project(southEast)];
    Object.assign(this.canvas.style, {
      left: `${from.x}px`,
      top: `${from.y}px`,
      width: `${to.x - from.x}px`,
      height: `${to.y - from.y}px`,
    });
  }
}

/**
 * @param {Uint32Array} cells @param {Uint8Array} before @param {Uint8Array} after @param {Uint8Array} lookup
 * @param {Uint32Array} inks
 */
function fill(cells, before, after, lookup, inks) {
  const colours = new Uint32Array(lookup.buffer);
  for (let cell = 0; cell < cells.length; cell++)
    if (colours[before[cell]] !== colours[after[cell]]) cells[cell] = inks[after[cell]];
}

/** The colours as they look over land. @param {Uint8Array} lookup @param {number} opacity */
function mixed(lookup, opacity) {
  const land = tokenRgb("map-land");
  const inks = new Uint8ClampedArray(lookup.length);
  for (let at = 0; at < lookup.length; at += 4) {
    const share = lookup[at + 3] ? opacity : 0;
    for (let part = 0; part < 3; part++) inks[at + part] = lookup[at + part] * share + land[part] * 255 * (1 - share);
    inks[at + 3] = ALPHA * 255;
  }
  return new Uint32Array(inks.buffer);
}
