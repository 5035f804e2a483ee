import assert from "node:assert/strict";
import test from "node:test";
import { CoverageLayer } from "../../../../static/network/layers/coveragelayer.js";
import { mercatorX, mercatorY } from "../../../../static/network/mercator.js";
import { callsOf, noting } from "../../paper.js";

const CORNERS = [
  [121, 32],
  [122, 32],
  [122, 31],
  [121, 31],
];
const UNIT = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const LOOKUP = new Uint8Array(1024);
const raster = (/** @type {number} */ byte) => ({ bytes: Uint8Array.of(byte, byte), rows: 1, columns: 2, version: "" });
/** @type {any} */
const SEEN = { defaultProjectionData: { mainMatrix: UNIT } };

function stage() {
  const gl = noting({
    drawingBufferWidth: 1000,
    createTexture: () => ({}),
    getShaderParameter: () => true,
    getProgramParameter: () => true,
    getUniformLocation: (/** @type {unknown} */ _, /** @type {string} */ name) => name,
  });
  const layer = new CoverageLayer();
  layer.onAdd(/** @type {any} */ ({ getPixelRatio: () => 2 }), gl);
  const uniform = (/** @type {string} */ name) =>
    gl.calls.findLast(([call, at]) => call.startsWith("uniform") && at === name)?.at(-1);
  return { gl, layer, uniform };
}

test("without a raster nothing is drawn, and who waits for the frame hears of it", () => {
  const { gl, layer } = stage();
  let count = 0;
  layer.drawn = () => count++;
  layer.render(gl, SEEN);
  layer.render(gl, SEEN);
  assert.deepEqual([callsOf(gl, "drawArrays").length, count], [0, 1]);
});

test("a raster lies between its corners", () => {
  const { gl, layer, uniform } = stage();
  layer.show(raster(1), null, LOOKUP, CORNERS);
  assert.deepEqual(layer.anchor, [mercatorX(121), mercatorY(32)]);
  layer.render(gl, SEEN);
  const [width, height] = uniform("u_size");
  assert.deepEqual([width, height], [mercatorX(122) - mercatorX(121), mercatorY(31) - mercatorY(32)]);
  assert.equal(height > 0, true); // y goes down
  const matrix = callsOf(gl, "uniformMatrix4fv")[0][2];
  assert.deepEqual([matrix[12], matrix[13]], [Math.fround(mercatorX(121)), Math.fround(mercatorY(32))]);
});

test("what is shown is uploaded once: bytes as they are, colours as colours", () => {
  const { gl, layer } = stage();
  layer.show(raster(1), raster(2), LOOKUP, CORNERS);
  layer.render(gl, SEEN);
  layer.render(gl, SEEN);
  const uploads = callsOf(gl, "texImage2D").map(([, , inside, width, height, , , , pixels]) => [
    inside,
    width,
    height,
    pixels[0],
  ]);
  assert.deepEqual(uploads, [
    ["R8", 2, 1, 1],
    ["R8", 2, 1, 2],
    ["RGBA8", 256, 1, 0],
  ]);
  assert.equal(callsOf(gl, "drawArrays").length, 2);
});

test("the divider is where it is wanted of the width, and beyond it all where there is nothing to divide", () => {
  const { gl, layer, uniform } = stage();
  layer.look = { split: 0.25, opacity: 0.4, hatch: [0, 0, 1], hasEdges: true };
  layer.show(raster(1), raster(2), LOOKUP, CORNERS);
  layer.render(gl, SEEN);
  assert.deepEqual([uniform("u_split"), uniform("u_opacity"), uniform("u_hasEdges")], [250, 0.4, 1]);
  assert.deepEqual([uniform("u_hatch"), uniform("u_pixel")], [[0, 0, 1], 2]);
  layer.show(raster(1), null, LOOKUP, CORNERS);
  layer.render(gl, SEEN);
  assert.equal(uniform("u_split"), 1e9);
});

test("what is cleared is drawn no more until something is shown again", () => {
  const { gl, layer } = stage();
  layer.show(raster(1), null, LOOKUP, CORNERS);
  layer.clear();
  layer.render(gl, SEEN);
  assert.equal(callsOf(gl, "drawArrays").length, 0);
  layer.show(raster(1), null, LOOKUP, CORNERS);
  layer.render(gl, SEEN);
  assert.equal(callsOf(gl, "drawArrays").length, 1);
});
