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

/** @param {{at: [number, number, number], code?: number, track?: number}[]} drones in pixels, as the layer has them */
function drawn(drones, bearing = 0) {
  layPaper();
  const canvas = /** @type {any} */ (document.createElement("canvas"));
  /** @type {any[]} */
  const sprites = [];
  const create = document.createElement;
  Object.assign(document, { createElement: (/** @type {string} */ name) => sprites[sprites.push(create(name)) - 1] });
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
  return { stamps: callsOf(canvas.pen, "drawImage"), pens: sprites.map(({ pen }) => pen), sprites };
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
  const front = (/** @type {any} */ { pens, sprites }) => {
    const [[x, y]] = callsOf(pens[0], "lineTo");
    const middle = sprites[0].width / 2;
    return [Math.round(x - middle), Math.round(y - middle)];
  };
  assert.deepEqual(front(drawn([{ at: [50, 50, 1] }])), [0, -17]);
  assert.deepEqual(front(drawn([{ at: [50, 50, 1], track: Math.PI / 2 }])), [17, 0]);
  assert.deepEqual(front(drawn([{ at: [50, 50, 1], track: Math.PI / 2 }], 90)), [0, -17]);
});

test("a drone is drawn once for all that look like it, and put where each of them is", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ at: /** @type {any} */ ([index % 200, 50, 1]) }));
  const { stamps, sprites } = drawn(many);
  assert.deepEqual([stamps.length, sprites.length], [500, 1]);
  const [sprite, x, y] = stamps[7];
  assert.deepEqual([x + sprite.width / 2, y + sprite.height / 2], [14, 100], "in pixels of the screen");
});

test("what asks for attention lies over what does not", () => {
  const { stamps } = drawn([{ at: [10, 50, 1], code: EMERGENCY }, { at: [20, 50, 1] }]);
  assert.deepEqual(
    stamps.map(([sprite, x]) => x + sprite.width / 2),
    [40, 20],
  );
});

test("what is out of sight or behind the eye is not drawn", () => {
  assert.equal(drawn([{ at: [-40, 50, 1] }, { at: [50, 140, 1] }, { at: [50, 50, -1] }]).stamps.length, 0);
});

test("a lost drone is a circle with a cross, one without a track or on the ground a dot, the selected has a ring", () => {
  assert.deepEqual(
    [LOST, NO_TRACK, 3, SELECTED].map((code) => {
      const [pen] = drawn([{ at: [50, 50, 1], code }]).pens;
      return [callsOf(pen, "arc").length, callsOf(pen, "lineTo").length];
    }),
    [
      [1, 2],
      [1, 0],
      [1, 0],
      [1, 4],
    ],
  );
});

test("a control link below its need is a bar across the tail, in the colour of what is lost", () => {
  const { pens, sprites } = drawn([{ at: [50, 50, 1], code: BELOW }]);
  const middle = sprites[0].width / 2;
  const bar = callsOf(pens[0], "lineTo").slice(-2);
  assert.ok(bar.every(([, y]) => y > middle + 20 && y < 2 * middle) && bar[0][0] < middle && bar[1][0] > middle);
  assert.deepEqual([lookOf(BELOW).ink, lookOf(BELOW | EMERGENCY).ink], [4, EMERGENCY]);
});

test("what is not seen any more is hollow and faint, whatever it was", () => {
  assert.deepEqual(lookOf(EMERGENCY | UNSEEN), { ink: 6, isHollow: true, isFaint: true });
  assert.deepEqual(lookOf(EMERGENCY), { ink: EMERGENCY, isHollow: false, isFaint: false });
  assert.deepEqual(lookOf(LOST), { ink: 4, isHollow: true, isFaint: false });
});
