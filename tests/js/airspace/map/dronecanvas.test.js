import assert from "node:assert/strict";
import test from "node:test";
import { DroneCanvas } from "../../../../static/airspace/map/dronecanvas.js";
import { DroneStore } from "../../../../static/airspace/tracking/state.js";
import { callsOf, layPaper, noting } from "../../paper.js";

const UNIT = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** @type {any} */
const SEEN = { defaultProjectionData: { mainMatrix: UNIT } };

/** @param {Record<string, any>} [more] */
function context(more = {}) {
  return noting({
    ...more,
    drawingBufferWidth: 1000,
    drawingBufferHeight: 500,
    getShaderParameter: () => true,
    getProgramParameter: () => true,
    isContextLost: () => false,
  });
}

/** A map, and the canvas of its drones. @param {{hasOwn?: boolean}} [how] whether a second WebGL is to be had */
function stage({ hasOwn = true } = {}) {
  const own = context();
  /** @type {Record<string, () => void>} */
  const heard = {};
  const canvas = {
    width: 0,
    height: 0,
    hidden: false,
    getContext: () => (hasOwn ? own : null),
    addEventListener: (/** @type {string} */ name, /** @type {() => void} */ call) => (heard[name] = call),
  };
  Object.assign(document, { createElement: () => canvas });
  const map = noting({
    getCanvas: () => ({ width: 1000, height: 500, clientWidth: 1000, clientHeight: 500 }),
    getCanvasContainer: () => ({ append() {} }),
    getZoom: () => 11,
    getPixelRatio: () => 1,
    getBearing: () => 0,
  });
  const store = new DroneStore(
    () => 0,
    () => 0,
  );
  store.reconcile([], new Map(), 0);
  Object.assign(store, { count: 3 });
  const drones = new DroneCanvas(store, { isStill: true });
  const maps = context();
  drones.onAdd(map, maps);
  return { drones, canvas, own, map, maps, heard };
}

/** @param {any} gl */
const drawn = (gl) => callsOf(gl, "drawArraysInstanced").length;

test("before the map is drawn there is nowhere to draw drones", () => {
  const { drones, own } = stage();
  drones.draw();
  assert.equal(drawn(own), 0);
});

test("drones are drawn with each of the map's pictures, and between them without the map", () => {
  const { drones, canvas, own, map, maps } = stage();
  drones.render(maps, SEEN);
  drones.draw();
  drones.draw();
  assert.equal(drawn(own), 3);
  assert.deepEqual([canvas.width, canvas.height], [1000, 500]);
  assert.equal(callsOf(own, "clear").length, 3);
  assert.deepEqual([drawn(maps), callsOf(map, "triggerRepaint").length], [0, 0]);
});

test("drones that are not shown cost nothing, and are there at once when they are", () => {
  const { drones, own, maps } = stage();
  drones.render(maps, SEEN);
  drones.show(false);
  drones.draw();
  assert.equal(drawn(own), 1);
  drones.show(true);
  assert.equal(drawn(own), 2);
});

test("without a second WebGL they are drawn in the map, which is then drawn anew", () => {
  const { drones, map, maps } = stage({ hasOwn: false });
  drones.render(maps, SEEN);
  assert.equal(drawn(maps), 1);
  drones.draw();
  assert.equal(callsOf(map, "triggerRepaint").length, 1);
});

test("where WebGL is drawn by software no second one is asked for: drones are drawn by pen, in the map's turns and between", () => {
  const { map } = stage();
  layPaper(); // the canvas of the drones has a pen
  const store = new DroneStore(
    () => 0,
    () => 0,
  );
  const drones = new DroneCanvas(store, { isStill: true });
  /** @type {any} */
  const maps = context({
    getExtension: () => ({ UNMASKED_RENDERER_WEBGL: 1 }),
    getParameter: () => "ANGLE (SwiftShader)",
  });
  drones.onAdd(map, maps);
  assert.equal(drones.gl, null);
  drones.render(maps, SEEN);
  drones.draw();
  assert.equal(callsOf(/** @type {any} */ (drones.canvas).pen, "clearRect").length, 2);
  assert.deepEqual([drawn(maps), callsOf(map, "triggerRepaint").length], [0, 0]);
});

test("a WebGL that was lost is set up again when it is back", () => {
  const { drones, own, maps, heard } = stage();
  drones.render(maps, SEEN);
  const before = callsOf(own, "createProgram").length;
  heard.webglcontextrestored();
  assert.equal(callsOf(own, "createProgram").length, before + 1);
  assert.equal(drawn(own), 2);
});
