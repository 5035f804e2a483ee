/** The lists behind the figures of the alarm system's health. */
import { ageText, el } from "../console/dom.js";
import { formatNumber, gettext } from "../console/i18n.js";
import { dateOf, LIFE_WORDS, smallTable } from "./words.js";

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

/** @param {any} found */
export const lists = (found) => [frequent, floods, chattering, stale, held].map((list) => list(found));

/** @param {any} row */
const source = (row) => [row.subject, gettext(row.specific_problem)];
/** @param {string} at */
export const since = (at) => ageText((Date.now() - Date.parse(at)) / 1000);

/** @param {any} found */
function frequent(found) {
  return card(
    gettext("Most frequent sources"),
    found.top.length,
    smallTable(
      [gettext("Subject"), gettext("Problem"), gettext("Alarms"), gettext("Share")],
      found.top.map((/** @type {any} */ row) => [
        ...source(row),
        formatNumber(row.alarms),
        valueText(row.share, "share"),
      ]),
    ),
  );
}

/** @param {any} found */
function floods(found) {
  return card(
    gettext("Floods"),
    found.counts.floods,
    smallTable(
      [gettext("From"), gettext("Until"), gettext("Alarms"), gettext("Most in ten minutes")],
      found.floods
        .toReversed()
        .map((/** @type {any} */ row) => [
          dateOf(row.started_at),
          row.is_over ? dateOf(row.ended_at) : gettext("still on"),
          formatNumber(row.alarms),
          formatNumber(row.peak),
        ]),
    ),
  );
}

/** @param {any} found */
export function chattering(found) {
  return card(
    gettext("Chattering"),
    found.counts.chattering,
    smallTable(
      [gettext("Subject"), gettext("Problem"), gettext("Times")],
      found.chattering.map((/** @type {any} */ row) => [...source(row), formatNumber(row.alarms)]),
    ),
  );
}

/** @param {any} found */
export function stale(found) {
  return card(
    gettext("Stale"),
    found.counts.stale,
    smallTable(
      [gettext("Subject"), gettext("Problem"), gettext("For")],
      found.stale.map((/** @type {any} */ row) => [
        el("a", { href: `/alarms?alarm=${row.id}` }, row.subject),
        gettext(row.specific_problem),
        since(row.started_at),
      ]),
    ),
  );
}

/** @param {any} found */
export function held(found) {
  return card(
    gettext("Held now"),
    found.counts.holds,
    smallTable(
      [gettext("Subject"), gettext("How"), gettext("Reason"), gettext("Who"), gettext("For"), gettext("Until")],
      found.holds.map((/** @type {any} */ row) => [
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
