/** The probe session with a site: how it is measured, and what the rounds of a span say of line and probe. */
import { ageText, el, quantity, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { facts } from "../../console/table.js";

/** @type {Record<string, string>} */
const METHODS = {
  stamp: "STAMP (RFC 8762)",
  tcp: gettext("TCP connect"),
  http: gettext("HTTP request"),
  https: gettext("HTTPS request"),
};

/** @type {Record<string, string>} */
const REFUSALS = {
  no_answer: gettext("unknown: no answer"),
  clock_unsynchronised: gettext("unknown: a clock is not synchronised"),
  clock_error_too_large: gettext("unknown: clocks too far apart"),
  clock_impossible: gettext("unknown: a clock is wrong"),
};

/** @type {Record<string, string>} */
const FAILURES = {
  timeout: gettext("time-out"),
  refused: gettext("refused"),
  name_unknown: gettext("name unknown"),
  unreachable: gettext("unreachable"),
  wrong_status: gettext("wrong status"),
  no_http: gettext("no HTTP answer"),
};

/**
 * What rounds come to. Pure; null is unknown.
 * @param {any[]} samples oldest first
 */
export function sessionFigures(samples) {
  /** @param {string} name @param {any[]} rows @returns {number} */
  const sum = (name, rows) => rows.reduce((total, sample) => total + (sample[name] ?? 0), 0);
  const trusted = samples.filter((sample) => sample.is_trusted);
  const directed = trusted.filter((sample) => sample.lost_forward !== null && sample.lost_forward !== undefined);
  const gaps = samples
    .slice(1)
    .map((sample, at) => (Date.parse(sample.sent_at) - Date.parse(samples[at].sent_at)) / 1000)
    .sort((a, b) => a - b);
  const delays = samples
    .map((delayMs) => delayMs.probe_delay_ms)
    .filter((delayMs) => delayMs !== null && delayMs !== undefined);
  const newest = trusted.at(-1) ?? null;
  const counted = trusted.filter((sample) => sample.reordered !== null && sample.reordered !== undefined);
  const held = samples.filter((sample) => sample.held !== null && sample.held !== undefined);
  const residences = trusted
    .map((residenceMs) => residenceMs.residence_ms)
    .filter((residenceMs) => residenceMs !== null && residenceMs !== undefined);
  return {
    rounds: samples.length,
    untrusted: samples.length - trusted.length,
    packets: sum("packets", trusted),
    lost: sum("lost", trusted),
    toldOf: directed.length,
    lostForward: directed.length ? sum("lost_forward", directed) : null,
    lostBackward: directed.length ? sum("lost_backward", directed) : null,
    periodS: gaps.length ? gaps[Math.floor(gaps.length / 2)] : null,
    residenceMs: residences.length
      ? residences.reduce((total, residenceMs) => total + residenceMs, 0) / residences.length
      : null,
    worstDelayMs: delays.length ? Math.max(...delays) : null,
    newest,
    reordered: counted.length ? sum("reordered", counted) : null,
    duplicates: counted.length ? sum("duplicates", counted) : null,
    failed: trusted.findLast((sample) => sample.failure) ?? null,
    held: held.length ? sum("held", held) : null,
  };
}

/** @param {ReturnType<typeof sessionFigures>} figures */
function countsOf(figures) {
  /** @param {number|null} value */
  const count = (value) =>
    value === null ? el("span", { class: "muted" }, gettext("cannot be told")) : formatNumber(value);
  const share = figures.packets ? ` (${formatNumber((100 * figures.lost) / figures.packets, 2)} %)` : "";
  return facts([
    [gettext("Rounds"), formatNumber(figures.rounds)],
    [gettext("Packets lost"), `${formatNumber(figures.lost)} / ${formatNumber(figures.packets)}${share}`],
    [gettext("Lost on the way there"), count(figures.lostForward)],
    [gettext("Lost on the way back"), count(figures.lostBackward)],
    [gettext("Reflector's residence, mean"), quantity(figures.residenceMs, "ms", 3)],
    [gettext("Delay of the probe itself, worst"), quantity(figures.worstDelayMs, "ms", 2)],
    [gettext("Packets out of order"), count(figures.reordered)],
    [gettext("Duplicates"), count(figures.duplicates)],
    [gettext("Held up by the probe, left out"), count(figures.held)],
    [
      gettext("Rounds while the probe was disturbed"),
      el("span", { class: figures.untrusted ? "chip unknown" : "" }, formatNumber(figures.untrusted)),
    ],
  ]);
}

/**
 * @param {any} site @param {any[]} samples @param {number} spanS @param {boolean} [isLive] whether they end now
 * @returns {Node[]}
 */
export function probeSession(site, samples, spanS, isLive = true) {
  if (site.probe_port === null)
    return [
      el(
        "p",
        { class: "muted" },
        gettext("This site is not probed, so its state is unknown. Give it a probe address to measure it."),
      ),
    ];
  const figures = sessionFigures(samples);
  const stamped = site.probe_method === undefined || site.probe_method === "stamp";
  return [
    el(
      "div",
      { class: "cards site-cards" },
      facts([
        ...target(site),
        [gettext("Method"), METHODS[site.probe_method] || METHODS.stamp],
        ...settings(site, stamped),
        [gettext("Period, as measured"), quantity(figures.periodS, "s", 1)],
      ]),
      countsOf(figures),
      stamped ? timesOf(figures.newest) : facts([[gettext("Last failure"), failureOf(figures.failed)]]),
    ),
    el(
      "p",
      { class: "muted" },
      interpolate(
        isLive
          ? gettext(
              "Of the last %(minutes)s min. Rounds while the probe was disturbed count as unknown time, never as good or bad.",
            )
          : gettext(
              "Of the last %(minutes)s min of the time shown. Rounds while the probe was disturbed count as unknown time, never as good or bad.",
            ),
        { minutes: formatNumber(spanS / 60) },
      ),
    ),
  ];
}

/** Why the newest failed check of the span failed, and how long ago. @param {any} sample */
function failureOf(sample) {
  if (!sample) return el("span", { class: "muted" }, gettext("none in this span"));
  const age = ageText((Date.now() - Date.parse(sample.sent_at)) / 1000);
  return el(
    "span",
    { class: "measured" },
    interpolate(gettext("%(reason)s, %(age)s ago"), { reason: FAILURES[sample.failure] || sample.failure, age }),
  );
}

/** Delay of each way and jitter of the newest round of a probe that was well, with its age. @param {any} newest */
function timesOf(newest) {
  const error = newest?.one_way_error_ms ?? null;
  /** @param {number|null|undefined} ms */
  const oneWay = (ms) => {
    if (ms !== null && ms !== undefined)
      return el(
        "span",
        { class: "measured" },
        quantity(ms, "ms", 3),
        error === null ? "" : ` ± ${formatNumber(error, 3)}`,
      );
    return el("span", { class: "muted" }, REFUSALS[newest?.one_way_refusal] || gettext("unknown"));
  };
  /** @param {number|null|undefined} ms */
  const figure = (ms) => el("span", { class: "measured" }, quantity(ms, "ms", 3));
  const node = facts([
    [gettext("Delay on the way there"), oneWay(newest?.forward_ms)],
    [gettext("Delay on the way back"), oneWay(newest?.backward_ms)],
    [gettext("Clocks are apart by at most"), quantity(error, "ms", 3)],
    [gettext("Jitter of the round trip (RFC 3550)"), figure(newest?.jitter_ms)],
    [gettext("Jitter on the way there"), figure(newest?.jitter_forward_ms)],
    [gettext("Jitter on the way back"), figure(newest?.jitter_backward_ms)],
    [gettext("Spread, p95 less least (RFC 5481)"), figure(newest?.spread_ms)],
    [gettext("Age of these"), el("span", { class: "session-age", "data-at": newest?.sent_at ?? null })],
  ]);
  node.classList.add("session-times");
  return node;
}

/**
 * Let the age of the newest delays go on, and show them stale when it is too great.
 * @param {Element} panel @param {number} staleAfterS @param {number} now
 */
export function ageOfSession(panel, staleAfterS, now) {
  const age = /** @type {HTMLElement|null} */ (panel.querySelector(".session-age"));
  if (!age) return;
  const seconds = age.dataset.at ? (now - Date.parse(age.dataset.at)) / 1000 : null;
  setText(age, seconds === null ? gettext("never measured in this span") : ageText(seconds));
  panel.querySelector(".session-times")?.classList.toggle("is-stale", seconds === null || seconds > staleAfterS);
}

/** @typedef {[string, any]} Fact a word and what stands beside it */

/** @param {any} site @returns {Fact[]} */
function target(site) {
  return site.probe_port === undefined
    ? []
    : [[gettext("Target"), el("span", { class: "mono" }, `${site.probe_host}:${site.probe_port}`)]];
}

/** @param {any} site @param {boolean} stamped @returns {Fact[]} */
function settings(site, stamped) {
  /** @type {Fact[]} */
  const sizes = stamped
    ? [
        [gettext("Size"), site.probe_size_bytes && quantity(site.probe_size_bytes, "B")],
        ["DSCP", site.probe_dscp],
      ]
    : [];
  /** @type {Fact[]} */
  const rows = [
    [gettext("Packets in a round"), site.probe_packets],
    [gettext("Rate"), site.probe_rate_hz && quantity(site.probe_rate_hz, "Hz", 1)],
    ...sizes,
  ];
  return rows.map(([word, value]) => [word, chosen(value)]);
}

/** @param {any} value */
function chosen(value) {
  if (value === null || value === undefined || value === 0 || value === "")
    return el("span", { class: "muted" }, gettext("as usual"));
  return typeof value === "number" ? formatNumber(value) : value;
}
