import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { GlNetwork } from "../../../../static/network/layers/glnetwork.js";
import { LAYER_IDS, layersOf, SOURCES } from "../../../../static/network/layers/glstyle.js";
import { callsOf, layPaper, noting } from "../../paper.js";

layPaper({ unknown: "#0000ff" });
Object.assign(globalThis, {
  requestAnimationFrame: (/** @type {() => void} */ run) => run(),
  ImageData: class {
    constructor(/** @type {number} */ width, /** @type {number} */ height) {
      this.data = new Uint8ClampedArray(width * height * 4);
    }
  },
});

const raster = (/** @type {number[]} */ ...bytes) => ({
  bytes: Uint8Array.from(bytes),
  rows: 1,
  columns: bytes.length,
  version: "",
});
const CORNERS = [
  [121, 32],
  [122, 32],
  [122, 31],
  [121, 31],
];
const LOOKUP = new Uint8Array(1024).fill(200);
LOOKUP.fill(0, 0, 4);
const shown = (/** @type {any} */ left, /** @type {any} */ right = null) => ({
  left,
  right,
  lookup: LOOKUP,
  corners: CORNERS,
});

function stage({ pitch = 0 } = {}) {
  const sources = new Map();
  const map = noting({
    getPitch: () => pitch,
    getBearing: () => 0,
    getCanvasContainer: () => ({ append() {} }),
    project: ([lon, lat]) => ({ x: (lon - 121) * 100, y: (32 - lat) * 50 }),
    getSource: (/** @type {string} */ id) => sources.get(id),
    addSource: (/** @type {string} */ id) => sources.set(id, noting()),
  });
  const network = new GlNetwork({ map });
  const opacity = () =>
    callsOf(map, "setPaintProperty")
      .filter(([id]) => id === "building")
      .at(-1)?.[2];
  return { map, network, opacity, sources };
}

test("every source and layer is on the map, coverage below the roads, each layer once", () => {
  const { map, network } = stage();
  assert.deepEqual(
    callsOf(map, "addSource").map(([id]) => id),
    SOURCES,
  );
  const [[coverage, under], ...layers] = callsOf(map, "addLayer");
  assert.deepEqual([coverage, under], [network.coverage, "road-3"]);
  const ids = layers.map(([{ id }]) => id);
  assert.deepEqual([ids.length, new Set(ids).size], [layersOf("rate").length, ids.length]);
  assert.equal(
    layers.every(([{ source }]) => SOURCES.includes(source)),
    true,
  );
  assert.equal(
    Object.values(LAYER_IDS)
      .flat()
      .every((id) => ids.includes(id)),
    true,
  );
});

test("while coverage is seen the buildings stand back", () => {
  const { network, opacity } = stage();
  network.showCoverage(shown(raster(1)));
  assert.deepEqual([network.coverage.isReady, opacity()], [true, 0.3]);
  network.showCoverage(null);
  assert.deepEqual([network.coverage.isReady, opacity()], [false, 0.75]);
});

test("of a trial the cells that differ are shown at once, the whole map once the slider rests", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { network } = stage();
  network.showCoverage(shown(raster(1, 0)));
  let isDone = false;
  const trial = shown(raster(1, 7));
  network.showTrial(trial, () => (isDone = true));
  assert.deepEqual([isDone, network.quick.canvas.hidden, network.shown === trial], [true, false, false]);
  const cells = new Uint32Array(callsOf(network.quick.canvas.pen, "putImageData")[0][0].data.buffer);
  assert.deepEqual([cells[0] === 0, cells[1] === 0], [true, false]);
  mock.timers.tick(350);
  assert.equal(network.shown, trial);
  network.coverage.drawn?.();
  assert.equal(network.quick.canvas.hidden, true);
  mock.timers.reset();
});

test("the quick picture lies over the map where the raster does", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { network } = stage();
  network.showCoverage(shown(raster(1)));
  network.showTrial(shown(raster(2)), () => {});
  assert.deepEqual(network.quick.canvas.style, { left: "0px", top: "0px", width: "100px", height: "50px" });
  mock.timers.reset();
});

test("a trial is drawn whole where it is divided, the map is tilted, or nothing is shown yet", () => {
  for (const [pitch, before, right] of [
    [0, null, null],
    [40, shown(raster(1)), null],
    [0, shown(raster(1)), raster(3)],
  ]) {
    const { network } = stage({ pitch: Number(pitch) });
    if (before) network.showCoverage(/** @type {any} */ (before));
    const trial = shown(raster(2), right);
    let done = 0;
    network.showTrial(trial, () => done++);
    assert.deepEqual([network.shown === trial, done], [true, 0]);
    network.coverage.drawn?.(); // the frame in which it is seen
    assert.equal(done, 1);
  }
});

test("who moves the map meanwhile sees the trial whole", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { map, network } = stage();
  network.showCoverage(shown(raster(1)));
  const trial = shown(raster(2));
  network.showTrial(trial, () => {});
  callsOf(map, "on").find(([name]) => name === "movestart")?.[1]();
  assert.deepEqual([network.shown === trial, network.waiting], [true, null]);
  mock.timers.reset();
});

test("features go into their source, and a layer is shown with all that it is drawn of", () => {
  const { map, network, sources } = stage();
  network.show("links", { features: [] });
  assert.deepEqual(callsOf(sources.get("net-links"), "setData"), [[{ features: [] }]]);
  network.setShown("circles", true);
  network.setShown("roads", true); // not one of ours
  assert.deepEqual(
    callsOf(map, "setLayoutProperty"),
    LAYER_IDS.circles.map((id) => [id, "visibility", "visible"]),
  );
});

test("links are painted by rate or load, and everything by the theme", () => {
  const { map, network } = stage();
  const paintOf = () =>
    callsOf(map, "setPaintProperty")
      .filter(([id, name]) => id === "net-links" && name === "line-color")
      .at(-1)?.[2][1][1];
  assert.equal(paintOf(), "rate");
  network.paintLinksBy("load");
  assert.equal(paintOf(), "load");
  network.useTheme();
  assert.deepEqual([paintOf(), network.coverage.look.hatch], ["load", [0, 0, 1]]);
});

test("how coverage looks changes in part", () => {
  const { network } = stage();
  network.look({ split: 0.3 });
  network.look({ opacity: 0.9 });
  assert.deepEqual([network.coverage.look.split, network.coverage.look.opacity], [0.3, 0.9]);
});
