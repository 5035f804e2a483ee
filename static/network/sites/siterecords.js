/** What the inventory holds of a site: its sectors, its links, its computing, and when its own record was changed. */
import { getJson } from "../../console/api.js";
import { chip, el, quantity, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { drawHistory } from "../inventory/inventoryhistory.js";
import { MEDIUM_WORDS, PATTERN_WORDS, SCENARIO_WORDS } from "../inventory/inventoryfields.js";
import { degrees, KINDS } from "../inventory/inventorykinds.js";
import { nameOf } from "../words.js";

const MOST = 100;
/** @type {Record<string, string>} */
const RIGHTS = { sectors: "network.view_sector", links: "network.view_link", "edge-nodes": "network.view_edgenode" };

const mayMap = () => "mayMap" in (document.getElementById("site")?.dataset ?? {});

/** @param {string} slug */
export function drawRecords(slug) {
  drawList(
    "sectors",
    slug,
    gettext("No antenna stands here."),
    [
      gettext("Sector"),
      gettext("State"),
      gettext("Azimuth"),
      gettext("Tilt, downwards"),
      gettext("Power"),
      gettext("Carrier"),
      gettext("Antenna"),
    ],
    sectorRow,
  );
  drawList(
    "links",
    slug,
    gettext("No link ends here, so the site reaches nobody."),
    [gettext("To"), gettext("Rate"), gettext("Load"), gettext("Hops"), gettext("Length"), gettext("Medium")],
    (row) => linkRow(row, slug),
  );
  drawList(
    "edge-nodes",
    slug,
    gettext("No computing stands here."),
    [gettext("Edge node"), gettext("Cores"), gettext("Memory"), gettext("Accelerators"), gettext("Power at full load")],
    nodeRow,
  );
  const node = /** @type {HTMLElement} */ (document.getElementById("history"));
  widget(node).loading();
  drawHistory(node, "site", slug, { missing: node.dataset.missingWithdraw || "", changed: () => drawRecords(slug) });
}

/**
 * @param {string} list @param {string} slug @param {string} empty @param {string[]} heads
 * @param {(row: any) => Array<import("../../console/dom.js").Child>} rowOf
 * @returns {Promise<void>}
 */
async function drawList(list, slug, empty, heads, rowOf) {
  const state = widget(/** @type {HTMLElement} */ (document.getElementById(list)));
  try {
    /** @type {import("../../console/listing.js").Page} */
    const page = await getJson(`/api/v1/${list}?site=${slug}&limit=${MOST}`);
    if (page.results.length === 0) return state.empty(empty);
    const more =
      page.count > MOST &&
      el(
        "p",
        { class: "muted" },
        interpolate(gettext("The first %(shown)s of %(count)s."), { shown: MOST, count: formatNumber(page.count) }),
      );
    return state.show(tableOf(heads, page.results.map(rowOf)), more || "");
  } catch (problem) {
    if (problem.status === 403) return state.forbidden(RIGHTS[list]);
    return state.error(problem.message, () => drawList(list, slug, empty, heads, rowOf));
  }
}

/** @param {string} list @param {any} row @param {string} words */
function recordLink(list, row, words) {
  return el("a", { href: `/inventory/${list}?record=${encodeURIComponent(KINDS[list].keyOf(row))}` }, words);
}

/** @param {any} row */
function sectorRow(row) {
  const pattern = `${PATTERN_WORDS[row.pattern] || row.pattern}${row.pattern === "column" ? ` (${row.elements})` : ""}`;
  const antenna = `${pattern}, ${SCENARIO_WORDS[row.scenario] || row.scenario}`;
  return [
    recordLink("sectors", row, row.slug),
    row.is_active ? chip("normal", gettext("on air")) : chip("asleep", gettext("asleep")),
    degrees(row.azimuth_deg),
    degrees(row.tilt_deg, 1),
    quantity(row.power_dbm, "dBm", 1),
    el("span", { class: "nowrap" }, quantity(row.carrier_ghz, "GHz", 2), " · ", quantity(row.bandwidth_mhz, "MHz")),
    antenna,
  ];
}

/** @param {any} row @param {string} slug */
function linkRow(row, slug) {
  const other = row.a === slug ? row.b : row.a;
  const hops = interpolate(gettext("%(optical)s optical, %(electrical)s electrical"), {
    optical: row.optical_hops,
    electrical: row.electrical_hops,
  });
  const length = el(
    "span",
    { class: "nowrap" },
    quantity(row.length_km, "km", 2),
    " ",
    el("span", { class: "muted" }, row.is_length_surveyed ? gettext("surveyed") : gettext("estimated")),
  );
  return [
    el(
      "span",
      { class: "nowrap" },
      el("a", { href: `/network/sites/${other}` }, other),
      " ",
      recordLink("links", row, gettext("record")),
      " ",
      mayMap() && el("a", { href: `/map?layers=links&without=link:${row.a}~${row.b}` }, gettext("without it")),
    ),
    quantity(row.rate_gbps, "Gb/s"),
    quantity(row.load_share * 100, "%"),
    hops,
    length,
    MEDIUM_WORDS[row.medium] || row.medium,
  ];
}

/** @param {any} row */
function nodeRow(row) {
  return [
    recordLink("edge-nodes", row, nameOf(row)),
    formatNumber(row.cores),
    quantity(row.memory_gb, "GB"),
    formatNumber(row.accelerators),
    quantity(row.power_kw, "kW", 1),
  ];
}
