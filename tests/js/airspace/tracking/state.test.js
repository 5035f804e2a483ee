import assert from "node:assert/strict";
import test from "node:test";
import { DroneStore, HEARD, LOST, STALE } from "../../../../static/airspace/tracking/state.js";
import { frameOf, joined } from "../frames.js";

const WEST_TO_NORTH = [120, 30, 122, 32];
const LEFT = 16;
const FOREIGN = 32;
const UNVERIFIED = 8;
const HEARTBEAT = 0xffffffff;

/** A store whose clocks the test moves, by default in step with the server. */
function storeAt(serverMs = 1_000_000) {
  const clock = { ms: serverMs };
  return {
    clock,
    store: new DroneStore(
      () => clock.ms,
      () => clock.ms,
    ),
  };
}

/**
 * The picture is heard for a while, once a second, by a server whose clock is behind or ahead.
 * @param {DroneStore} store @param {{ms: number}} clock @param {number} untilMs @param {number} [serverAheadMs]
 */
function listen(store, clock, untilMs, serverAheadMs = 0) {
  while (clock.ms < untilMs) {
    clock.ms = Math.min(untilMs, clock.ms + 1000);
    store.apply(frameOf({ tile: HEARTBEAT, timeMs: clock.ms + serverAheadMs }, []));
  }
}

/** @param {DroneStore} store */
const idsOf = (store) => [...store.slots.keys()].sort((a, b) => a - b);
/** @param {DroneStore} store @param {number} id */
const of = (store, id) => store.get(id) ?? assert.fail(`drone ${id} is not there`);

test("a row becomes a drone with its figures in words and units", () => {
  const { store } = storeAt();
  store.apply(
    frameOf({ timeMs: 1_000_000 }, [
      { id: 3, altitude: 120, track: 4550, speed: 1234, state: 1 | UNVERIFIED, age: 20 },
    ]),
  );
  assert.deepEqual(of(store, 3), {
    id: 3,
    lat: 31,
    lon: 121,
    altitudeM: 120,
    trackDeg: 45.5,
    speedMps: 12.34,
    state: "warning",
    isUnverified: true,
    isForeign: false,
    link: HEARD,
    control: "unknown",
    ageS: 2,
    isAgeKnown: true,
  });
});

test("track, speed and age that are not known are told as such", () => {
  const { store } = storeAt();
  store.apply(frameOf({ timeMs: 1_000_000 }, [{ id: 3, track: 65535, speed: 65535, state: 7, age: 255 }]));
  const { trackDeg, speedMps, state, isAgeKnown } = of(store, 3);
  assert.deepEqual([trackDeg, speedMps, state, isAgeKnown], [null, null, "unknown", false]);
});

test("after five seconds a drone is stale, after fifteen lost; another's only stale", () => {
  const { clock, store } = storeAt();
  store.apply(frameOf({ timeMs: 1_000_000 }, [{ id: 1 }, { id: 2, state: FOREIGN }]));
  const links = [5, 5.1, 15, 15.1].map((ageS) => {
    listen(store, clock, 1_000_000 + ageS * 1000);
    return [of(store, 1).link, of(store, 2).link];
  });
  assert.deepEqual(links, [
    [HEARD, HEARD],
    [STALE, STALE],
    [STALE, STALE],
    [LOST, STALE],
  ]);
});

test("ages go by the server's clock where this machine's is an hour off", () => {
  const { clock, store } = storeAt(1_000_000 + 3_600_000);
  store.apply(frameOf({ tile: HEARTBEAT, timeMs: 1_000_000 }, []));
  store.apply(frameOf({ timeMs: 1_000_000 }, [{ id: 1 }]));
  listen(store, clock, clock.ms + 6000, -3_600_000);
  assert.equal(Math.round(of(store, 1).ageS), 6);
  assert.equal(of(store, 1).link, STALE);
});

test("a snapshot of a tile drops who is not in it, and nobody of another tile", () => {
  const { store } = storeAt();
  store.apply(joined(frameOf({ tile: 5 }, [{ id: 1 }, { id: 2 }]), frameOf({ tile: 6 }, [{ id: 3 }])));
  store.apply(frameOf({ tile: 5, isSnapshot: true }, [{ id: 2 }]));
  assert.deepEqual(idsOf(store), [2, 3]);
  store.apply(frameOf({ tile: 5 }, []));
  assert.deepEqual(idsOf(store), [2, 3]);
});

test("who leaves a tile stays where it flew to while that is in view", () => {
  const { store } = storeAt();
  store.apply(frameOf({}, [{ id: 1 }, { id: 2 }]));
  store.look(WEST_TO_NORTH);
  store.apply(
    frameOf({ timeMs: 1 }, [
      { id: 1, lon: 121.5, state: LEFT },
      { id: 2, lon: 122.5, state: LEFT },
    ]),
  );
  assert.deepEqual(idsOf(store), [1]);
});

test("a report older than what is known changes nothing", () => {
  const { store } = storeAt();
  store.apply(frameOf({ timeMs: 1_000_000 }, [{ id: 1, altitude: 50 }]));
  store.apply(frameOf({ timeMs: 998_000 }, [{ id: 1, altitude: 10 }]));
  assert.equal(of(store, 1).altitudeM, 50);
});

test("a drone that was removed is not brought back by a frame on its way, but by being taken back", () => {
  const { store } = storeAt();
  store.apply(frameOf({}, [{ id: 1 }, { id: 2 }]));
  store.hear({ type: "DronesRemoved", drones: [1] });
  store.apply(frameOf({ timeMs: 1 }, [{ id: 1 }]));
  assert.deepEqual(idsOf(store), [2]);
  store.hear({ type: "DroneChanged", drone: { id: 1 } });
  store.apply(frameOf({ timeMs: 2 }, [{ id: 1 }]));
  assert.deepEqual(idsOf(store), [1, 2]);
});

test("it glides to the new place in the time between two reports, and jumps where nobody flies", () => {
  const { clock, store } = storeAt();
  store.apply(frameOf({ timeMs: 1_000_000 }, [{ id: 1, lon: 121 }]));
  clock.ms += 1000;
  store.apply(frameOf({ timeMs: 1_001_000 }, [{ id: 1, lon: 121.001 }]));
  const slot = store.slots.get(1) ?? -1;
  const lons = [0, 500, 1000, 5000].map((ms) => store.positionAt(slot, clock.ms + ms)[0].toFixed(4));
  assert.deepEqual(lons, ["121.0000", "121.0005", "121.0010", "121.0010"]);
  store.apply(frameOf({ timeMs: 1_001_000 }, [{ id: 1, lon: 121.9 }]));
  assert.equal(store.positionAt(slot, clock.ms + 2)[0], 121.9);
});

test("five thousand drones come, half of them go, and each keeps its own figures", () => {
  const { store } = storeAt();
  const rows = Array.from({ length: 5000 }, (_, at) => ({ id: at + 1, altitude: at }));
  store.apply(frameOf({}, rows));
  for (let id = 1; id <= 5000; id += 2) store.remove(id);
  assert.equal(store.count, 2500);
  assert.ok(idsOf(store).every((id) => id % 2 === 0 && of(store, id).altitudeM === id - 1));
});

test("what is looked at no longer is forgotten, but for the one that is held", () => {
  const { store } = storeAt();
  store.apply(frameOf({}, [{ id: 1 }, { id: 2, lon: 125 }, { id: 3, lon: 126 }]));
  store.look(WEST_TO_NORTH, 3);
  assert.deepEqual(idsOf(store), [1, 3]);
  assert.deepEqual(
    store.within(WEST_TO_NORTH).map(({ id }) => id),
    [1],
  );
});

test("the server's clock set back by an hour: drones go on moving, and their ages are right", () => {
  const { clock, store } = storeAt(5_000_000);
  store.apply(frameOf({ timeMs: 5_000_000 }, [{ id: 1, lat: 31 }, { id: 2 }]));
  clock.ms += 2000;
  store.apply(frameOf({ tile: HEARTBEAT, timeMs: 1_402_000 }, []));
  store.apply(frameOf({ timeMs: 1_402_000 }, [{ id: 1, lat: 31.001, age: 10 }]));
  assert.equal(store.lat[store.slots.get(1) ?? -1], 31.001);
  assert.equal(Math.round(of(store, 1).ageS), 1);
  listen(store, clock, clock.ms + 20_000, 1_402_000 - 5_002_000);
  assert.equal(of(store, 1).link, LOST);
});

test("a frame that was held up does not undo a newer one", () => {
  const { store } = storeAt(5_000_000);
  store.apply(frameOf({ timeMs: 5_000_000 }, [{ id: 1, lat: 31.002 }]));
  store.apply(frameOf({ timeMs: 4_998_500 }, [{ id: 1, lat: 31 }]));
  assert.equal(store.lat[store.slots.get(1) ?? -1], 31.002);
});

test("how a control link is comes with the frames, and is unknown of who is not heard and of others'", () => {
  const { clock, store } = storeAt();
  const rows = [0, 1, 2, 3].map((code) => ({ id: code + 1, state: code << 6 }));
  store.apply(frameOf({ timeMs: 1_000_000 }, [...rows, { id: 9, state: FOREIGN }]));
  const links = () => [1, 2, 3, 4, 9].map((id) => of(store, id).control);
  assert.deepEqual(links(), ["unknown", "met", "gap_ahead", "below", "unknown"]);
  assert.deepEqual(
    [1, 2, 3, 4].map((id) => of(store, id).state),
    ["normal", "normal", "normal", "normal"],
  );
  listen(store, clock, clock.ms + 6000);
  assert.deepEqual(new Set(links()), new Set(["unknown"]));
});
