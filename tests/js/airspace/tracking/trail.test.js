import assert from "node:assert/strict";
import test from "node:test";
import { Trail } from "../../../../static/airspace/tracking/trail.js";
import { serve } from "../../server.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");

/** @param {Trail} trail */
const linesOf = (trail) =>
  trail
    .geojson()
    .features.map((/** @type {any} */ feature) => [feature.properties.isGap, feature.geometry.coordinates.length]);

test("stretches are solid, and five seconds without a word a gap between them", () => {
  const trail = new Trail();
  for (const second of [0, 1, 2, 8, 9]) trail.extend(second * 1000, 121 + second / 1e4, 31);
  assert.deepEqual(linesOf(trail), [
    [false, 3],
    [true, 2],
    [false, 2],
  ]);
});

test("four words a second are enough, and fifteen hundred points in all", () => {
  const trail = new Trail();
  assert.deepEqual([trail.extend(0, 1, 1), trail.extend(249, 1, 1), trail.extend(250, 1, 1)], [true, false, true]);
  for (let at = 1; at < 2000; at++) trail.extend(at * 1000, 1, 1);
  assert.deepEqual([trail.points.length, trail.points.at(-1)?.at], [1500, 1_999_000]);
});

test("what was heard while the history was read goes on from it", async (t) => {
  const rows = [-3, -2].map((second) => ({
    at: new Date(NOW_MS + second * 1000).toISOString(),
    lon_deg: 121,
    lat_deg: 31,
    after_gap: false,
  }));
  const asked = await serve(t, () => ({ body: { points: rows } }));
  const trail = new Trail();
  const loading = trail.load(7, NOW_MS);
  trail.extend(NOW_MS - 1000, 121.1, 31);
  await loading;
  assert.deepEqual(
    trail.points.map(({ at }) => at - NOW_MS),
    [-3000, -2000, -1000],
  );
  assert.match(asked[0].url, /^\/api\/v1\/drones\/7\/trail\?since=2026-06-01T11%3A45%3A00.000Z&limit=1000$/);
});

test("of another's drone no history is asked for", async (t) => {
  const asked = await serve(t, () => ({ body: { points: [] } }));
  await new Trail().load(7, NOW_MS, true);
  assert.equal(asked.length, 0);
});
