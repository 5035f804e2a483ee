/** The probe session with a site: how it is measured, and what the rounds of a span say of line and probe. */
import { el, quantity } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { facts } from "./words.js";

const METHODS = { stamp: "STAMP (RFC 8762)", tcp: gettext("TCP connect"), http: gettext("HTTP request"), https: gettext("HTTPS request") };

/**
 * What rounds come to. Pure; null is unknown.
 * @param {any[]} samples oldest first
 */
export function sessionFigures(samples) {
  const sum = (name, rows) => rows.reduce((total, one) => total + (one[name] ?? 0), 0);
  const trusted = samples.filter((one) => one.is_trusted);
  const told = trusted.filter((one) => one.lost_forward !== null && one.lost_forward !== undefined);
  const gaps = samples.slice(1).map((one, at) => (Date.parse(one.sent_at) - Date.parse(samples[at].sent_at)) / 1000).sort((a, b) => a - b);
  const delays = samples.map((one) => one.probe_delay_ms).filter((one) => one !== null && one !== undefined);
  const residences = trusted.map((one) => one.residence_ms).filter((one) => one !== null && one !== undefined);
  return {
    rounds: samples.length,
    untrusted: samples.length - trusted.length,
    packets: sum("packets", trusted),
    lost: sum("lost", trusted),
    toldOf: told.length,
    lostForward: told.length ? sum("lost_forward", told) : null,
    lostBackward: told.length ? sum("lost_backward", told) : null,
    periodS: gaps.length ? gaps[Math.floor(gaps.length / 2)] : null,
    residenceMs: residences.length ? residences.reduce((total, one) => total + one, 0) / residences.length : null,
    worstDelayMs: delays.length ? Math.max(...delays) : null,
  };
}

/** @param {any} site @param {any[]} samples @param {number} spanS @returns {Node[]} */
export function probeSession(site, samples, spanS) {
  if (!site.probe_port) return [el("p", { class: "muted" }, gettext("This site is not probed, so its state is unknown. Give it a probe address to measure it."))];
  const found = sessionFigures(samples);
  const count = (value) => (value === null ? el("span", { class: "muted" }, gettext("cannot be told")) : formatNumber(value));
  const share = found.packets ? ` (${formatNumber((100 * found.lost) / found.packets, 2)} %)` : "";
  const stamped = site.probe_method === undefined || site.probe_method === "stamp";
  return [
    el("div", { class: "cards site-cards" },
      facts([
        [gettext("Target"), el("span", { class: "mono" }, `${site.probe_host}:${site.probe_port}`)],
        [gettext("Method"), METHODS[site.probe_method] || METHODS.stamp],
        ...settings(site, stamped),
        [gettext("Period, as measured"), quantity(found.periodS, "s", 1)],
      ]),
      facts([
        [gettext("Rounds"), formatNumber(found.rounds)],
        [gettext("Packets lost"), `${formatNumber(found.lost)} / ${formatNumber(found.packets)}${share}`],
        [gettext("Lost on the way there"), count(found.lostForward)],
        [gettext("Lost on the way back"), count(found.lostBackward)],
        [gettext("Reflector's residence, mean"), quantity(found.residenceMs, "ms", 3)],
        [gettext("Late of the probe itself, worst"), quantity(found.worstDelayMs, "ms", 2)],
        [gettext("Rounds of an unwell probe"), el("span", { class: found.untrusted ? "chip unknown" : "" }, formatNumber(found.untrusted))],
      ])),
    el("p", { class: "muted" }, interpolate(gettext("Of the last %(minutes)s min. Rounds of an unwell probe count as unknown time, never as good or bad."), { minutes: formatNumber(spanS / 60) })),
  ];
}

function settings(site, stamped) {
  const rows = [[gettext("Packets in a round"), site.probe_packets], [gettext("Rate"), site.probe_rate_hz && quantity(site.probe_rate_hz, "Hz", 1)], ...(stamped ? [[gettext("Size"), site.probe_size_bytes && quantity(site.probe_size_bytes, "B")], ["DSCP", site.probe_dscp]] : [])];
  return rows.map(([word, value]) => [word, value === null || value === undefined || value === 0 || value === "" ? el("span", { class: "muted" }, gettext("as usual")) : typeof value === "number" ? formatNumber(value) : value]);
}
