import assert from "node:assert/strict";
import test from "node:test";
import { noteOf, placesOf } from "../../../../static/network/placement/planmap.js";

/** @param {string} slug */
const site = (slug) => ({ slug, name_en: slug.toUpperCase(), name_zh: "", lon_deg: 0, lat_deg: 0 });

test("a map tells what a plan adds from what computes already, and both from all others", () => {
  const places = placesOf([site("a"), site("b"), site("c")], { sites: ["a", "b"], new_sites: ["b"] });
  assert.deepEqual(
    places.map(({ slug, state }) => [slug, state]),
    [
      ["a", "computing"],
      ["b", "proposed"],
      ["c", "met"],
    ],
  );
  assert.deepEqual([places[0].x, places[0].y, places[0].name], [0.5, 0.5, "A"]);
});

test("a site that a plan names and nobody knows any more is not drawn", () =>
  assert.deepEqual(placesOf([], { sites: ["gone"], new_sites: ["gone"] }), []));

test("of a plan from scratch it is not said which sites compute already: nobody knows from it", () => {
  const proposal = { sites: ["a", "b"], new_sites: ["b"] };
  assert.equal(
    noteOf(proposal, { title: "P", isFromScratch: false }),
    "P: 1 new sites (✚), 1 that compute already (large squares). Modelled.",
  );
  assert.equal(
    noteOf({ ...proposal, new_sites: ["a", "b"] }, { title: "P", isFromScratch: true }),
    "P: 2 sites (✚), as if no computing stood anywhere yet. Modelled.",
  );
});
