/** What a site's equipment counted: totals, classes of signal, and each cell; how old it is, and what is not known. */
import { ageText, chip, el, quantity } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { facts, tableOf } from "../../console/table.js";
import { portsText } from "./ports.js";

/**
 * How old the counters are and whether they still hold. Pure.
 * @param {{age_s: number|null, stale_after_s: number}} counters @param {number} sinceMs since they were fetched
 */
export function freshness(counters, sinceMs) {
  if (counters.age_s === null) return { ageS: null, isKnown: false };
  const ageS = counters.age_s + sinceMs / 1000;
  return { ageS, isKnown: ageS <= counters.stale_after_s };
}

/**
 * @param {any} counters as the API tells them @param {number} sinceMs since they were fetched @returns {HTMLElement}
 */
export function counterPanel(counters, sinceMs) {
  const { told: reported } = counters;
  const { ageS, isKnown } = freshness(counters, sinceMs);
  const source = interpolate(gettext("Measured: counted by the site itself over %(period)s s, told %(age)s ago."), {
    period: formatNumber(reported.period_s),
    age: ageText(ageS),
  });
  const note = isKnown
    ? el("p", { class: "muted" }, source)
    : el(
        "p",
        null,
        chip("unknown", gettext("unknown")),
        " ",
        interpolate(gettext("Nothing was told for %(age)s; these are its last counters."), { age: ageText(ageS) }),
        counters.problem && ` ${counters.problem}`,
      );
  const signal = el(
    "div",
    { class: "histograms" },
    histogram(
      gettext("Received power (RSRP)"),
      together(reported.cells.map((/** @type {any} */ cell) => cell.rsrp_dbm)),
      "dBm",
    ),
    histogram(
      gettext("Signal over noise and interference (SINR)"),
      together(reported.cells.map((/** @type {any} */ cell) => cell.sinr_db)),
      "dB",
    ),
  );
  return el(
    "div",
    { class: isKnown ? "counters" : "counters is-old" },
    note,
    el("div", { class: "counter-parts" }, totals(reported), signal),
    cells(reported.cells),
  );
}

/** @param {any} counters */
function totals(counters) {
  const edge =
    counters.edge &&
    el(
      "span",
      null,
      share(counters.edge.busy_share),
      " ",
      interpolate(gettext("busy, %(count)s in the queue"), { count: formatNumber(counters.edge.queue) }),
    );
  return facts([
    [gettext("Devices attached"), number(counters.devices)],
    [gettext("Drones attached"), number(counters.drones)],
    [gettext("Radio resources in use (PRB)"), share(counters.prb_use_share)],
    [gettext("Throughput"), quantity(counters.throughput_mbps, "Mb/s", 1)],
    [gettext("Power drawn"), quantity(counters.power_w, "W")],
    [gettext("Temperature in the cabinet"), quantity(counters.temperature_c, "°C", 1)],
    [gettext("Edge node"), edge || el("span", { class: "muted" }, gettext("none here"))],
    [gettext("Ports"), portsText(counters.ports)],
    [gettext("Version of its settings"), number(counters.version)],
  ]);
}

/** @param {any[]} rows */
function cells(rows) {
  if (rows.length === 0) return "";
  const heads = [
    gettext("Sector"),
    gettext("State"),
    gettext("Devices"),
    gettext("Drones"),
    gettext("Resources"),
    gettext("Throughput"),
    gettext("RSRP, median class"),
    gettext("SINR, median class"),
  ];
  return tableOf(
    heads,
    rows.map((cell) => [
      cell.sector,
      cell.is_active ? chip("normal", gettext("on air")) : chip("asleep", gettext("asleep")),
      number(cell.devices),
      number(cell.drones),
      share(cell.prb_use_share),
      quantity(cell.throughput_mbps, "Mb/s", 1),
      medianClass(cell.rsrp_dbm, "dBm"),
      medianClass(cell.sinr_db, "dB"),
    ]),
  );
}

/** @typedef {{edges: number[], counts: number[]}} Histogram one more count than edges */

/**
 * The histograms of cells as one; null where their classes differ, or there is none. Pure.
 * @param {Histogram[]} parts @returns {Histogram|null}
 */
export function together(parts) {
  const [first] = parts;
  if (!first || parts.some((part) => String(part.edges) !== String(first.edges))) return null;
  return {
    edges: first.edges,
    counts: first.counts.map((_, at) => parts.reduce((sum, part) => sum + part.counts[at], 0)),
  };
}

/** The words of each class, lowest first; the first and the last are open. Pure. @param {number[]} edges */
export function classWords(edges) {
  return [
    `< ${formatNumber(edges[0])}`,
    ...edges.slice(1).map((edge, at) => `${formatNumber(edges[at])} … ${formatNumber(edge)}`),
    `≥ ${formatNumber(edges[edges.length - 1])}`,
  ];
}

/** @param {string} title @param {Histogram|null} parts @param {string} unit */
function histogram(title, parts, unit) {
  const total = parts ? parts.counts.reduce((sum, count) => sum + count, 0) : 0;
  const head = el(
    "figcaption",
    null,
    title,
    " ",
    el(
      "span",
      { class: "muted" },
      total
        ? interpolate(gettext("%(count)s reports, all cells"), { count: formatNumber(total) })
        : gettext("no reports"),
    ),
  );
  if (!parts || !total) return el("figure", { class: "histogram" }, head);
  const most = Math.max(...parts.counts);
  const words = classWords(parts.edges).map(
    (word, at) => `${word} ${unit}: ${formatNumber((parts.counts[at] / total) * 100, 1)} %`,
  );
  const bars = parts.counts.map((count, at) => {
    const bar = el("span", { title: words[at] });
    bar.style.height = `${(count / most) * 100}%`;
    return bar;
  });
  const ends = el(
    "div",
    { class: "histogram-ends muted", "aria-hidden": "true" },
    el("span", null, `< ${formatNumber(parts.edges[0])}`),
    el("span", null, unit),
    el("span", null, `≥ ${formatNumber(parts.edges[parts.edges.length - 1])}`),
  );
  return el(
    "figure",
    { class: "histogram" },
    head,
    el("div", { class: "histogram-bars", role: "img", "aria-label": `${title}. ${words.join("; ")}` }, ...bars),
    ends,
  );
}

/** The class that holds the median report; "–" without any. Pure. @param {Histogram} histogram @param {string} unit */
export function medianClass({ edges, counts }, unit) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return "–";
  let below = 0;
  const place = counts.findIndex((count) => (below += count) >= total / 2);
  return `${classWords(edges)[place]} ${unit}`;
}

/** @param {number|null} value */
const number = (value) => (value === null ? el("span", { class: "muted" }, gettext("unknown")) : formatNumber(value));
/** @param {number|null} value */
const share = (value) => quantity(value === null ? null : value * 100, "%", 1);
