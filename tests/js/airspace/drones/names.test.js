import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { Names } from "../../../../static/airspace/drones/names.js";
import { serve } from "../../server.js";

/** Names whose news the test can wait for. */
function namesAndNews() {
  const heard = new EventTarget();
  const names = new Names(() => heard.dispatchEvent(new Event("news")));
  return { names, news: () => once(/** @type {any} */ (heard), "news") };
}

test("names are asked for together, once, and known from then on", async (t) => {
  const rows = [
    { id: 1, name: "Heron", serial: "S1" },
    { id: 2, name: "", serial: "S2" },
  ];
  const asked = await serve(t, () => ({ body: { results: rows } }));
  const { names, news } = namesAndNews();
  assert.deepEqual([names.of(1), names.of(2), names.of(1)], [null, null, null]);
  await news();
  assert.deepEqual([names.of(1), names.of(2)], ["Heron", "S2"]);
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["/api/v1/drones?id=1,2&limit=100"],
  );
});

test("nobody asks what another's drone is called", () => {
  const { names } = namesAndNews();
  names.keep({ id: 1, name: "Heron", serial: "S1" });
  assert.deepEqual([names.of(1, true), names.peek(1, true), names.peek(1)], [null, null, "Heron"]);
  assert.equal(names.wanted.size, 0);
});

test("peeking fetches nothing", () => {
  const { names } = namesAndNews();
  assert.equal(names.peek(5), null);
  assert.equal(names.wanted.size, 0);
});

test("the hub renames known drones and takes away those that left or were removed", () => {
  const { names } = namesAndNews();
  for (const id of [1, 2, 3]) names.keep({ id, name: `D${id}`, serial: `S${id}` });
  names.hear({ type: "DroneChanged", drone: { id: 1, name: "Heron", serial: "S1" } });
  names.hear({ type: "DroneChanged", drone: { id: 9, name: "Stranger", serial: "S9" } });
  names.hear({ type: "DroneLeft", drone: 2 });
  names.hear({ type: "DronesRemoved", drones: [3] });
  assert.deepEqual(
    [1, 2, 3, 9].map((id) => names.peek(id)),
    ["Heron", null, null, null],
  );
});

test("no more than 20,000 are kept: the oldest goes first", () => {
  const { names } = namesAndNews();
  for (let id = 1; id <= 20_001; id++) names.keep({ id, name: "", serial: `S${id}` });
  assert.deepEqual([names.known.size, names.peek(1), names.peek(20_001)], [20_000, null, "S20001"]);
});
