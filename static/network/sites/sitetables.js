/** Tables and facts on the page of one site. */
import { el, quantity } from "../../console/dom.js";
import { formatNumber, gettext } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import { facts, tableOf } from "../../console/table.js";
import { METHOD_WORDS } from "../inventory/inventoryfields.js";
import * as words from "../words.js";

/** @param {any[]} alarms */
export function alarmsTable(alarms) {
  const rows = alarms.map((alarm) => [
    words.severityChip(alarm.severity),
    el(
      "a",
      { href: `/alarms?${new URLSearchParams({ alarm: alarm.id, search: alarm.subject, is_active: "" })}` },
      gettext(alarm.specific_problem),
    ),
    words.LIFE_WORDS[alarm.state],
    words.timeOf(alarm.started_at),
  ]);
  return tableOf([gettext("Severity"), gettext("Problem"), gettext("State"), gettext("Since")], rows);
}

/** @param {any[]} breaches */
export function breachesTable(breaches) {
  const rows = breaches.map((breach) => [
    words.METRIC_WORDS[breach.metric],
    words.metricValue(breach.basis === "period" ? "availability" : breach.metric, breach.worst_value),
    words.timeOf(breach.started_at),
    breach.ended_at ? words.timeOf(breach.ended_at) : words.stateChip("breached"),
  ]);
  return tableOf([gettext("Agreement"), gettext("Worst"), gettext("Since"), gettext("Until")], rows);
}

/** @param {any} site */
export function placeFacts(site) {
  return facts([
    [gettext("Kind"), words.KIND_WORDS[site.kind]],
    [gettext("Place (WGS-84)"), `${formatNumber(site.lat_deg, 5)}°, ${formatNumber(site.lon_deg, 5)}°`],
    [gettext("Region"), namedBy("region", site.region)],
    [gettext("Key site"), site.is_key_site ? gettext("yes") : gettext("no")],
    ...probeAddress(site),
    [gettext("Antenna height"), quantity(site.height_m, "m")],
    [
      gettext("People served"),
      site.people === null ? el("span", { class: "muted" }, gettext("unknown")) : formatNumber(site.people),
    ],
    [
      gettext("Valid from"),
      site.valid_from ? words.dateOf(site.valid_from) : el("span", { class: "muted" }, gettext("before records")),
    ],
    [gettext("Round trip, measured"), el("span", { id: "rtt" })],
    [gettext("Round trip, modelled"), el("span", { class: "modelled" }, quantity(site.modelled_rtt_ms, "ms", 2))],
  ]);
}

/** Only whoever may see it is told it. @param {any} site @returns {Array<[string, any]>} */
function probeAddress(site) {
  if (site.probe_port === undefined) return [];
  const address = `${site.probe_host}:${site.probe_port} ${METHOD_WORDS[site.probe_method]}`;
  return [[gettext("Probe address"), site.probe_port ? el("span", { class: "mono" }, address) : gettext("not probed")]];
}
