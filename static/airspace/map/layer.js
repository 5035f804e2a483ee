/** The drones on MapLibre: one instanced draw call, gliding on the GPU, picked on the CPU. */
import { around, linkProgram } from "../../network/gl.js";
import { mercatorX, mercatorY } from "../../network/mercator.js";
import { FRAGMENT, VERTEX } from "./shader.js";
import { CONTROL_LINKS } from "../tracking/state.js";
import { UNKNOWN } from "../tracking/wire.js";

const SCALE = 1 / 4096; // positions are kept as parts of this around the anchor: millimetres in 32 bits
const BELOW = CONTROL_LINKS.indexOf("below");
const FLOATS = 8;
const ORIGIN = [0, 0];
const QUAD = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);
const PICK_PX = 16;
const SELECTED_BIT = 64,
  NO_TRACK_BIT = 128,
  BELOW_BIT = 256;

export class DroneLayer {
  /** @param {import("../tracking/state.js").DroneStore} store @param {any} [given] */
  constructor(store, { isStill = false } = {}) {
    this.id = "drones";
    this.type = /** @type {const} */ ("custom");
    this.renderingMode = /** @type {const} */ ("2d");
    this.store = store;
    this.isStill = isStill;
    this.selected = 0;
    /** @type {((slot: number) => boolean)|null} */
    this.filter = null;
    this.colours = new Float32Array(21);
    this.halo = [0, 0, 0];
    /** @type {number[]|null} */
    this.anchor = null;
    /** @type {number[]|null} */
    this.matrix = null;
    this.count = 0;
    /** @type {Record<string, WebGLUniformLocation|null>} */
    this.at = {};
    this.packed = new Float32Array(0);
    this.packedMs = 0;
    this.drawn = -1;
  }

  /** @param {MapLibre.Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this.map = map;
    const program = linkProgram(gl, VERTEX, FRAGMENT);
    this.program = program;
    this.at = Object.fromEntries(
      ["u_matrix", "u_viewport", "u_sinceS", "u_scale", "u_bearing", "u_size", "u_colours", "u_halo", "u_pixel"].map(
        (name) => [name, gl.getUniformLocation(program, name)],
      ),
    );
    this.shape = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    gl.bindVertexArray(this.shape);
    const quad = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, quad);
    gl.bufferData(gl.ARRAY_BUFFER, QUAD, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [index, offset] of [
      [1, 0],
      [2, 16],
    ]) {
      gl.enableVertexAttribArray(index);
      gl.vertexAttribPointer(index, 4, gl.FLOAT, false, FLOATS * 4, offset);
      gl.vertexAttribDivisor(index, 1);
    }
    gl.bindVertexArray(null);
    this.drawn = -1;
  }

  /** Say that ages, the selection or the filter changed. */
  invalidate() {
    this.drawn = -1;
  }

  #pack() {
    const { store } = this;
    this.packedMs = store.tickMs();
    if (this.packed.length < store.count * FLOATS)
      this.packed = new Float32Array(Math.max(1024, store.count * 2) * FLOATS);
    if (!this.anchor && store.count) this.anchor = [mercatorX(store.lon[0]), mercatorY(store.lat[0])];
    let count = 0;
    for (let slot = 0; slot < store.count; slot++) {
      if (this.filter && !this.filter(slot)) continue;
      this.#packOne(slot, count++ * FLOATS);
    }
    this.count = count;
    this.drawn = store.version;
  }

  /** @param {number} slot @param {any} at */
  #packOne(slot, at) {
    const { store, packed } = this;
    const [x, y] = this.anchor ?? ORIGIN;
    packed[at] = (mercatorX(this.isStill ? store.lon[slot] : store.fromLon[slot]) - x) / SCALE;
    packed[at + 1] = (mercatorY(this.isStill ? store.lat[slot] : store.fromLat[slot]) - y) / SCALE;
    packed[at + 2] = (mercatorX(store.lon[slot]) - x) / SCALE;
    packed[at + 3] = (mercatorY(store.lat[slot]) - y) / SCALE;
    packed[at + 4] = (store.movedMs[slot] - this.packedMs) / 1000;
    packed[at + 5] = Math.max(0.001, store.glideMs[slot] / 1000);
    packed[at + 6] = this.trackOf(slot);
    packed[at + 7] = this.codeOf(slot);
  }

  /** Where a drone flies to, clockwise from north [rad]; 0 where that is not known. @param {number} slot */
  trackOf(slot) {
    const { track } = this.store;
    return track[slot] === UNKNOWN ? 0 : (track[slot] / 100) * (Math.PI / 180);
  }

  /** How large a drone is drawn, as the map is seen. */
  sizePx() {
    return sizeAt(this.map?.getZoom() ?? 0);
  }

  /** How a drone looks, in bits. @param {number} slot */
  codeOf(slot) {
    const { store } = this;
    let code = store.state[slot] | (store.unverified[slot] ? 8 : 0) | (store.link(slot) << 4);
    if (store.controlOf(slot) === BELOW) code |= BELOW_BIT;
    if (store.ids[slot] === this.selected) code |= SELECTED_BIT;
    if (store.track[slot] === UNKNOWN) code |= NO_TRACK_BIT;
    return code;
  }

  /** Take how the map is seen, so that drones are found in it. @param {MapLibre.CustomRenderMethodInput} options */
  aim(options) {
    const { store } = this;
    if (!this.anchor && store.count) this.anchor = [mercatorX(store.lon[0]), mercatorY(store.lat[0])];
    this.matrix = around(options.defaultProjectionData.mainMatrix, this.anchor ?? ORIGIN);
    return this.matrix;
  }

  /** @param {WebGL2RenderingContext} gl @param {MapLibre.CustomRenderMethodInput} options */
  render(gl, options) {
    if (this.drawn !== this.store.version) this.#upload(gl);
    if (!this.count) return;
    const matrix = this.aim(options);
    const size = this.sizePx() * (this.map?.getPixelRatio() ?? 1);
    gl.useProgram(this.program ?? null);
    gl.uniformMatrix4fv(this.at.u_matrix, false, new Float32Array(matrix));
    gl.uniform2f(this.at.u_viewport, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(this.at.u_sinceS, (this.store.tickMs() - this.packedMs) / 1000);
    gl.uniform1f(this.at.u_scale, SCALE);
    gl.uniform1f(this.at.u_bearing, ((this.map?.getBearing() ?? 0) * Math.PI) / 180);
    gl.uniform1f(this.at.u_size, size * 2);
    gl.uniform3fv(this.at.u_colours, this.colours);
    gl.uniform3fv(this.at.u_halo, this.halo);
    gl.uniform1f(this.at.u_pixel, 1.3 / size);
    gl.bindVertexArray(this.shape ?? null);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    gl.bindVertexArray(null);
  }

  /** @param {WebGL2RenderingContext} gl */
  #upload(gl) {
    this.#pack();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer ?? null);
    gl.bufferData(gl.ARRAY_BUFFER, this.packed.subarray(0, this.count * FLOATS), gl.DYNAMIC_DRAW);
  }

  /** The drone drawn nearest to a point of the canvas, or 0. @param {{x: number, y: number}} point */
  pick(point) {
    if (!this.matrix || !this.map) return 0;
    const { clientWidth, clientHeight } = this.map.getCanvas();
    let best = PICK_PX ** 2;
    let pick = 0;
    for (let slot = 0; slot < this.store.count; slot++) {
      if (this.filter && !this.filter(slot)) continue;
      const [x, y, depth] = this.project(slot, clientWidth, clientHeight);
      const away = (x - point.x) ** 2 + (y - point.y) ** 2;
      if (depth > 0 && away < best) [best, pick] = [away, this.store.ids[slot]];
    }
    return pick;
  }

  /**
   * Where a drone is on a canvas of this size, and how far before the eye: behind it, where the place means nothing, 0
   * or less.
   * @param {number} slot @param {number} width @param {number} height @returns {[number, number, number]}
   */
  project(slot, width, height) {
    const { store } = this;
    const [lon, lat] = this.isStill ? [store.lon[slot], store.lat[slot]] : store.positionAt(slot, store.tickMs());
    const m = this.matrix ?? [];
    const [anchorX, anchorY] = this.anchor ?? ORIGIN;
    const x = mercatorX(lon) - anchorX;
    const y = mercatorY(lat) - anchorY;
    const w = m[3] * x + m[7] * y + m[15];
    return [
      ((m[0] * x + m[4] * y + m[12]) / w + 1) * 0.5 * width,
      (1 - (m[1] * x + m[5] * y + m[13]) / w) * 0.5 * height,
      w,
    ];
  }
}

/** @param {number} zoom */
function sizeAt(zoom) {
  return Math.max(6, Math.min(13, 6 + (zoom - 9) * 1.35));
}
