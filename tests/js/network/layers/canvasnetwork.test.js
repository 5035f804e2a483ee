import assert from "node:assert/strict";
import test from "node:test";
import { CanvasNetwork } from "../../../../static/network/layers/canvasnetwork.js";
import { featureWords } from "../../../../static/network/layers/words.js";

const point = (/** @type {any} */ properties) =>
  /** @type {any} */ ({ features: [{ properties, geometry: { type: "Point", coordinates: [10, 10] } }] });
const map = () => ({ aged() {}, project: (/** @type {number} */ x, /** @type {number} */ y) => [x, y] });

test("a mark of what falls, or of a click, says nothing of itself: what lies under it does", () => {
  const network = new CanvasNetwork(map());
  network.show("falls", point({ kind: "fall", how: "cut_off", key: "bs-001" }));
  network.show("pin", point({ kind: "pin" }));
  assert.equal(network.pick({ x: 10, y: 10 }), null);
  network.show("planned", point({ kind: "plan", label: "bs-001", what: "site" }));
  network.setShown("planned", true);
  assert.equal(featureWords(network.pick({ x: 10, y: 10 })).title, "bs-001");
});
