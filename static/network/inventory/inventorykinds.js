/** The kinds of records of the inventory: what lists show, what forms ask, what goes when one is removed. */
import { chip, el, quantity } from "../../console/dom.js";
import { formatNumber, gettext, ngettext } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import {
  choice,
  flag,
  key,
  load,
  METHOD_WORDS,
  nameColumn,
  names,
  number,
  PATTERN_WORDS,
  place,
  region,
  SCENARIO_WORDS,
  site,
  siteColumn,
  text,
  yes,
} from "./inventoryfields.js";
import { rangeWithUnit } from "../../console/units.js";
import { LINKS } from "./inventorylinks.js";
import { KIND_WORDS } from "../words.js";

/** @param {any} row @returns {string} */
const slugOf = (row) => row.slug;
/** @param {number} value @param {number} [digits] */
export const degrees = (value, digits = 0) => el("span", null, `${formatNumber(value, digits)}°`);

/** @typedef {import("./inventoryfields.js").Field} Field */
/** @typedef {import("./inventoryfields.js").Others} Others */
/** @typedef {import("./inventoryfields.js").Kind} Kind */

/** @param {string} kind @param {string} query @param {(count: number) => string} words @returns {Others} */
const of = (kind, query, words) => ({ url: `/api/v1/${kind}`, query, words });

/**
 * Each kind by the name of its list. `goesWith`: what is removed together with a record. `keeps`: what forbids its
 * removal.
 * @type {Record<string, Kind>}
 */
export const KINDS = {
  regions: {
    record: "region",
    keyOf: slugOf,
    title: gettext("New region"),
    fields: [key(), ...names, ...place, number("radius_m", gettext("Radius"), "m")],
    columns: [
      nameColumn,
      {
        word: gettext("Radius"),
        order: "radius_m",
        isNumber: true,
        cell: (row) => quantity(row.radius_m / 1000, "km", 1),
      },
    ],
    keeps: [
      of("sites", "region", (count) => ngettext("%(count)s site", "%(count)s sites", count)),
      of("corridors", "region", (count) => ngettext("%(count)s corridor", "%(count)s corridors", count)),
    ],
  },
  sites: {
    record: "site",
    keyOf: slugOf,
    title: gettext("New site"),
    pageOf: (row) => `/network/sites/${row.slug}`,
    fields: [
      key(),
      region,
      choice("kind", gettext("Kind"), KIND_WORDS, "macro"),
      ...names,
      ...place,
      number("height_m", gettext("Antenna height"), "m", { initial: 0 }),
      flag("is_key_site", gettext("Key site")),
      number("people", gettext("People served"), "", {
        isOptional: true,
        hint: gettext("Who live in its service area; empty: not known."),
      }),
      text("probe_host", gettext("Probe host"), { isOptional: true }),
      number("probe_port", gettext("Probe port"), "", {
        isOptional: true,
        hint: gettext("UDP for STAMP, else TCP; empty: not measured."),
      }),
      choice("probe_method", gettext("Measured by"), METHOD_WORDS, "stamp"),
      text("probe_path", gettext("Path asked for by HTTP"), { isOptional: true }),
      number("probe_packets", gettext("Packets in a round"), "", { isOptional: true }),
      number("probe_rate_hz", gettext("Packets per second within a round"), "Hz", {
        isOptional: true,
        hint: gettext("Empty: as the prober is set."),
      }),
      number("probe_size_bytes", gettext("Packet size"), "B", {
        initial: 0,
        hint: gettext("0: as short as can be."),
      }),
      number("probe_dscp", gettext("Class of service (DSCP)"), "", { initial: 0 }),
      text("probe_secret", gettext("Name of the STAMP key"), {
        isOptional: true,
        hint: gettext("A file in secrets/stamp on the server; empty: packets are not authenticated."),
      }),
    ],
    columns: [
      nameColumn,
      { word: gettext("Kind"), order: "kind", cell: (row) => KIND_WORDS[row.kind] || row.kind },
      { word: gettext("Region"), order: "region__slug", cell: (row) => namedBy("region", row.region) },
      { word: gettext("Key site"), order: "is_key_site", cell: (row) => (row.is_key_site ? gettext("yes") : "") },
      {
        word: gettext("Antenna height"),
        order: "height_m",
        isNumber: true,
        cell: (row) => quantity(row.height_m, "m"),
      },
    ],
    goesWith: [
      of("sectors", "site", (count) => ngettext("%(count)s sector", "%(count)s sectors", count)),
      of("links", "site", (count) => ngettext("%(count)s link", "%(count)s links", count)),
      of("agreements", "site", (count) => ngettext("%(count)s agreement", "%(count)s agreements", count)),
    ],
    keeps: [of("edge-nodes", "site", (count) => ngettext("%(count)s edge node", "%(count)s edge nodes", count))],
  },
  sectors: {
    record: "sector",
    keyOf: slugOf,
    title: gettext("New sector"),
    fields: [
      key(),
      site,
      choice("scenario", gettext("Surroundings"), SCENARIO_WORDS, "UMa"),
      choice("pattern", gettext("Antenna"), PATTERN_WORDS, "column"),
      number("elements", gettext("Elements of the column"), "", { initial: 10 }),
      number("omni_dbi", gettext("Gain, omnidirectional"), "dBi", { initial: 0 }),
      number("height_m", gettext("Height above ground"), "m"),
      number("azimuth_deg", gettext("Azimuth"), "°", { initial: 0, hint: gettext("Clockwise from north.") }),
      number("tilt_deg", gettext("Tilt, downwards"), "°", { initial: 0 }),
      number("power_dbm", gettext("Power"), "dBm"),
      number("carrier_ghz", gettext("Carrier"), "GHz"),
      number("bandwidth_mhz", gettext("Bandwidth"), "MHz"),
      load(0.5),
      flag("is_active", gettext("On air"), true),
    ],
    columns: [
      siteColumn,
      { word: gettext("Azimuth"), order: "azimuth_deg", isNumber: true, cell: (row) => degrees(row.azimuth_deg) },
      { word: gettext("Tilt, downwards"), order: "tilt_deg", isNumber: true, cell: (row) => degrees(row.tilt_deg, 1) },
      { word: gettext("Power"), order: "power_dbm", isNumber: true, cell: (row) => quantity(row.power_dbm, "dBm", 1) },
      {
        word: gettext("Carrier"),
        order: "carrier_ghz",
        isNumber: true,
        cell: (row) => quantity(row.carrier_ghz, "GHz", 2),
      },
      {
        word: gettext("On air"),
        order: "is_active",
        cell: (row) => (row.is_active ? chip("normal", gettext("on air")) : chip("asleep", gettext("asleep"))),
      },
    ],
  },
  links: LINKS,
  "edge-nodes": {
    record: "edge_node",
    keyOf: slugOf,
    title: gettext("New edge node"),
    fields: [
      key(),
      site,
      ...names,
      number("cores", gettext("Cores"), ""),
      number("memory_gb", gettext("Memory"), "GB"),
      number("accelerators", gettext("Accelerators"), "", { initial: 0 }),
      number("power_kw", gettext("Power at full load"), "kW", {
        isOptional: true,
        hint: gettext("Empty: not known."),
      }),
    ],
    columns: [
      nameColumn,
      siteColumn,
      { word: gettext("Cores"), order: "cores", isNumber: true, cell: (row) => String(row.cores) },
      { word: gettext("Memory"), order: "memory_gb", isNumber: true, cell: (row) => quantity(row.memory_gb, "GB") },
      { word: gettext("Accelerators"), order: "accelerators", isNumber: true, cell: (row) => String(row.accelerators) },
      {
        word: gettext("Power at full load"),
        order: "power_kw",
        isNumber: true,
        cell: (row) => quantity(row.power_kw, "kW", 1),
      },
    ],
  },
  corridors: {
    record: "corridor",
    keyOf: slugOf,
    title: gettext("New corridor"),
    fields: [
      key(),
      region,
      ...names,
      {
        name: "path_lon_lat_deg",
        word: gettext("Path"),
        type: "path",
        hint: gettext("One place per line: longitude, latitude; at least two."),
      },
      number("lowest_m", gettext("Lowest"), "m"),
      number("highest_m", gettext("Highest"), "m"),
      number("half_width_m", gettext("Half width"), "m", { initial: 50 }),
      flag("is_public", gettext("Public"), true),
    ],
    columns: [
      nameColumn,
      { word: gettext("Region"), order: "region__slug", cell: (row) => namedBy("region", row.region) },
      {
        word: gettext("Heights above ground"),
        order: "lowest_m",
        isNumber: true,
        cell: (row) => rangeWithUnit(row.lowest_m, row.highest_m, "m"),
      },
      {
        word: gettext("Half width"),
        order: "half_width_m",
        isNumber: true,
        cell: (row) => quantity(row.half_width_m, "m"),
      },
      { word: gettext("Public"), order: "is_public", cell: (row) => yes(row.is_public) },
    ],
  },
};

/** The list of a kind of record, by the record's own word. */
export const LIST_OF = Object.fromEntries(Object.entries(KINDS).map(([list, kind]) => [kind.record, list]));

/** @param {string} list @param {string} key */
export function urlOf(list, key) {
  return `/api/v1/${list}/${key.split("~").map(encodeURIComponent).join("~")}`;
}
