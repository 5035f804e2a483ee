import assert from "node:assert/strict";
import test from "node:test";
import { placesOf } from "../../../../static/industry/map/plantpanel.js";
import { readQuery } from "../../../../static/industry/map/plants.js";
import { Plants } from "../../../../static/industry/map/plantstore.js";

test("the address shows the layer, a factory or a vehicle; what makes no sense is as if unsaid", () => {
  const nothing = { isShown: false, isPlaced: false, factory: "", vehicle: 0 };
  assert.deepEqual(readQuery(""), nothing);
  assert.deepEqual(readQuery("?plants=1"), { ...nothing, isShown: true });
  assert.deepEqual(readQuery("?factory=works"), { ...nothing, isShown: true, factory: "works" });
  assert.deepEqual(readQuery("?vehicle=7"), { ...nothing, isShown: true, vehicle: 7 });
  assert.equal(readQuery("?vehicle=7&at=29,123,12").isPlaced, true, "the map stays where the address has it");
  for (const search of ["?factory=a%20b", "?vehicle=-1", "?vehicle=1.5", "?plants=yes"])
    assert.deepEqual(readQuery(search), nothing, search);
});

test("factories are listed the most at risk first, what is unknown before what is well", () => {
  const nowMs = Date.parse("2026-06-01T12:00:00Z");
  /** @param {string} slug @param {Record<string, number>} levels */
  const factory = (slug, levels) => ({
    slug,
    name_en: slug.toUpperCase(),
    levels,
    newest_reading_at: "2026-06-01T11:59:58Z",
    stale_after_s: 15,
    lat_deg: 29,
    lon_deg: 123,
  });
  const plants = new Plants();
  plants.loadFactories(
    [factory("a", { normal: 1 }), factory("b", {}), factory("c", { high: 1 }), factory("d", { elevated: 1 })],
    nowMs,
  );
  const places = placesOf(plants, nowMs, false);
  assert.deepEqual(
    places.map(({ name, state }) => [name, state]),
    [
      ["C", "bad"],
      ["D", "bad"],
      ["B", "unknown"],
      ["A", "good"],
    ],
  );
  assert.equal(places[0].word, "likely to fail, vehicles: 0");
  assert.deepEqual(places[0].at, [123, 29]);
});
