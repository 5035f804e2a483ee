import assert from "node:assert/strict";
import test from "node:test";
import {
  ageOf,
  factoryState,
  hasPlace,
  Plants,
  vehicleState,
  wayOf,
} from "../../../../static/industry/map/plantstore.js";
import { vehicleLook } from "../../../../static/industry/map/plantwords.js";

const NOW = Date.parse("2026-06-01T12:00:00Z");
const ago = (/** @type {number} */ seconds) => new Date(NOW - seconds * 1000).toISOString();

/** @param {Record<string, any>} [more] */
const vehicle = (more = {}) => ({
  id: 1,
  factory: "works",
  serial: "agv-01",
  received_at: ago(1),
  lat_deg: 29,
  lon_deg: 123,
  errors: [],
  is_driving: true,
  stale_after_s: 15,
  path_lon_lat_deg: [],
  ...more,
});
const error = (/** @type {string} */ level) => ({ errors: [{ type: "x", level }] });

test("a vehicle is as it reported itself, as long as that is fresh", () => {
  const states = [
    {},
    { is_driving: false },
    error("WARNING"),
    error("URGENT"),
    error("CRITICAL"),
    error("FATAL"),
    { received_at: ago(16) },
    { received_at: ago(16), ...error("WARNING") },
    { received_at: ago(16), ...error("FATAL") },
    { received_at: ago(61) },
    { received_at: ago(61), ...error("FATAL") },
  ].map((more) => vehicleState(vehicle(more), NOW, false));
  assert.deepEqual(states, [
    "driving",
    "standing",
    "warning",
    "fault",
    "fault",
    "fault",
    "stale",
    "stale",
    "fault",
    "unknown",
    "unknown",
  ]);
});

test("while nothing is heard every vehicle and factory is unknown", () => {
  assert.equal(vehicleState(vehicle(error("FATAL")), NOW, true), "unknown");
  const factory = { levels: { high: 1 }, newest_reading_at: ago(1), stale_after_s: 15 };
  assert.equal(factoryState(factory, NOW, NOW, true), "unknown");
});

test("an age is never negative, whatever the clocks say", () => {
  assert.equal(ageOf(vehicle({ received_at: ago(-5) }), NOW), 0);
  assert.equal(ageOf(vehicle({ received_at: ago(7) }), NOW), 7);
});

test("a factory is as its gravest machine, and old readings say nothing of now", () => {
  const at = { newest_reading_at: ago(3), stale_after_s: 15 };
  /** @param {Record<string, number>} levels */
  const state = (levels) => factoryState({ ...at, levels }, NOW, NOW, false);
  assert.deepEqual([{ normal: 3, high: 1 }, { normal: 3, elevated: 1 }, { normal: 3 }, { unknown: 2 }, {}].map(state), [
    "high",
    "elevated",
    "normal",
    "unknown",
    "unknown",
  ]);
  assert.equal(state({ normal: 3, unknown: 1 }), "unknown", "the one of which nothing is known may be worse");
  const levels = { normal: 1 };
  assert.equal(factoryState({ ...at, levels, newest_reading_at: ago(16) }, NOW, NOW, false), "stale");
  assert.equal(factoryState({ ...at, levels, newest_reading_at: null }, NOW, NOW, false), "unknown");
  assert.equal(factoryState({ ...at, levels }, NOW - 61_000, NOW, false), "unknown", "the list is not read any more");
});

test("what was heard since the list was asked for stays, what is gone goes", () => {
  const plants = new Plants();
  plants.loadVehicles([vehicle(), vehicle({ id: 2, serial: "agv-02" })]);
  assert.equal(plants.hear({ topic: "vehicles", vehicles: [vehicle({ received_at: ago(0), lat_deg: 30 })] }), true);
  assert.equal(plants.hear({ topic: "drones", vehicles: [] }), false);
  plants.loadVehicles([vehicle({ received_at: ago(2) })]);
  assert.deepEqual([...plants.vehicles.keys()], [1]);
  assert.equal(plants.vehicles.get(1).lat_deg, 30);
  plants.hear({ topic: "vehicles", vehicles: [vehicle({ received_at: ago(9), lat_deg: 10 })] });
  assert.equal(plants.vehicles.get(1).lat_deg, 30);
});

test("a vehicle goes when it is deleted, and with its factory", () => {
  const plants = new Plants();
  plants.loadVehicles([vehicle(), vehicle({ id: 2 }), vehicle({ id: 3, factory: "mills" })]);
  const removed = { topic: "vehicles", type: "VehicleRemoved", factory: "works", vehicle: 2 };
  assert.deepEqual([plants.hear(removed), plants.hear(removed)], [true, false]);
  assert.deepEqual([...plants.vehicles.keys()], [1, 3]);
  plants.loadFactories([{ slug: "mills" }], NOW);
  assert.deepEqual([...plants.vehicles.keys()], [3]);
});

test("in a list only a vehicle that is heard of, and well, looks so", () => {
  const looks = ["fault", "warning", "unknown", "stale", "standing", "driving"].map(vehicleLook);
  assert.deepEqual(looks, ["bad", "bad", "unknown", "unknown", "good", "good"]);
});

test("the vehicles of a factory come the gravest first, equals in the order of their numbers", () => {
  const plants = new Plants();
  plants.loadVehicles([
    vehicle({ id: 1, serial: "agv-10" }),
    vehicle({ id: 2, serial: "agv-9" }),
    vehicle({ id: 3, serial: "agv-1", ...error("FATAL") }),
    vehicle({ id: 4, serial: "agv-2", factory: "other" }),
    vehicle({ id: 5, serial: "agv-3", received_at: ago(70) }),
  ]);
  const order = plants.vehiclesOf("works", NOW, false).map(({ serial }) => serial);
  assert.deepEqual(order, ["agv-1", "agv-3", "agv-9", "agv-10"]);
});

test("a way begins where the vehicle is; without a place there is none", () => {
  const path = { path_lon_lat_deg: [[124, 30]] };
  assert.deepEqual(wayOf(vehicle(path)), [
    [123, 29],
    [124, 30],
  ]);
  assert.deepEqual(wayOf(vehicle()), []);
  assert.deepEqual(wayOf(vehicle({ ...path, lat_deg: null })), []);
  assert.deepEqual([hasPlace(vehicle()), hasPlace(vehicle({ lon_deg: null }))], [true, false]);
});
