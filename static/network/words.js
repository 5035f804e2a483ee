/** Words and small drawings that the network's pages share. */
import { chip, el, formatTime, quantity } from "../console/dom.js";
import { formatNumber, gettext } from "../console/i18n.js";

export const isChinese = document.documentElement.lang.startsWith("zh");

/** @type {Record<string, string>} */
export const STATE_WORDS = {
  met: gettext("met"),
  at_risk: gettext("at risk"),
  breached: gettext("breached"),
  unknown: gettext("unknown"),
};
/** @type {Record<string, string>} */
export const KIND_WORDS = {
  macro: gettext("Macro base station"),
  micro: gettext("Micro base station"),
  optical_access: gettext("Optical access point"),
  data_centre: gettext("Data centre"),
  core: gettext("Core"),
};
/** @type {Record<string, string>} */
export const RECORD_WORDS = {
  region: gettext("Region"),
  site: gettext("Site"),
  sector: gettext("Sector"),
  link: gettext("Link"),
  edge_node: gettext("Edge node"),
  corridor: gettext("Corridor"),
};
/** What a latency is read by: up to which layer, and in which direction. @type {Record<string, string>} */
export const READING_WORDS = {
  optical: gettext("Optical layer"),
  ip: gettext("IP layer"),
  end_to_end: gettext("End to end"),
  one_way: gettext("one way"),
  round_trip: gettext("round trip"),
};
/** @type {Record<string, string>} */
export const METRIC_WORDS = {
  rtt_p99: gettext("Round-trip time, 99th percentile"),
  loss_share: gettext("Share of packets lost"),
  availability: gettext("Availability"),
  jitter: gettext("Jitter, 95th percentile"),
  coverage: gettext("Coverage"),
  deadline: gettext("Answers in time"),
};
const TIMES = ["rtt_p99", "jitter"];
const AT_LEAST = ["availability", "coverage", "deadline"];
/** @type {Record<string, string>} */
export const SEVERITY_WORDS = {
  critical: gettext("critical"),
  major: gettext("major"),
  minor: gettext("minor"),
  warning: gettext("warning"),
  indeterminate: gettext("indeterminate"),
};
/** @type {Record<string, string>} */
export const LIFE_WORDS = {
  unacknowledged: gettext("active, unacknowledged"),
  acknowledged: gettext("active, acknowledged"),
  returned: gettext("returned, unacknowledged"),
  normal: gettext("normal"),
  shelved: gettext("shelved"),
  suppressed: gettext("suppressed by design"),
  out_of_service: gettext("out of service"),
};
/** @type {Record<string, string>} */
export const ENTRY_WORDS = {
  raised: gettext("raised"),
  repeated: gettext("raised again"),
  severity: gettext("severity changed"),
  clearing: gettext("cause gone, held open because it flaps"),
  cleared: gettext("cleared"),
  acknowledged: gettext("acknowledged"),
  unacknowledged: gettext("acknowledgement taken back"),
  commented: gettext("commented"),
  assigned: gettext("assigned"),
  held: gettext("held"),
  released: gettext("released"),
  correlated: gettext("attributed to a root cause"),
  detached: gettext("stands on its own again"),
  escalated: gettext("escalated"),
};

/** @param {{name_en: string, name_zh: string}} site */
export function nameOf(site) {
  return isChinese ? site.name_zh : site.name_en;
}

/** @param {string} state */
export function stateChip(state) {
  return chip(state, STATE_WORDS[state] || state);
}

/** @param {string} severity */
export function severityChip(severity) {
  return chip(severity, SEVERITY_WORDS[severity] || severity);
}

/** A value or objective of a metric, with its unit. @param {string} metric @param {number|null} value */
export function metricValue(metric, value) {
  if (TIMES.includes(metric)) return quantity(value, "ms", 2);
  return quantity(value === null || value === undefined ? value : value * 100, "%", 1);
}

/** The same as plain text, as short as it is exact: 90 %, 86.7 %. @param {string} metric @param {number|null} value */
export function metricText(metric, value) {
  if (value === null || value === undefined) return gettext("unknown");
  if (TIMES.includes(metric)) return `${shortNumber(value, 2)}\u00a0ms`;
  return `${shortNumber(value * 100, 1)}\u00a0%`;
}

/** @param {number} value @param {number} digits at most */
const shortNumber = (value, digits) =>
  formatNumber(value, Number.isInteger(Number(value.toFixed(digits))) ? 0 : digits);

/** @param {string} metric @param {number} objective */
export function objectiveText(metric, objective) {
  if (TIMES.includes(metric)) return `≤\u00a0${formatNumber(objective, 1)}\u00a0ms`;
  return `${AT_LEAST.includes(metric) ? "≥" : "≤"}\u00a0${formatNumber(objective * 100, 1)}\u00a0%`;
}

/** @param {string|null} at */
export function timeOf(at) {
  return at ? el("time", { datetime: at }, formatTime(at)) : "";
}

const zone = document.documentElement.dataset.timeZone || "UTC";
const dated = new Intl.DateTimeFormat(document.documentElement.lang, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
  timeZone: zone,
  timeZoneName: "shortOffset",
});

/** A moment that may be years away: date and time to the minute, with the zone. @param {string} at */
export function dateOf(at) {
  return dated.format(new Date(at));
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
  timeZone: zone,
});
const dayClock = new Intl.DateTimeFormat(document.documentElement.lang, {
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
  timeZone: zone,
});

/** A time of an axis, whose zone is printed once beside it. @param {number|string} at @param {boolean} [isDated] */
export function clockOf(at, isDated = false) {
  return (isDated ? dayClock : clock).format(new Date(at));
}
