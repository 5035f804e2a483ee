import assert from "node:assert/strict";
import test from "node:test";
import { Following, FOLLOW_ZOOM } from "../../../../static/airspace/map/following.js";

function stage() {
  /** @type {any[]} */
  const went = [];
  const live = { lon: 123, lat: 29 };
  const store = /** @type {any} */ ({ get: (/** @type {number} */ id) => (id === 7 ? live : null) });
  let told = 0;
  const following = new Following({ store, told: () => told++ });
  following.map = { bounds: () => [122, 28, 124, 30], goTo: (/** @type {any[]} */ ...given) => went.push(given) };
  following.selection = { drone: 7, follow: false };
  return { following, went, live, told: () => told };
}

test("following begins at the drone, and the map comes only once it is far off the middle", () => {
  const { following, went, live, told } = stage();
  following.come();
  assert.deepEqual(went, []);
  following.toggle();
  assert.deepEqual(went, [[123, 29, FOLLOW_ZOOM]]);
  following.come();
  assert.equal(went.length, 1);
  live.lon = 123.9;
  following.come();
  assert.deepEqual(went[1], [123.9, 29]);
  assert.equal(told(), 1);
});

test("a map taken in hand follows no more, and that is told once", () => {
  const { following, went, live, told } = stage();
  following.set(true);
  following.set(false);
  following.set(false);
  live.lon = 123.9;
  following.come();
  assert.deepEqual([went, told()], [[], 2]);
});

test("a drone that is not heard cannot be gone after", () => {
  const { following, went } = stage();
  following.selection.drone = 8;
  following.toggle();
  following.come();
  assert.deepEqual(went, []);
});
