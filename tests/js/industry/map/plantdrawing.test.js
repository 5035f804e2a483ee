import assert from "node:assert/strict";
import test from "node:test";
import { PlantDrawing } from "../../../../static/industry/map/plantdrawing.js";
import { Plants } from "../../../../static/industry/map/plantstore.js";
import { callsOf, layPaper } from "../../paper.js";

const NOW = Date.parse("2026-06-01T12:00:00Z");
const FRESH = new Date(NOW - 1000).toISOString();
const NOBODY = { factory: "", vehicle: 0 };
const OUTLINE = [
  [-10, -10],
  [10, -10],
  [10, 10],
  [-10, 10],
  [-10, -10],
];
const AISLE = [
  [-5, 0],
  [5, 0],
];

const FACTORY = {
  slug: "works",
  name_en: "Works",
  lat_deg: 0,
  lon_deg: 0,
  levels: { normal: 1 },
  newest_reading_at: FRESH,
  stale_after_s: 15,
  plan: { outline_lon_lat_deg: [OUTLINE], aisles_lon_lat_deg: [AISLE] },
};
const DRIVING = {
  id: 7,
  factory: "works",
  serial: "agv-01",
  received_at: FRESH,
  lat_deg: 40,
  lon_deg: 60,
  heading_deg: 90,
  errors: [],
  is_driving: true,
  stale_after_s: 15,
  path_lon_lat_deg: [[70, 40]],
};
const NOWHERE = { ...DRIVING, id: 8, serial: "agv-02", lat_deg: null, lon_deg: null, heading_deg: null };

/** A map whose degrees are pixels, from the middle of 800 x 600. @param {number} zoom */
function stage(zoom) {
  layPaper({ major: "#ff9640", drone: "#7f93a6", planned: "#c9a0ff", unknown: "#93a3b3" });
  const map = {
    zoom,
    holder: () => ({ append() {} }),
    view: () => ({ zoom: map.zoom }),
    project: (/** @type {number} */ lon, /** @type {number} */ lat) => [400 + lon, 300 - lat],
    bearing: () => 0,
  };
  const plants = new Plants();
  plants.loadFactories([FACTORY], NOW);
  plants.loadVehicles([DRIVING, NOWHERE]);
  const drawing = new PlantDrawing(map, plants);
  Object.assign(drawing.canvas, { clientWidth: 800, clientHeight: 600 });
  drawing.show(true);
  const { pen } = /** @type {any} */ (drawing);
  return { drawing, pen, map };
}

const dashes = (/** @type {any} */ pen) =>
  callsOf(pen, "setLineDash")
    .map(([dash]) => dash)
    .filter((dash) => dash.length);

test("from afar a factory is a mark with its name, and vehicles are not drawn", () => {
  const { drawing, pen } = stage(11);
  drawing.draw(NOBODY, NOW, false);
  assert.deepEqual(callsOf(pen, "fillText"), [["Works", 400, 322]]);
  assert.equal(callsOf(pen, "fill").length, 1);
  assert.deepEqual([drawing.canvas.width, drawing.canvas.height], [800, 600]);
});

test("from near its plan is drawn, and of the vehicles those that know where they are, with their ways dashed", () => {
  const { drawing, pen } = stage(15);
  drawing.draw(NOBODY, NOW, false);
  assert.equal(callsOf(pen, "fill").length, 2); // a hall, a vehicle
  assert.deepEqual(dashes(pen), [
    [1, 3],
    [5, 4],
  ]);
  const points = callsOf(pen, "lineTo").map(([x, y]) => `${x},${y}`);
  assert.ok(points.includes("470,260"), "the way ends where the next stop is");
});

test("while nothing is heard a vehicle is dashed and has no way, for both may have changed", () => {
  const { drawing, pen } = stage(15);
  drawing.draw(NOBODY, NOW, true);
  assert.deepEqual(dashes(pen), [
    [1, 3],
    [2, 2],
  ]);
});

test("what is not shown is neither drawn nor found", () => {
  const { drawing, pen } = stage(15);
  drawing.show(false);
  drawing.draw(NOBODY, NOW, false);
  assert.equal(callsOf(pen, "clearRect").length, 0);
  assert.equal(drawing.pick({ x: 460, y: 260 }), null);
});

test("a click finds the vehicle, the mark, or the hall around it", () => {
  const { drawing, map } = stage(15);
  assert.deepEqual(drawing.pick({ x: 463, y: 258 }), { factory: "works", vehicle: 7 });
  assert.deepEqual(drawing.pick({ x: 402, y: 301 }), { factory: "works", vehicle: 0 });
  assert.equal(drawing.pick({ x: 600, y: 100 }), null);
  map.zoom = 11;
  assert.equal(drawing.pick({ x: 463, y: 258 }), null, "vehicles are not drawn from afar");
});

test("what is far out of sight costs nothing", () => {
  const { drawing, pen, map } = stage(15);
  map.project = () => [-5000, -5000];
  drawing.draw(NOBODY, NOW, false);
  assert.equal(callsOf(pen, "stroke").length, 0);
});
