import assert from "node:assert/strict";
import test from "node:test";
import { PlantReading } from "../../../../static/industry/map/plantreading.js";
import { Plants } from "../../../../static/industry/map/plantstore.js";
import { serve } from "../../server.js";

const ROWS = {
  factories: [{ slug: "works", levels: {} }],
  vehicles: [{ id: 1, factory: "works", serial: "agv-01", received_at: "2026-06-01T12:00:00Z" }],
};

/** @param {import("node:test").TestContext} t @param {{isAway?: boolean}} [server] */
async function stage(t, server = {}) {
  const asked = await serve(t, ({ url }) => {
    if (server.isAway) return { status: 503 };
    const results = url.startsWith("/api/v1/vehicles") ? ROWS.vehicles : ROWS.factories;
    return { body: { results, count: results.length }, headers: { "Content-Type": "application/json" } };
  });
  const clock = { nowMs: 1000 };
  const plants = new Plants();
  return { plants, clock, reading: new PlantReading(plants, () => clock.nowMs), lists: () => asked.map(listOf).sort() };
}

const listOf = (/** @type {{url: string}} */ { url }) => url.split("?")[0].replace("/api/v1/", "");

test("vehicles are read once, for they are told of, and again when the line was broken", async (t) => {
  const { plants, reading, lists } = await stage(t);
  await reading.read();
  assert.equal(plants.vehicles.get(1).serial, "agv-01");
  await reading.read();
  assert.deepEqual(lists(), ["factories", "factories", "vehicles"]);
  reading.missed();
  await reading.read();
  assert.deepEqual(lists(), ["factories", "factories", "factories", "vehicles", "vehicles"]);
});

test("vehicles that could not be read are read the next time, and what is shown grows no younger", async (t) => {
  const server = { isAway: true };
  const { plants, reading, clock, lists } = await stage(t, server);
  await assert.rejects(reading.read());
  assert.equal(plants.readMs, 0);
  Object.assign(server, { isAway: false });
  clock.nowMs = 2000;
  await reading.read();
  assert.deepEqual(lists(), ["factories", "factories", "vehicles", "vehicles"]);
  assert.deepEqual([plants.readMs, plants.vehicles.size], [2000, 1]);
});

test("factories are as old as the question for them, not as its answer", async (t) => {
  const { plants, reading, clock } = await stage(t);
  const answer = reading.read();
  clock.nowMs = 61_000;
  await answer;
  assert.equal(plants.readMs, 1000);
});
