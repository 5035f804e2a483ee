/** The lists behind the figures of the alarm system's health, and how values are made of what was counted. */
import { ageText, el } from "../../console/dom.js";
import { formatNumber, gettext } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { dateOf, LIFE_WORDS } from "../words.js";

/** A value in its unit. @param {number|null} value @param {string} unit */
export function valueText(value, unit) {
  if (value === null) return gettext("unknown");
  if (unit === "share") return `${formatNumber(value * 100, 1)} %`;
  if (unit === "s") return ageText(value);
  return formatNumber(value, unit === "count" || Number.isInteger(value) ? 0 : 2);
}

/** @param {string} title @param {number} count @param {HTMLElement} table */
function card(title, count, table) {
  return el(
    "div",
    { class: "card stack" },
    el("h2", null, `${title} · ${formatNumber(count)}`),
    count ? table : el("p", { class: "muted" }, gettext("none")),
  );
}

/** @param {any} health */
export const lists = (health) => [frequent, floods, chattering, stale, held].map((list) => list(health));

/** @param {any} row */
const source = (row) => [row.subject, gettext(row.specific_problem)];
/** @param {string} at */
export const since = (at) => ageText((Date.now() - Date.parse(at)) / 1000);

/** @param {any} health */
function frequent(health) {
  return card(
    gettext("Most frequent sources"),
    health.top.length,
    tableOf(
      [gettext("Subject"), gettext("Problem"), gettext("Alarms"), gettext("Share")],
      health.top.map((/** @type {any} */ row) => [
        ...source(row),
        formatNumber(row.alarms),
        valueText(row.share, "share"),
      ]),
    ),
  );
}

const SLOT_MS = 600_000;

/**
 * Until when a flood was on; of one that reaches to the end of a time that is over nobody looked any further. Pure.
 * @param {{ended_at: string, is_over: boolean}} flood @param {{at: string, until: string}} health
 */
export function floodEnd({ ended_at, is_over }, { at, until }) {
  if (is_over) return dateOf(ended_at);
  const isPast = Date.parse(at) - Date.parse(until) >= SLOT_MS;
  return isPast ? gettext("beyond the time shown") : gettext("still on");
}

/** @param {any} health */
function floods(health) {
  return card(
    gettext("Floods"),
    health.counts.floods,
    tableOf(
      [gettext("From"), gettext("Until"), gettext("Alarms"), gettext("Most in ten minutes")],
      health.floods
        .toReversed()
        .map((/** @type {any} */ row) => [
          dateOf(row.started_at),
          floodEnd(row, health),
          formatNumber(row.alarms),
          formatNumber(row.peak),
        ]),
    ),
  );
}

/** @param {any} health */
export function chattering(health) {
  return card(
    gettext("Chattering"),
    health.counts.chattering,
    tableOf(
      [gettext("Subject"), gettext("Problem"), gettext("Times")],
      health.chattering.map((/** @type {any} */ row) => [...source(row), formatNumber(row.alarms)]),
    ),
  );
}

/** @param {any} health */
export function stale(health) {
  return card(
    gettext("Stale now"),
    health.counts.stale,
    tableOf(
      [gettext("Subject"), gettext("Problem"), gettext("For")],
      health.stale.map((/** @type {any} */ row) => [
        el("a", { href: `/alarms?alarm=${row.id}` }, row.subject),
        gettext(row.specific_problem),
        since(row.started_at),
      ]),
    ),
  );
}

/** @param {any} health */
export function held(health) {
  return card(
    gettext("Held now"),
    health.counts.holds,
    tableOf(
      [gettext("Subject"), gettext("How"), gettext("Reason"), gettext("Who"), gettext("For"), gettext("Until")],
      health.holds.map((/** @type {any} */ row) => [
        row.subject,
        LIFE_WORDS[row.kind],
        row.reason,
        row.actor,
        since(row.started_at),
        row.until_at ? dateOf(row.until_at) : gettext("open"),
      ]),
    ),
  );
}
