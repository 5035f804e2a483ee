import assert from "node:assert/strict";
import test from "node:test";
import { classOf, figureOf } from "../../../../static/network/layers/palette.js";
import { corridors, coveredShare, keySites, nearestSector } from "../../../../static/network/layers/places.js";
import {
  edgeWords,
  featureWords,
  figureWord,
  heightWord,
  percentWord,
} from "../../../../static/network/layers/words.js";

test("a byte of a raster is a figure between low and high, and none when it is 0", () => {
  const value = { low: -120, high: -40 };
  assert.deepEqual(
    [0, 1, 255].map((byte) => figureOf(byte, value)),
    [null, -120, -40],
  );
});

test("a figure lies in the class whose edge it has reached", () => {
  assert.deepEqual(
    [-111, -110, -95, -80].map((figure) => classOf(figure, [-110, -95, -80])),
    [0, 1, 2, 3],
  );
});

test("figures have their unit, chances a percent sign, and what is not known a word", () => {
  assert.deepEqual(
    [figureWord("rsrp", -95.26, "dBm"), figureWord("rate", 120.4, "Mbit/s"), figureWord("sensing", 0.876, "")],
    ["-95.3 dBm", "120 Mbit/s", "88 %"],
  );
  assert.deepEqual(
    [figureWord("rsrp", null, "dBm"), figureWord("rsrp", NaN, "dBm"), percentWord(undefined)],
    ["unknown", "unknown", "unknown"],
  );
  assert.deepEqual([heightWord(1.5), heightWord(120)], ["1.5 m", "120 m"]);
  assert.deepEqual(
    [edgeWords({ key: "sensing", classes: [0.5] }), edgeWords({ key: "sinr", classes: [-3, 2.5, 20.5] })],
    [["50"], ["-3", "2.5", "21"]],
  );
});

test("of a link is told what was agreed on it, of a plan what goes", () => {
  const standings = JSON.stringify([{ name: "Ring", state: "at_risk", left: 0.105 }]);
  const { title, rows } = featureWords({
    kind: "link",
    key: "a~b",
    rate_gbps: 100,
    load_share: 0.5,
    standing: "at_risk",
    standings,
  });
  assert.deepEqual(
    [title, rows],
    [
      "a – b",
      [
        ["Rate", "100 Gbit/s"],
        ["Load", "50 %"],
        ["Ring", "at risk, 10.5 % of the budget left"],
      ],
    ],
  );
  assert.deepEqual(featureWords({ kind: "plan", label: "n", what: "site", isRemoval: true }).rows, [
    ["Planned", "Site goes"],
  ]);
});

const piece = (/** @type {boolean|null} */ covered, /** @type {number} */ metres, slug = "c") => ({
  properties: { slug, name_en: slug, is_public: true, is_covered: covered, length_m: metres },
  geometry: {
    coordinates: [
      [121, 31],
      [121.1, 31],
    ],
  },
});

test("a corridor is covered by length, and what is unknown of it counts as not covered", () => {
  assert.equal(coveredShare([piece(true, 900), piece(false, 50), piece(null, 50)]), 0.9);
  assert.equal(coveredShare([piece(null, 50)]), null);
});

test("corridors are listed with the least covered first; unknown ones are worst", () => {
  const places = corridors({
    features: [piece(true, 100, "good"), piece(false, 100, "bad"), piece(null, 100, "dark"), piece(true, 100, "bad")],
  });
  assert.deepEqual(
    places.map(({ key, state, word }) => [key, state, word]),
    [
      ["dark", "unknown", "coverage unknown"],
      ["bad", "bad", "50.0 % covered"],
      ["good", "good", "100.0 % covered"],
    ],
  );
  assert.deepEqual(
    places[0].at.map((histogram) => histogram.toFixed(2)),
    ["121.05", "31.00"],
  );
});

test("key sites outside come first, the farthest on top, and those without any path above all", () => {
  const site = (
    /** @type {string} */ slug,
    /** @type {boolean} */ isInside,
    /** @type {number|null} */ ms,
    more = {},
  ) => ({ slug, is_inside: isInside, is_key_site: true, lon_lat_deg: [121, 31], ms, centre: "dc-1", ...more });
  const reach = {
    sites: [
      site("in", true, 0.4),
      site("out", false, 1.2),
      site("cut", false, null),
      site("far", false, 3),
      site("no", true, 1, { is_key_site: false }),
      site("two", true, 0.5, { centre: "dc-2" }),
    ],
  };
  const listed = (only = "") => keySites(reach, () => undefined, only).map(({ key, state }) => `${key} ${state}`);
  assert.deepEqual(listed(), ["cut unknown", "far bad", "out bad", "two good", "in good"]);
  assert.deepEqual(listed("dc-2"), ["cut unknown", "far bad", "out bad", "two good"]);
});

test("the nearest sector is found, and the list of them stays as it was", () => {
  const sectors = [
    { slug: "far", site: "f" },
    { slug: "lost", site: "z" },
    { slug: "near", site: "n" },
  ];
  const sites = new Map([
    ["f", { lat_deg: 40, lon_deg: 121 }],
    ["n", { lat_deg: 31, lon_deg: 121 }],
  ]);
  assert.equal(nearestSector(sectors, sites, [121.1, 31])?.slug, "near");
  assert.deepEqual(
    sectors.map(({ slug }) => slug),
    ["far", "lost", "near"],
  );
});
