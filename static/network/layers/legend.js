/** The legends of the network's layers: colours, units, definition, source. */
import { ageText, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { LINK_STATE_WORDS } from "../linkstate.js";
import { countsNotUp, STANDING_OF } from "./linkstates.js";
import { READINGS } from "./state.js";
import { COMPLIANCE_STATES } from "./compliance.js";
import { CENTRES, LOADS, RATES_GBPS } from "./features.js";
import { nameOf, modelledWord, percentWord, problemWord, readingWord, COMPLIANCE_WORDS } from "./words.js";
import { block, coverageLegend, definition, entry } from "./coveragelegend.js";

/**
 * The legend of a layer as it is shown now; nothing while nothing of it is known.
 * @param {string} layer @param {import("./layers.js").NetworkLayers} layers @returns {HTMLElement|null|false}
 */
export function legendOf(layer, { state, parts, rasters, coverage, kpis, compliance, sites }) {
  const { look } = state;
  const value = rasters.valueOf(look.value);
  if (layer === "coverage")
    return value ? coverageLegend(value, rasters.about?.definition ?? "", look, coverage?.stale()) : null;
  const { data } = parts[/** @type {import("./layers.js").Layer} */ (layer)];
  if (!data) return null;
  /** @type {Record<string, () => HTMLElement|false>} */
  const legends = {
    links: () =>
      state.isByCompliance(layer)
        ? complianceLegend(
            "links",
            "link",
            data.map((/** @type {any} */ link) => `${link.a}~${link.b}`),
            compliance,
          )
        : linksLegend(look.linksBy, data, look.twin === "live"),
    circles: () => circlesLegend(data, READINGS[look.reading], (slug) => sites.get(slug), look.centre),
    corridors: () =>
      state.isByCompliance(layer)
        ? complianceLegend(
            "corridors",
            "corridor",
            data.features.map((/** @type {any} */ piece) => piece.properties.slug),
            compliance,
          )
        : corridorsLegend(data, kpis.data),
    planned: () => data.length > 0 && plannedLegend(),
  };
  return legends[layer]();
}

/**
 * @param {"links"|"corridors"} layer @param {"link"|"corridor"} kind @param {string[]} keys what the layer shows
 * @param {import("./compliance.js").ComplianceStatuses} compliance
 */
function complianceLegend(layer, kind, keys, compliance) {
  const counts = Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, 0]));
  for (const key of new Set(keys)) counts[compliance.of(kind, key)] += 1;
  const { part } = compliance;
  const ageS = compliance.ageS();
  const note = part.problem
    ? problemWord(part.problem)
    : part.data
      ? ageS !== null && interpolate(gettext("judged %(age)s ago"), { age: ageText(ageS) })
      : gettext("Loading");
  return block(
    layer,
    layer === "links" ? gettext("Links by service level") : gettext("Corridors by service level"),
    gettext("over its period"),
    el(
      "div",
      { class: "net-entries" },
      ...COMPLIANCE_STATES.map((state) =>
        entry(`link standing-${state}`, `${COMPLIANCE_WORDS[state]}: ${formatNumber(counts[state])}`),
      ),
    ),
    note && el("p", { class: part.problem ? "net-stale" : "muted" }, note),
    el("a", { href: `/sla?kind=${kind}` }, gettext("The agreements as a list")),
  );
}

/** @param {string} by "rate" or "load" @param {any[]} links @param {boolean} isLive states are told apart */
function linksLegend(by, links, isLive) {
  const rates = RATES_GBPS.map((rate, index) =>
    entry(`link rate-${index}`, interpolate(gettext("%(rate)s Gbit/s"), { rate })),
  );
  const loads = LOADS.map((least, index) =>
    entry(
      `link load-${index}`,
      index === LOADS.length - 1
        ? interpolate(gettext("from %(least)s %"), { least: least * 100 })
        : interpolate(gettext("%(least)s to %(most)s %"), { least: least * 100, most: LOADS[index + 1] * 100 }),
    ),
  );
  const fast = links.filter((link) => link.rate_gbps >= 400).length;
  const share = links.length
    ? interpolate(gettext("%(count)s of %(all)s links at 400 Gbit/s or more"), {
        count: formatNumber(fast),
        all: formatNumber(links.length),
      })
    : "";
  return block(
    "links",
    by === "rate" ? gettext("Links by rate") : gettext("Links by load"),
    gettext("from the inventory"),
    el("div", { class: "net-entries" }, ...(by === "rate" ? rates : loads), ...(isLive ? notUp(links) : [])),
    el("p", { class: "muted" }, share),
  );
}

/** @param {any[]} links @returns {HTMLElement[]} */
const notUp = (links) =>
  countsNotUp(links).map(({ state, count }) =>
    entry(`link standing-${STANDING_OF[state]}`, `${LINK_STATE_WORDS[state]}: ${formatNumber(count)}`),
  );

/**
 * @param {import("./features.js").Reach & {definition?: {threshold_ms: number}, network?: {twin: string}}} reach
 * @param {string[]} reading
 * @param {(slug: string) => any} siteOf @param {string} only
 */
function circlesLegend(reach, reading, siteOf, only) {
  const keys = reach.sites.filter((site) => site.is_key_site);
  const centres = reach.centres
    .map(({ slug, key_sites_inside: count }, index) => {
      const word = interpolate(gettext("%(name)s: %(count)s key sites"), { name: nameOf(siteOf(slug), slug), count });
      return { slug, node: entry(`centre centre-${(index % CENTRES) + 1}`, word) };
    })
    .filter(({ slug }) => !only || slug === only);
  const inside = keys.filter((site) => site.is_inside).length;
  const title = interpolate(gettext("%(count)s of %(all)s key sites inside %(ms)s ms"), {
    count: inside,
    all: keys.length,
    ms: formatNumber(reach.definition?.threshold_ms ?? 1),
  });
  return block(
    "circles",
    title,
    modelledWord(reach.network?.twin),
    el(
      "div",
      { class: "net-entries" },
      ...centres.map(({ node }) => node),
      entry("ring major", gettext("Key site outside")),
    ),
    nowLine(keys),
    el("p", { class: "muted" }, readingWord(reading)),
  );
}

/** How many key sites are lost now, and of how many it is not known. @param {any[]} keys */
function nowLine(keys) {
  const [lost, asleep, unknown] = ["lost", "asleep", "unknown"].map(
    (state) => keys.filter((site) => site.state === state).length,
  );
  const words = [
    lost > 0 && interpolate(gettext("%(count)s key sites lost now"), { count: formatNumber(lost) }),
    asleep > 0 && interpolate(gettext("%(count)s key sites asleep"), { count: formatNumber(asleep) }),
    unknown > 0 && interpolate(gettext("of %(count)s key sites it is not known"), { count: formatNumber(unknown) }),
  ].filter(Boolean);
  return words.length > 0 && el("p", { class: lost ? "net-stale" : "muted" }, words.join(", "));
}

/** @param {any} pieces @param {any} kpis */
function corridorsLegend(pieces, kpis) {
  const goals = pieces.definition || kpis?.definition;
  const share = kpis?.routes
    ? interpolate(gettext("%(share)s of public routes covered, target %(target)s"), {
        share: percentWord(kpis.routes.share, 1),
        target: percentWord(kpis.routes.target_share),
      })
    : "";
  return block(
    "corridors",
    gettext("Corridors by coverage"),
    modelledWord(pieces.network?.twin),
    el(
      "div",
      { class: "net-entries" },
      entry("line corridor", gettext("Covered")),
      entry("line open", gettext("Not covered")),
      entry("line unknown-line", gettext("Unknown")),
    ),
    share && el("p", { class: "muted" }, share),
    definition(typeof goals === "string" ? goals : ""),
  );
}

function plannedLegend() {
  return block(
    "planned",
    gettext("Planned changes"),
    gettext("planned"),
    el(
      "div",
      { class: "net-entries" },
      entry("plan", gettext("To come, with its date")),
      entry("plan less", gettext("To go")),
    ),
  );
}
