/** Coverage on MapLibre: a layer of its own, so that dragging the divider or a slider costs a repaint and no more. */
import { around, linkProgram } from "../gl.js";
import { mercatorX, mercatorY } from "../mercator.js";
import { FRAGMENT, VERTEX } from "./coverageshader.js";

const CORNERS = new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]);
const UNIFORMS = ["u_matrix", "u_size", "u_left", "u_right", "u_lookup", "u_split", "u_opacity", "u_pixel", "u_hatch", "u_hasEdges"];
const LEFT = 0, RIGHT = 1, LOOKUP = 2;

export class CoverageLayer {
  constructor() {
    this.id = "coverage";
    this.type = "custom";
    this.renderingMode = "2d";
    this.textures = [];
    /** @type {Array<{pixels: Uint8Array, width: number, height: number, isColour: boolean}|null>} what is to be uploaded before the next frame */
    this.fresh = [null, null, null];
    this.look = { split: null, opacity: 0.5, hatch: [0.5, 0.5, 0.5], hasEdges: false };
    this.isReady = false;
    this.hasRight = false;
    this.drawn = null;
  }

  onAdd(map, gl) {
    this.map = map;
    this.program = linkProgram(gl, VERTEX, FRAGMENT);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]));
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
   * @param {Uint8Array} lookup @param {number[][]} corners longitudes and latitudes: north-west, north-east, south-east, south-west
   */
  show(left, right, lookup, corners) {
    const raster = (one) => one && { pixels: one.bytes, width: one.columns, height: one.rows, isColour: false };
    this.fresh = [raster(left), raster(right), { pixels: lookup, width: 256, height: 1, isColour: true }];
    [this.isReady, this.hasRight] = [Boolean(left), Boolean(right)];
    const [[west, north], , [east, south]] = corners;
    this.anchor = [mercatorX(west), mercatorY(north)];
    this.size = [mercatorX(east) - this.anchor[0], mercatorY(south) - this.anchor[1]];
  }

  clear() {
    this.isReady = false;
  }

  render(gl, options) {
    if (!this.isReady) return this.#told();
    this.fresh.forEach((image, unit) => image && this.#upload(gl, unit, image));
    this.fresh = [null, null, null];
    const { look, at } = this;
    const ratio = this.map.getPixelRatio();
    gl.useProgram(this.program);
    gl.uniformMatrix4fv(at.u_matrix, false, new Float32Array(around(options.defaultProjectionData.mainMatrix, this.anchor)));
    gl.uniform2fv(at.u_size, this.size);
    for (const [unit, name] of [[LEFT, "u_left"], [RIGHT, "u_right"], [LOOKUP, "u_lookup"]]) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
      gl.uniform1i(at[name], unit);
    }
    gl.uniform1f(at.u_split, this.hasRight && look.split !== null ? look.split * gl.drawingBufferWidth : 1e9);
    gl.uniform1f(at.u_opacity, look.opacity);
    gl.uniform1f(at.u_pixel, ratio);
    gl.uniform3fv(at.u_hatch, look.hatch);
    gl.uniform1i(at.u_hasEdges, look.hasEdges ? 1 : 0);
    gl.bindVertexArray(this.shape);
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

  #upload(gl, unit, { pixels, width, height, isColour }) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    const [inside, outside] = isColour ? [gl.RGBA8, gl.RGBA] : [gl.R8, gl.RED];
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, outside, gl.UNSIGNED_BYTE, pixels);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST); // classes stay crisp
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  }
}
