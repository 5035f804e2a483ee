/** Coverage on MapLibre: a layer of its own, so that dragging the divider or a slider costs a repaint and no more. */
import { around, linkProgram } from "../gl.js";
import { mercatorX, mercatorY } from "../mercator.js";
import { FRAGMENT, VERTEX } from "./coverageshader.js";

const CORNERS = new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]);
const UNIFORMS = [
  "u_matrix",
  "u_size",
  "u_left",
  "u_right",
  "u_lookup",
  "u_split",
  "u_opacity",
  "u_pixel",
  "u_hatch",
  "u_hasEdges",
];
const LEFT = 0,
  RIGHT = 1,
  LOOKUP = 2;
const UNITS = /** @type {const} */ ([
  [LEFT, "u_left"],
  [RIGHT, "u_right"],
  [LOOKUP, "u_lookup"],
]);

/** @typedef {{pixels: Uint8Array, width: number, height: number, isColour: boolean}} Image */

export class CoverageLayer {
  constructor() {
    this.id = "coverage";
    this.type = "custom";
    this.renderingMode = "2d";
    /** @type {WebGLTexture[]} */
    this.textures = [];
    /** @type {Array<Image|null>} what is to be uploaded before the next frame */
    this.fresh = [null, null, null];
    /** @type {{split: number|null, opacity: number, hatch: number[], hasEdges: boolean}} */
    this.look = { split: null, opacity: 0.5, hatch: [0.5, 0.5, 0.5], hasEdges: false };
    this.isReady = false;
    this.hasRight = false;
    /** @type {(() => void)|null} */
    this.drawn = null;
    /** @type {Record<string, WebGLUniformLocation|null>} */
    this.at = {};
    this.anchor = [0, 0];
    this.size = [0, 0];
  }

  /** @param {MapLibre.Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this.map = map;
    const program = linkProgram(gl, VERTEX, FRAGMENT);
    this.program = program;
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.shape = gl.createVertexArray();
    gl.bindVertexArray(this.shape);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
    this.textures = [LEFT, RIGHT, LOOKUP].map(() => gl.createTexture());
  }

  /**
   * @param {import("./rasters.js").Raster|null} left @param {import("./rasters.js").Raster|null} right
   * @param {Uint8Array} lookup @param {number[][]} corners longitudes and latitudes: north-west, north-east,
   *   south-east, south-west
   */
  show(left, right, lookup, corners) {
    /** @param {import("./rasters.js").Raster|null} answer */
    const raster = (answer) =>
      answer && { pixels: answer.bytes, width: answer.columns, height: answer.rows, isColour: false };
    this.fresh = [raster(left), raster(right), { pixels: lookup, width: 256, height: 1, isColour: true }];
    [this.isReady, this.hasRight] = [Boolean(left), Boolean(right)];
    const [[west, north], , [east, south]] = corners;
    this.anchor = [mercatorX(west), mercatorY(north)];
    this.size = [mercatorX(east) - this.anchor[0], mercatorY(south) - this.anchor[1]];
  }

  clear() {
    this.isReady = false;
  }

  /** @param {WebGL2RenderingContext} gl @param {MapLibre.CustomRenderMethodInput} options */
  render(gl, options) {
    if (!this.isReady) return this.#told();
    for (const [unit, image] of this.fresh.entries()) if (image) this.#upload(gl, unit, image);
    this.fresh = [null, null, null];
    const { look, at } = this;
    const ratio = this.map?.getPixelRatio() ?? 1;
    gl.useProgram(this.program ?? null);
    gl.uniformMatrix4fv(
      at.u_matrix,
      false,
      new Float32Array(around(options.defaultProjectionData.mainMatrix, this.anchor)),
    );
    gl.uniform2fv(at.u_size, this.size);
    for (const [unit, name] of UNITS) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
      gl.uniform1i(at[name], unit);
    }
    gl.uniform1f(at.u_split, this.hasRight && look.split !== null ? look.split * gl.drawingBufferWidth : 1e9);
    gl.uniform1f(at.u_opacity, look.opacity);
    gl.uniform1f(at.u_pixel, ratio);
    gl.uniform3fv(at.u_hatch, look.hatch);
    gl.uniform1i(at.u_hasEdges, look.hasEdges ? 1 : 0);
    gl.bindVertexArray(this.shape ?? null);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
    this.#told();
  }

  /** Whoever waits for this frame hears of it once. */
  #told() {
    const { drawn } = this;
    this.drawn = null;
    drawn?.();
  }

  /** @param {WebGL2RenderingContext} gl @param {number} unit @param {Image} image */
  #upload(gl, unit, { pixels, width, height, isColour }) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    const [inside, outside] = isColour ? [gl.RGBA8, gl.RGBA] : [gl.R8, gl.RED];
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, outside, gl.UNSIGNED_BYTE, pixels);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST); // classes stay crisp
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  }
}
