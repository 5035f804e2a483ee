/**
 * Modelled beside measured: what the model's one-way latency is made of, and how far the measured round trip is from
 * it.
 */
import { el, formatTime } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { objectiveText } from "../words.js";

/** @type {Record<string, string>} */
export const PART_WORDS = {
  fibre: gettext("fibre"),
  microwave: gettext("microwave"),
  optical: gettext("optical nodes"),
  ip: gettext("IP nodes"),
  queueing: gettext("queueing"),
  station: gettext("base station"),
  radio: gettext("radio"),
  compute: gettext("computing"),
};
const HOUR_S = 3_600;
const LEAST_SAMPLES_P99 = 100; // with fewer a single slow round would be the percentile

/**
 * What the measured rounds say. Pure.
 * @param {Array<{rtt_ms: number|null, lost: number, packets?: number, is_trusted: boolean}>} samples
 * @returns {{rounds: number, medianMs: number|null, p99Ms: number|null}} null: unknown
 */
export function measuredFigures(samples) {
  const times = samples
    .flatMap(({ is_trusted: isTrusted, rtt_ms: ms }) => (isTrusted && ms !== null ? [ms] : []))
    .sort((a, b) => a - b);
  /** @param {number} share */
  const at = (share) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)];
  return {
    rounds: times.length,
    medianMs: times.length ? at(0.5) : null,
    p99Ms: times.length >= LEAST_SAMPLES_P99 ? at(0.99) : null,
  };
}

/** Why there are no rounds of a time. @param {number} keptS how long they are kept */
export const goneText = (keptS) =>
  interpolate(
    gettext(
      "Single rounds of this time are not kept any more: they are deleted after %(hours)s h. The percentiles reach further back.",
    ),
    { hours: formatNumber(keptS / HOUR_S) },
  );

/**
 * @param {any} site @param {any[]} samples
 * @param {[number, number]|null} [timesS] from when to when they are, where that is not the present [s]
 * @returns {Array<Node|null>}
 */
export function comparison(site, samples, timesS = null) {
  const modelled = site.modelled_one_way;
  const measured = measuredFigures(samples);
  const most = Math.max(measured.p99Ms || 0, measured.medianMs || 0, modelled ? 2 * modelled.p99_ms : 0) || 1;
  const bars = [
    bar(gettext("Measured round trip, median"), "measured", measured.medianMs, most),
    bar(gettext("Measured round trip, 99th percentile of rounds"), "measured", measured.p99Ms, most),
    bar(
      gettext("Modelled, twice one way, mean"),
      "modelled",
      modelled && 2 * modelled.mean_ms,
      most,
      modelled?.parts_ms,
    ),
    bar(gettext("Modelled, twice one way, 99th percentile"), "modelled", modelled && 2 * modelled.p99_ms, most),
  ];
  return [el("div", { class: "bars" }, ...bars.flat()), difference(measured, modelled), timesS && ofThen(timesS)];
}

/** What was measured then stands beside the model of now. @param {[number, number]} timesS */
function ofThen(timesS) {
  const [from, until] = timesS.map((atS) => formatTime(atS * 1000));
  const words = gettext("Measured from %(from)s to %(until)s; modelled over the inventory of now.");
  return el("p", { class: "muted" }, interpolate(words, { from, until }));
}

/**
 * @param {string} word @param {string} source @param {number|null|undefined} ms @param {number} most
 * @param {Record<string, number>} [parts] [ms]
 */
function bar(word, source, ms, most, parts = {}) {
  const label = el("span", { class: "bar-word" }, word);
  if (ms === null || ms === undefined) return [label, el("span", { class: "muted" }, gettext("unknown"))];
  const line = el(
    "span",
    { class: `bar-line ${source}-bar`, "aria-hidden": "true" },
    ...Object.keys(parts).map((part) => segment(part, (2 * parts[part]) / ms)),
  );
  line.style.width = `${(75 * ms) / most}%`;
  return [
    label,
    el(
      "span",
      { class: "bar-value" },
      line,
      el("span", null, formatNumber(ms, 2), el("span", { class: "unit" }, " ms")),
    ),
  ];
}

/** @param {string} part @param {number} share */
function segment(part, share) {
  const node = el("span", { title: PART_WORDS[part] || part });
  node.style.width = `${100 * share}%`;
  return node;
}

/** @param {ReturnType<typeof measuredFigures>} measured @param {any} modelled */
function difference(measured, modelled) {
  if (measured.medianMs === null || !modelled) return null;
  const apart = measured.medianMs - 2 * modelled.mean_ms;
  const words =
    apart >= 0
      ? gettext("The median measured is %(ms)s ms above the modelled mean, over %(rounds)s rounds.")
      : gettext("The median measured is %(ms)s ms below the modelled mean, over %(rounds)s rounds.");
  return el(
    "p",
    { class: "muted" },
    interpolate(words, { ms: formatNumber(Math.abs(apart), 2), rounds: formatNumber(measured.rounds) }),
  );
}

/** @param {any} modelled @returns {Node} */
export function partsTable(modelled) {
  if (!modelled)
    return el("p", { class: "muted" }, gettext("The model knows no path from here to the core of the region."));
  /** @param {number} ms */
  const figure = (ms) => el("span", { class: "modelled" }, formatNumber(ms, 3));
  const rows = Object.keys(modelled.parts_ms).map((part) => [
    PART_WORDS[part] || part,
    figure(modelled.parts_ms[part]),
    figure(modelled.parts_p99_ms[part]),
  ]);
  const whole = [el("strong", null, gettext("whole path, one way")), figure(modelled.mean_ms), figure(modelled.p99_ms)];
  return tableOf([gettext("Modelled, one way"), gettext("Mean, ms"), gettext("99th percentile, ms")], [...rows, whole]);
}

/**
 * What is promised of a site's round trips, as lines of its charts. Pure.
 * @param {Array<{metric: string, objective: number}>} agreements
 * @returns {import("../../console/chartover.js").Level[]} [ms]
 */
export function promisedLevels(agreements) {
  const values = agreements.flatMap(({ metric, objective }) => (metric === "rtt_p99" ? [objective] : []));
  return [...new Set(values)]
    .sort((a, b) => a - b)
    .map((value) => ({
      value,
      text: interpolate(gettext("promised: 99th percentile %(objective)s"), {
        objective: objectiveText("rtt_p99", value),
      }),
    }));
}
