import assert from "node:assert/strict";
import test from "node:test";
import { paintOf } from "../../../../static/airspace/map/basemap.js";
import { HEARD, LOST, STALE } from "../../../../static/airspace/tracking/state.js";
import { fits, isOffCentre, padded } from "../../../../static/airspace/map/view.js";

const DRONE = { state: "normal", link: HEARD, control: "met", isUnverified: false, isForeign: false };

test("a view asks for a tenth more on every side, and never past the world", () => {
  assert.deepEqual(padded([120, 30, 122, 31]), [119.8, 29.9, 122.2, 31.1]);
  assert.deepEqual(padded([-530, -88, 530, 88]), [-540, -89, 540, 89]);
});

test("a followed drone is off centre beyond 15 % of the view, either way", () => {
  const bounds = [120, 30, 122, 32];
  assert.equal(isOffCentre({ lat: 31.2, lon: 121.2 }, bounds), false);
  assert.equal(isOffCentre({ lat: 31, lon: 121.31 }, bounds), true);
  assert.equal(isOffCentre({ lat: 30.69, lon: 121 }, bounds), true);
});

test("without a filter everyone fits", () => {
  assert.equal(fits({ ...DRONE, isForeign: true }, ""), true);
});

test("abnormal is whoever warns, falls silent or is unverified, and never another's", () => {
  const kinds = [
    {},
    { state: "warning" },
    { state: "emergency" },
    { link: STALE },
    { isUnverified: true },
    { state: "warning", isForeign: true },
  ];
  assert.deepEqual(
    kinds.map((kind) => fits({ ...DRONE, ...kind }, "abnormal")),
    [false, true, true, true, true, false],
  );
});

test("links, registration and traffic are filters of their own, else the state counts", () => {
  const lost = { ...DRONE, link: LOST };
  assert.deepEqual([fits(lost, "lost"), fits(lost, "stale"), fits(lost, "normal")], [true, false, true]);
  assert.equal(fits({ ...DRONE, isUnverified: true }, "unverified"), true);
  assert.equal(fits({ ...DRONE, isForeign: true }, "traffic"), true);
  assert.equal(fits({ ...DRONE, isForeign: true }, "normal"), false);
});

test("a bad link is one below its need, or soon; only the former is abnormal, and what is unknown is neither", () => {
  const kinds = ["below", "gap_ahead", "unknown", "met"].map((control) => ({ ...DRONE, control }));
  assert.deepEqual(
    kinds.map((drone) => fits(drone, "badlink")),
    [true, true, false, false],
  );
  assert.deepEqual(
    kinds.map((drone) => fits(drone, "abnormal")),
    [true, false, false, false],
  );
});

test("a layer has the theme's colours, and one that is not of the basemap none", () => {
  assert.deepEqual(paintOf("road-2", { "road-2": "#123456" }), { "line-color": "#123456" });
  assert.deepEqual(paintOf("drones", {}), {});
});
