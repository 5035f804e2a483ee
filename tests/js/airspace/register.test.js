/** What the register is asked of single drones and of sites. */
import assert from "node:assert/strict";
import test from "node:test";
import { Doubts } from "../../../static/airspace/tracking/doubts.js";
import { Sites } from "../../../static/airspace/map/sites.js";
import { DroneStore } from "../../../static/airspace/tracking/state.js";
import { noneIfMissing, readDrone } from "../../../static/airspace/tracking/traffic.js";
import { serve } from "../server.js";
import { frameOf } from "./frames.js";

const PLACE = { id: 7, lat_deg: 31, lon_deg: 121, at: "2026-06-01T12:00:00Z" };

test("one's own drone comes with all that is known of it", async (t) => {
  const asked = await serve(t, () => ({ body: { id: 7, serial: "S7" } }));
  assert.deepEqual(await readDrone(7), { id: 7, serial: "S7" });
  assert.equal(asked.length, 1);
});

test("another's drone is its number and its place", async (t) => {
  const asked = await serve(t, ({ url }) =>
    url.includes("/traffic") ? { body: { results: [PLACE] } } : { status: 404 },
  );
  assert.deepEqual(await readDrone(7), { id: 7, isForeign: true, last_position: PLACE });
  assert.deepEqual(await readDrone(7, true), { id: 7, isForeign: true, last_position: PLACE });
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["/api/v1/drones/7", "/api/v1/traffic?id=7", "/api/v1/traffic?id=7"],
  );
});

test("who is in no list is not known", async (t) => {
  await serve(t, () => ({ body: { results: [] } }));
  await assert.rejects(readDrone(7, true), { name: "Problem", status: 404 });
});

test("only what is missing counts as none", () => {
  assert.equal(noneIfMissing({ status: 404 }), null);
  assert.throws(() => noneIfMissing(Object.assign(new Error("no"), { status: 500 })), /no/);
});

/** A store with drones 1 and 2, and doubts of both since the line was opened again. */
function doubted() {
  const clock = { ms: 1_000_000 };
  const store = new DroneStore(
    () => clock.ms,
    () => clock.ms,
  );
  store.apply(frameOf({ timeMs: clock.ms }, [{ id: 1 }, { id: 2 }]));
  const doubts = new Doubts(store);
  clock.ms += 1000;
  doubts.begin();
  return { clock, store, doubts };
}

test("whoever is told of no more is asked after, and goes when the register does not know them", async (t) => {
  const asked = await serve(t, () => ({
    body: { results: [{ ...PLACE, id: 1, at: new Date(1_001_000).toISOString() }] },
  }));
  const { clock, store, doubts } = doubted();
  await doubts.settle();
  assert.equal(asked.length, 0, "within five seconds the line itself may tell of everyone");
  clock.ms += 5001;
  await doubts.settle();
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["/api/v1/traffic?id=1,2&limit=100"],
  );
  assert.deepEqual([...store.slots.keys()], [1]);
});

test("when the register does not answer, they stay and are asked after again", async (t) => {
  const asked = await serve(t, () => ({ status: 500 }));
  const { clock, store, doubts } = doubted();
  clock.ms += 5001;
  await doubts.settle();
  await doubts.settle();
  assert.deepEqual([asked.length, store.count], [1, 2]);
  clock.ms += 5001;
  await doubts.settle();
  assert.equal(asked.length, 2);
});

const SITE = {
  slug: "harbour",
  name_en: "Harbour",
  name_zh: "港",
  lat_deg: 31,
  lon_deg: 121,
  state: "met",
  measured_at: "2026-06-01T12:00:00Z",
  answered_at: "2026-06-01T12:00:00Z",
  stale_after_s: 30,
  packets: 10,
  lost: 0,
  rtt_ms: 1,
};

test("sites are drawn when a state changed, also by its age alone, and not again and again", () => {
  const sites = new Sites();
  sites.load([SITE]);
  /** @type {any[]} */
  const drawn = [];
  const map = { showSites: (/** @type {any} */ shown) => drawn.push(shown.features[0].properties.state) };
  const nowMs = Date.parse(SITE.measured_at);
  for (const laterMs of [1000, 2000, 31_000, 32_000]) sites.drawOn(map, nowMs + laterMs);
  assert.deepEqual(drawn, ["met", "unknown"]);
});

test("only sites with a place are on the map", async (t) => {
  await serve(t, () => ({ body: { count: 2, results: [SITE, { ...SITE, slug: "nowhere", lat_deg: null }] } }));
  const sites = new Sites();
  await sites.read();
  assert.deepEqual([...sites.bySlug.keys()], ["harbour"]);
});
