/**
 * What the pages of service levels share: words of periods, budgets as bars, burn rates with thresholds.
 */
import { ageText, chip, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";

/** @type {Record<string, string>} */
export const PERIOD_WORDS = {
  rolling_1d: gettext("last day"),
  rolling_7d: gettext("last 7 days"),
  rolling_30d: gettext("last 30 days"),
  calendar_day: gettext("calendar day"),
  calendar_week: gettext("calendar week"),
  calendar_month: gettext("calendar month"),
};
/** @type {Record<string, string>} */
export const BURN_WORDS = {
  page: gettext("page: at once"),
  ticket: gettext("ticket: today"),
  slow: gettext("slow: this week"),
};
/** @type {Record<string, string>} */
const BURN_LOOKS = { page: "critical", ticket: "major", slow: "minor" };
/** Times the rate that would just use the budget up over its period; both windows of a pair have to be above. */
export const BURN_PAIRS = [
  { alert: "page", long: ["burn_1h", gettext("1 hour")], short: ["burn_5m", gettext("5 minutes")], threshold: 14.4 },
  { alert: "ticket", long: ["burn_6h", gettext("6 hours")], short: ["burn_30m", gettext("30 minutes")], threshold: 6 },
  { alert: "slow", long: ["burn_3d", gettext("3 days")], short: ["burn_6h", gettext("6 hours")], threshold: 1 },
];
/** @type {Record<string, string>} */
export const SOURCE_WORDS = { measured: gettext("measured"), modelled: gettext("modelled") };

/** @param {number|null} share @param {number} [digits] */
export function shareText(share, digits = 2) {
  return share === null || share === undefined ? gettext("unknown") : `${formatNumber(share * 100, digits)} %`;
}

/** Shares near one need the digits that tell them apart: 99.95 % is not 99.9 %. @param {number|null} share */
export function achievedText(share) {
  return shareText(share, share !== null && share > 0.999 ? 3 : 2);
}

/** @param {string} alert */
export function burnChip(alert) {
  return alert ? chip(BURN_LOOKS[alert] || "minor", BURN_WORDS[alert] || alert) : "";
}

/** @param {string} source */
export function sourceMark(source) {
  return el("span", { class: source === "modelled" ? "modelled" : "measured" }, SOURCE_WORDS[source] || source);
}

/**
 * What is left of a budget: a bar that empties, its number, and below zero how far it is overdrawn.
 * @param {number|null} left @param {string} state
 */
export function budgetBar(left, state) {
  if (left === null || left === undefined)
    return el(
      "span",
      { class: "budget" },
      el("span", { class: "budget-bar unknown", "aria-hidden": "true" }),
      el("span", { class: "muted" }, gettext("unknown")),
    );
  const fill = el("span", { class: `budget-fill ${state}` });
  fill.style.width = `${100 * Math.max(0, Math.min(1, left))}%`;
  const word =
    left < 0
      ? interpolate(gettext("overdrawn by %(share)s"), { share: shareText(-left, 0) })
      : interpolate(gettext("%(share)s left"), { share: shareText(left, 0) });
  return el(
    "span",
    { class: "budget" },
    el("span", { class: `budget-bar ${left < 0 ? "overdrawn" : ""}`, "aria-hidden": "true" }, fill),
    el("span", { class: "budget-word" }, word),
  );
}

/** A time without counts, in words; nothing when there was none. @param {number} seconds */
export function lengthText(seconds) {
  return seconds ? ageText(seconds) : "0 s";
}

/** @param {number|null} rate @param {number} threshold */
export function burnText(rate, threshold) {
  const isOver = rate !== null && rate !== undefined && rate > threshold;
  const text = rate === null || rate === undefined ? gettext("unknown") : `${formatNumber(rate, rate < 10 ? 2 : 1)} ×`;
  return el(
    "span",
    { class: isOver ? "burn-over" : rate === null || rate === undefined ? "muted" : "" },
    isOver ? "▲ " : "",
    text,
  );
}
