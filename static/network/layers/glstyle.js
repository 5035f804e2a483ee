/** MapLibre's layers for the network, painted from the design tokens. */
import { CENTRES } from "./features.js";
import { COMPLIANCE_LINES, COMPLIANCE_STATES } from "./compliance.js";
import { falls } from "./glfalls.js";
import { beams, layer, planned, token } from "./glplans.js";
export const SOURCES = ["net-links", "net-reach", "net-corridors", "net-planned", "net-beam", "net-pin", "net-falls"];
const GRAVEST_LAST = [...COMPLIANCE_STATES].reverse(); // it lies on top
/** @param {string} source */
const complianceIds = (source) => GRAVEST_LAST.map((state) => `net-${source}-${state}`);
/** @type {Record<string, string[]>} */
export const LAYER_IDS = {
  links: ["net-links-halo", "net-links", ...complianceIds("links")],
  circles: ["net-reach-halo", "net-reach", "net-reach-marks"],
  corridors: [
    "net-corridors-halo",
    "net-corridors",
    "net-corridors-open",
    "net-corridors-unknown",
    ...complianceIds("corridors-standing"),
    "net-corridors-names",
  ],
  planned: ["net-planned-lines", "net-planned"],
};
const LINK_PX = [1.1, 2, 3.2, 4.6];
/** @param {string} property @param {Array<string|number>} values by class @returns {any[]} an expression of MapLibre */
const matched = (property, values) => [
  "match",
  ["get", property],
  ...values.slice(0, -1).flatMap((value, index) => [index, value]),
  values.at(-1),
];
const WITHOUT_COMPLIANCE = ["!", ["has", "standing"]];
const round = { layout: { "line-cap": "round", "line-join": "round" } };

/**
 * @param {string} linksBy "rate" or "load"; by standing the features say so themselves
 * @returns {import("./glplans.js").Layer[]}
 */
export function layersOf(linksBy) {
  return [...links(linksBy), ...corridors(), ...reach(), ...planned(), ...beams(), ...falls()];
}

/** @param {string} linksBy */
function links(linksBy) {
  const inks = linksBy === "load" ? ["link-1", "link-2", "minor", "major"] : ["link-1", "link-2", "link-3", "link-4"];
  const widths = matched("rate", LINK_PX);
  return [
    layer(
      "links-halo",
      "links",
      "line",
      {
        "line-color": token("map-halo"),
        "line-width": [
          "case",
          WITHOUT_COMPLIANCE,
          ["+", widths, 2.4],
          ["match", ["get", "standing"], "none", 1.5, "breached", 7.4, 5],
        ],
        "line-opacity": 0.75,
      },
      round,
    ),
    layer(
      "links",
      "links",
      "line",
      { "line-color": matched(linksBy === "load" ? "load" : "rate", inks.map(token)), "line-width": widths },
      { ...round, filter: WITHOUT_COMPLIANCE },
    ),
    ...complianceLayers("links", "links"),
  ];
}

/** One layer a state: a pattern cannot follow the data. @param {string} name @param {string} source */
function complianceLayers(name, source) {
  return GRAVEST_LAST.map((state) => {
    const { ink, px, dash } = COMPLIANCE_LINES[state];
    return layer(
      `${name}-${state}`,
      source,
      "line",
      { "line-color": token(ink), "line-width": px, ...(dash && { "line-dasharray": dash }) },
      { ...(dash ? {} : round), filter: ["==", ["get", "standing"], state] },
    );
  });
}

function corridorNames() {
  return layer(
    "corridors-names",
    "corridors",
    "symbol",
    { "text-color": token("ink"), "text-halo-color": token("map-halo"), "text-halo-width": 1.6 },
    {
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["get", "name"],
        "text-font": ["sans-serif"],
        "text-size": 11.5,
        "text-offset": [0, 1.1],
        "text-padding": 12,
        "text-max-angle": 30,
      },
    },
  );
}

function corridors() {
  /** @param {string} word */
  const cover = (word) => ({ filter: ["all", WITHOUT_COMPLIANCE, ["==", ["get", "cover"], word]] });
  return [
    layer(
      "corridors-halo",
      "corridors",
      "line",
      { "line-color": token("map-halo"), "line-width": 6, "line-opacity": 0.7 },
      round,
    ),
    layer(
      "corridors",
      "corridors",
      "line",
      { "line-color": token("corridor"), "line-width": 3 },
      { ...round, ...cover("covered") },
    ),
    layer(
      "corridors-open",
      "corridors",
      "line",
      { "line-color": token("major"), "line-width": 4, "line-dasharray": [1.6, 1.1] },
      cover("open"),
    ),
    layer(
      "corridors-unknown",
      "corridors",
      "line",
      { "line-color": token("unknown"), "line-width": 2.5, "line-dasharray": [0.4, 1.6] },
      cover("unknown"),
    ),
    ...complianceLayers("corridors-standing", "corridors"),
    corridorNames(),
  ];
}

function reach() {
  const inks = Array.from({ length: CENTRES }, (_, index) => token(`centre-${index + 1}`));
  const isInside = ["get", "isInside"];
  const isKey = ["get", "isKey"];
  return [
    layer(
      "reach-halo",
      "reach",
      "line",
      { "line-color": token("map-halo"), "line-width": 5, "line-opacity": 0.7 },
      { ...round, filter: ["==", ["get", "kind"], "reach"] },
    ),
    layer(
      "reach",
      "reach",
      "line",
      { "line-color": matched("ink", inks), "line-width": 2.4 },
      { ...round, filter: ["==", ["get", "kind"], "reach"] },
    ),
    layer(
      "reach-marks",
      "reach",
      "circle",
      {
        "circle-radius": ["case", isKey, 8.5, 5.5],
        "circle-opacity": 0,
        "circle-stroke-width": ["case", isKey, 2.6, 1.2],
        "circle-stroke-color": [
          "case",
          isInside,
          matched("ink", inks),
          ["get", "isOut"],
          token("major"),
          token("unknown"),
        ],
        "circle-stroke-opacity": ["case", isKey, 1, 0.75],
      },
      { filter: ["==", ["get", "kind"], "mark"] },
    ),
  ];
}
