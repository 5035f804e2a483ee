/** The legends of the network's layers: colours, units, definition, source. */
import { ageText, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { READINGS } from "./state.js";
import { STANDINGS } from "./standings.js";
import { CENTRES, LOADS, RATES_GBPS } from "./features.js";
import { rampColours } from "./palette.js";
import {
  STANDING_WORDS,
  VALUE_SHORT,
  edgeWords,
  heightWord,
  nameOf,
  percentWord,
  problemWord,
  readingWord,
} from "./words.js";

/**
 * @param {string} layer @param {string} title @param {string} source
 * @param {...import("../../console/dom.js").Child} body
 */
const block = (layer, title, source, ...body) =>
  el(
    "section",
    { class: "net-legend", dataset: { of: layer }, "aria-label": title },
    el("h3", null, title, source && el("span", { class: "age" }, ` · ${source}`)),
    ...body,
  );
/** @param {string} kind @param {string} word */
const entry = (kind, word) =>
  el("span", { class: "net-entry" }, el("i", { class: `net-swatch ${kind}`, "aria-hidden": "true" }), word);
/** @param {string} text */
const definition = (text) =>
  text && el("details", { class: "net-definition" }, el("summary", null, gettext("Definition")), el("p", null, text));

/**
 * The legend of a layer as it is shown now; nothing while nothing of it is known.
 * @param {string} layer @param {import("./layers.js").NetworkLayers} layers @returns {HTMLElement|null|false}
 */
export function legendOf(layer, { state, parts, rasters, coverage, kpis, standings, sites }) {
  const { look } = state;
  const value = rasters.valueOf(look.value);
  if (layer === "coverage")
    return value ? coverageLegend(value, rasters.about?.definition ?? "", look, coverage?.stale()) : null;
  const { data } = parts[/** @type {import("./layers.js").Layer} */ (layer)];
  if (!data) return null;
  /** @type {Record<string, () => HTMLElement|false>} */
  const legends = {
    links: () =>
      state.isByStanding(layer)
        ? standingLegend(
            "links",
            "link",
            data.map((/** @type {any} */ link) => `${link.a}~${link.b}`),
            standings,
          )
        : linksLegend(look.linksBy, data),
    circles: () => circlesLegend(data, READINGS[look.reading], (slug) => sites.get(slug), look.centre),
    corridors: () =>
      state.isByStanding(layer)
        ? standingLegend(
            "corridors",
            "corridor",
            data.features.map((/** @type {any} */ piece) => piece.properties.slug),
            standings,
          )
        : corridorsLegend(data, kpis.data),
    planned: () => data.length > 0 && plannedLegend(),
  };
  return legends[layer]();
}

/**
 * @param {import("./rasters.js").Value} value @param {string} about definition of all values
 * @param {import("./state.js").Look} look @param {string|null} [stale] why what is drawn may not hold any more
 */
function coverageLegend(value, about, look, stale = null) {
  const title = `${VALUE_SHORT[value.key]}, ${heightWord(look.heightM)}`;
  const unit = value.key === "sensing" ? "%" : value.unit;
  const body =
    value.key === "server"
      ? [
          el(
            "p",
            { class: "muted" },
            gettext("A line where one sector hands over to the next; the colours only tell neighbours apart."),
          ),
        ]
      : [ramp(value, unit, look.opacity)];
  return block(
    "coverage",
    title,
    gettext("modelled"),
    stale && el("p", { class: "net-stale", role: "status" }, stale),
    ...body,
    el(
      "div",
      { class: "net-entries" },
      entry("unknown", gettext("Unknown")),
      definition(`${value.definition}. ${about || ""}`),
    ),
  );
}

/** @param {import("./rasters.js").Value} value @param {string} unit @param {number} opacity */
function ramp(value, unit, opacity) {
  const words = edgeWords(value);
  const colours = rampColours(words.length + 1);
  const box = el("div", {
    class: "net-ramp",
    role: "img",
    "aria-label": interpolate(gettext("Colours from below %(low)s to above %(high)s %(unit)s"), {
      low: words[0],
      high: words.at(-1),
      unit,
    }),
  });
  colours.forEach((colour, index) => {
    const ink = el("i");
    ink.style.background = `rgb(${colour.join(" ")} / ${opacity + 0.15})`;
    box.append(el("span", null, ink, el("b", null, words[index] ?? unit)));
  });
  return box;
}

/**
 * @param {"links"|"corridors"} layer @param {"link"|"corridor"} kind @param {string[]} keys what the layer shows
 * @param {import("./standings.js").Standings} standings
 */
function standingLegend(layer, kind, keys, standings) {
  const counts = Object.fromEntries(STANDINGS.map((state) => [state, 0]));
  for (const key of new Set(keys)) counts[standings.of(kind, key)] += 1;
  const { part } = standings;
  const ageS = standings.ageS();
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
      ...STANDINGS.map((state) =>
        entry(`link standing-${state}`, `${STANDING_WORDS[state]}: ${formatNumber(counts[state])}`),
      ),
    ),
    note && el("p", { class: part.problem ? "net-stale" : "muted" }, note),
    el("a", { href: `/sla?kind=${kind}` }, gettext("The agreements as a list")),
  );
}

/** @param {string} by "rate" or "load" @param {any[]} links */
function linksLegend(by, links) {
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
    el("div", { class: "net-entries" }, ...(by === "rate" ? rates : loads)),
    el("p", { class: "muted" }, share),
  );
}

/**
 * @param {import("./features.js").Reach & {definition?: {threshold_ms: number}}} reach @param {string[]} reading
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
    gettext("modelled"),
    el(
      "div",
      { class: "net-entries" },
      ...centres.map(({ node }) => node),
      entry("ring major", gettext("Key site outside")),
    ),
    el("p", { class: "muted" }, readingWord(reading)),
  );
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
    gettext("modelled"),
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
