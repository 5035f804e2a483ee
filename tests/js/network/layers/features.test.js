import assert from "node:assert/strict";
import test from "node:test";
import {
  beamFeatures,
  corridorFeatures,
  fallFeatures,
  linkFeatures,
  plannedFeatures,
  reachFeatures,
} from "../../../../static/network/layers/features.js";
import { countsNotUp, linkStanding } from "../../../../static/network/layers/linkstates.js";

const SITES = new Map([
  ["a", { lon_deg: 121, lat_deg: 31 }],
  ["b", { lon_deg: 122, lat_deg: 32 }],
]);
const LINE = [
  [121, 31],
  [122, 32],
];
/** @param {{features: any[]}} collection */
const partsOf = ({ features }) =>
  features.map(({ properties, geometry }) => [properties, geometry.type, geometry.coordinates]);

test("links are drawn between known sites, by classes of rate and load", () => {
  const link = (/** @type {object} */ more) => ({
    a: "a",
    b: "b",
    rate_gbps: 100,
    load_share: 0.59,
    medium: "fibre",
    ...more,
  });
  const [[first, type, line], ...rest] = partsOf(
    linkFeatures([link({}), link({ b: "z" }), link({ rate_gbps: 9, load_share: 0.8 })], SITES),
  );
  assert.deepEqual([type, line, first.key, first.rate, first.load], ["LineString", LINE, "a~b", 1, 1]);
  assert.deepEqual(
    rest.map(([{ rate, load }]) => [rate, load]),
    [[0, 3]],
  );
});

test("how a link's agreements stand is told where it is asked for", () => {
  const standing = (/** @type {string} */ kind, /** @type {string} */ key) => ({
    standing: `${kind} ${key}`,
    standings: "[]",
  });
  const [[{ standing: ofStanding }]] = partsOf(
    linkFeatures([{ a: "a", b: "b", rate_gbps: 1, load_share: 0 }], SITES, standing),
  );
  assert.equal(ofStanding, "link a~b");
});

test("a link that is not up is drawn by its state, with since when; one that is up by its rate", () => {
  const link = { a: "a", b: "b", rate_gbps: 1, load_share: 0, state_since: "2026-06-01T12:00:00Z" };
  const states = ["down", "degraded", "unknown", "up"];
  const drawn = partsOf(
    linkFeatures(
      states.map((state) => ({ ...link, state })),
      SITES,
      linkStanding,
    ),
  ).map(([properties]) => properties);
  assert.deepEqual(
    drawn.map(({ standing }) => standing),
    ["breached", "at_risk", "unknown", undefined],
  );
  assert.equal(drawn[0].since, link.state_since);
  assert.deepEqual(countsNotUp(states.map((state) => ({ state })).slice(1)), [
    { state: "degraded", count: 1 },
    { state: "unknown", count: 1 },
  ]);
});

test("of one data centre only its own links are drawn, and of sites its own and those outside every circle", () => {
  const site = (/** @type {string} */ slug, /** @type {string} */ centre, isInside = true) => ({
    slug,
    centre,
    is_inside: isInside,
    is_key_site: true,
    ms: 1,
    lon_lat_deg: [121, 31],
  });
  const reach = {
    centres: [{ slug: "dc-1" }, { slug: "dc-2" }],
    links: [
      { a: "a", b: "b", centre: "dc-2", ms: 1, path_lon_lat_deg: LINE },
      { a: "b", b: "a", centre: "dc-1", ms: 1, path_lon_lat_deg: LINE },
    ],
    sites: [
      site("s1", "dc-1"),
      site("s2", "dc-2"),
      site("s3", "dc-1", false),
      { ...site("s4", "dc-2"), lon_lat_deg: null },
    ],
  };
  const standing = (/** @type {string} */ only) =>
    partsOf(reachFeatures(reach, only)).map(([{ key, ink, isInside }]) => [key, ink, isInside]);
  assert.deepEqual(standing(""), [
    ["a~b", 1, undefined],
    ["b~a", 0, undefined],
    ["s1", 0, true],
    ["s2", 1, true],
    ["s3", 0, false],
  ]);
  assert.deepEqual(standing("dc-2"), [
    ["a~b", 1, undefined],
    ["s2", 1, true],
    ["s3", 0, false],
  ]);
});

test("pieces of corridors are covered, open or unknown, in the reader's language", () => {
  const piece = (/** @type {boolean|null} */ covered, name = "River") => ({
    properties: { slug: "c", name_en: name, name_zh: "江", is_covered: covered },
    geometry: { type: "LineString", coordinates: LINE },
  });
  const pieces = { features: [piece(true), piece(false), piece(null, "")] };
  assert.deepEqual(
    corridorFeatures(pieces, false).features.map(({ properties: { cover, name } }) => [cover, name]),
    [
      ["covered", "River"],
      ["open", "River"],
      ["unknown", "c"],
    ],
  );
  assert.equal(corridorFeatures(pieces, true).features[0].properties.name, "江");
});

test("plans are drawn where they will be; removals where the thing is; what is nowhere is not drawn", () => {
  const plan = (/** @type {string} */ kind, /** @type {string} */ key, /** @type {any} */ values) => ({
    kind,
    key,
    values,
    valid_from: "2027",
  });
  const changes = [
    plan("site", "n", { lon_deg: 1, lat_deg: 2 }),
    plan("site", "a", null),
    plan("site", "z", null),
    plan("sector", "b-1", { site: "b" }),
    plan("sector", "b-2", null),
    plan("edge_node", "e", { site: "a" }),
    plan("edge_node", "e", null),
    plan("corridor", "c", { path_lon_lat_deg: LINE }),
    plan("link", "a~b", null),
    plan("link", "a~z", {}),
    plan("region", "r", {}),
  ];
  const drawn = partsOf(plannedFeatures(changes, SITES, new Map([["b-2", { site: "b" }]]), (date) => `(${date})`));
  assert.deepEqual(
    drawn.map(([{ key, isRemoval }, type, place]) => [key, isRemoval, type, type === "Point" ? place : place.length]),
    [
      ["site n", false, "Point", [1, 2]],
      ["site a", true, "Point", [121, 31]],
      ["sector b-1", false, "Point", [122, 32]],
      ["sector b-2", true, "Point", [122, 32]],
      ["edge_node e", false, "Point", [121, 31]],
      ["corridor c", false, "LineString", 2],
      ["link a~b", true, "LineString", 2],
    ],
  );
  assert.equal(drawn[0][0].label, "n (2027)");
});

test("a beam is 65 degrees wide and 1,100 m long, and drawn twice where another way is tried", () => {
  const [[, , [ring]]] = partsOf(beamFeatures({ lon_deg: 121, lat_deg: 60 }, 0, 0));
  assert.equal(ring.length, 15);
  const [lon, lat] = ring[7]; // straight ahead, to the north
  assert.deepEqual([lon, Math.round((lat - 60) * 111_195)], [121, 1100]);
  const [east, north] = [(ring[13][0] - 121) * 111_195 * 0.5, (ring[13][1] - 60) * 111_195];
  assert.equal(Math.round(((Math.atan2(east, north) * 180) / Math.PI) * 2), 65);
  assert.deepEqual(
    partsOf(beamFeatures(SITES.get("a"), 0, 90)).map(([{ isTried }]) => isTried),
    [false, true],
  );
  assert.deepEqual(beamFeatures(undefined, 0, 90).features, []);
});

test("what falls without a site is a mark on each that is known, the worst on top", () => {
  const sites = [
    { key: "a", how: "itself" },
    { key: "b", how: "cut_off" },
    { key: "z", how: "on_path" },
  ];
  const drawn = partsOf(fallFeatures({ kind: "site", key: "a", sites }, SITES));
  assert.deepEqual(drawn, [
    [{ kind: "fall", how: "cut_off", key: "b" }, "Point", [122, 32]],
    [{ kind: "fall", how: "itself", key: "a" }, "Point", [121, 31]],
  ]);
});

test("a link that is left out is drawn itself, and without one of its ends nothing is", () => {
  const answer = { kind: "link", key: "a~b", sites: [{ key: "b", how: "cut_off" }] };
  const drawn = partsOf(fallFeatures(answer, SITES));
  assert.deepEqual(drawn[0], [{ kind: "fall", how: "itself", key: "a~b" }, "LineString", LINE]);
  assert.equal(drawn.length, 2);
  assert.deepEqual(partsOf(fallFeatures({ ...answer, key: "a~z" }, new Map())), []);
});
