import assert from "node:assert/strict";
import test from "node:test";
import { lookupOf, rampColours, serverColours } from "../../../../static/network/layers/palette.js";
import { layPaper } from "../../paper.js";

const grey = (/** @type {number} */ part) => `#${part.toString(16).padStart(2, "0").repeat(3)}`;
const ramp = Object.fromEntries([0, 50, 100, 150, 200, 250].map((part, at) => [`ramp-${at + 1}`, grey(part)]));
const servers = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`server-${at + 1}`, grey(at + 1)]));
layPaper({ ...ramp, ...servers });

test("classes take their colours evenly from the ramp, the ends included", () => {
  assert.deepEqual(
    rampColours(3).map(([red]) => red),
    [0, 125, 250],
  );
  assert.deepEqual(
    rampColours(6).map(([red]) => red),
    [0, 50, 100, 150, 200, 250],
  );
  assert.deepEqual(rampColours(1), [[0, 0, 0]]);
});

test("a byte has the colour of its class, and the unknown one is not seen", () => {
  const lookup = lookupOf({ key: "rsrp", low: 0, high: 254, classes: [100, 200] });
  const at = (/** @type {number} */ byte) => [...lookup.slice(byte * 4, byte * 4 + 4)];
  assert.deepEqual(at(0), [0, 0, 0, 0]);
  assert.deepEqual(
    [at(1), at(101)],
    [
      [0, 0, 0, 255],
      [125, 125, 125, 255],
    ],
  );
  assert.deepEqual([at(100)[0], at(201)[0], at(255)[0]], [0, 250, 250]);
});

test("sectors that are next to each other in the list have inks of their own", () => {
  assert.equal(serverColours().length, 8);
  const lookup = lookupOf({ key: "server", low: 1, high: 255, classes: [] });
  const inks = Array.from({ length: 24 }, (_, at) => lookup[(at + 1) * 4]);
  assert.equal(
    inks.every((ink, at) => ink !== inks[at + 1]),
    true,
  );
  assert.deepEqual(new Set(inks), new Set([1, 2, 3, 4, 5, 6, 7, 8]));
});
