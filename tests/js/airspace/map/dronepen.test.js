import assert from "node:assert/strict";
import test from "node:test";
import { DronePen, isSoftware, lookOf } from "../../../../static/airspace/map/dronepen.js";
import { callsOf, layPaper, noting } from "../../paper.js";

const SIZE = { width: 200, height: 100, ratio: 2, bearing: 0 };
const NORMAL = 0;
const EMERGENCY = 2;
const LOST = 2 << 4;
const UNSEEN = 3 << 4;
const [SELECTED, NO_TRACK, BELOW] = [64, 128, 256];

/** @param {{at: [number, number, number], code?: number, track?: number}[]} drones in pixels, as the layer finds them */
function drawn(drones, bearing = 0) {
  layPaper();
  const canvas = /** @type {any} */ (document.createElement("canvas"));
  /** @type {any} */
  const layer = {
    store: { count: drones.length },
    filter: null,
    colours: new Float32Array(21).fill(1),
    halo: [0, 0, 0],
    sizePx: () => 11.5,
    project: (/** @type {number} */ slot) => drones[slot].at,
    codeOf: (/** @type {number} */ slot) => drones[slot].code ?? NORMAL,
    trackOf: (/** @type {number} */ slot) => drones[slot].track ?? 0,
  };
  new DronePen(canvas, layer).draw({ ...SIZE, bearing });
  return canvas.pen;
}

test("WebGL is known to be drawn by software by what it calls its renderer", () => {
  const gl = (/** @type {string} */ name, /** @type {any} */ info = { UNMASKED_RENDERER_WEBGL: 37446 }) =>
    noting({ getExtension: () => info, getParameter: () => name });
  const names = ["ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))", "llvmpipe (LLVM 15)", "ANGLE (NVIDIA GeForce)"];
  assert.deepEqual(
    names.map((name) => isSoftware(gl(name))),
    [true, true, false],
  );
  assert.equal(isSoftware(gl("WebKit WebGL", null)), false);
});

test("an arrow points where its drone flies, seen from where the map looks", () => {
  const front = (/** @type {any} */ pen) => callsOf(pen, "moveTo")[0].map((/** @type {number} */ px) => Math.round(px));
  assert.deepEqual(front(drawn([{ at: [50, 50, 1] }])), [50, 41]);
  assert.deepEqual(front(drawn([{ at: [50, 50, 1], track: Math.PI / 2 }])), [59, 50]);
  assert.deepEqual(front(drawn([{ at: [50, 50, 1], track: Math.PI / 2 }], 90)), [50, 41]);
});

test("drones that look the same are one path, however many", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ at: /** @type {any} */ ([index % 200, 50, 1]) }));
  const pen = drawn(many);
  assert.deepEqual([callsOf(pen, "moveTo").length, callsOf(pen, "fill").length], [500, 1]);
  assert.deepEqual(callsOf(pen, "setTransform"), [[2, 0, 0, 2, 0, 0]]);
});

test("what is out of sight or behind the eye is not drawn", () => {
  const pen = drawn([{ at: [-40, 50, 1] }, { at: [50, 140, 1] }, { at: [50, 50, -1] }]);
  assert.equal(callsOf(pen, "fill").length, 0);
});

test("a lost drone is a circle with a cross, one without a track or on the ground a dot, the selected has a ring", () => {
  assert.deepEqual(
    [LOST, NO_TRACK, 3, SELECTED].map((code) => {
      const pen = drawn([{ at: [50, 50, 1], code }]);
      return [callsOf(pen, "arc").length, callsOf(pen, "lineTo").length];
    }),
    [
      [1, 2],
      [1, 0],
      [1, 0],
      [1, 3],
    ],
  );
});

test("a control link below its need is a bar across the tail, in the colour of what is lost", () => {
  const pen = drawn([{ at: [50, 50, 1], code: BELOW }]);
  const bar = callsOf(pen, "lineTo").slice(-2);
  assert.ok(bar.every(([, y]) => y > 60) && bar[0][0] < 50 && bar[1][0] > 50);
  assert.deepEqual([lookOf(BELOW).ink, lookOf(BELOW | EMERGENCY).ink], [4, EMERGENCY]);
});

test("what is not seen any more is hollow and faint, whatever it was, and never in front", () => {
  assert.deepEqual(lookOf(EMERGENCY | UNSEEN), { ink: 6, isHollow: true, isFaint: true, rank: 0 });
  assert.deepEqual(lookOf(EMERGENCY), { ink: EMERGENCY, isHollow: false, isFaint: false, rank: 1 });
  assert.deepEqual(lookOf(LOST), { ink: 4, isHollow: true, isFaint: false, rank: 1 });
});
