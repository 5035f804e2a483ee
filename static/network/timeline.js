/** What happened, as the API tells it: a list in words, and marks on the charts of a page. */
import { chip, el } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { lengthText } from "./service_levels/service.js";
import { dateOf, isChinese, severityChip } from "./words.js";

/**
 * @typedef {{at: string, until: string|null, kind: string, severity: string, text_en: string, text_zh: string}} Row
 * @typedef {import("../console/chartmarks.js").Mark} Mark
 */

/** @type {Record<string, string>} */
const WHAT_WORDS = {
  breach: gettext("breach"),
  unknown: gettext("unknown"),
  maintenance: gettext("maintenance"),
  alarm: gettext("alarm"),
  change: gettext("change"),
  push: gettext("settings pushed"),
};
/** @type {Record<string, string>} */
const WHAT_LOOKS = {
  breach: "breached",
  unknown: "unknown",
  maintenance: "waiting",
  alarm: "minor",
  change: "normal",
  push: "normal",
};
/** Shapes tell alarms by their priority, and what people did. @type {Record<string, [string, string]>} */
const SHAPES = {
  critical: ["▲", "--critical"],
  major: ["◆", "--major"],
  minor: ["●", "--minor"],
  warning: ["◇", "--ink"],
  breach: ["✕", "--critical"],
  maintenance: ["▨", "--muted"],
  change: ["✎", "--ink"],
  push: ["⇪", "--ink"],
};
const LOWEST = /** @type {[string, string]} */ (["◇", "--ink"]);

/**
 * What charts mark; unknown time they draw by themselves. Pure.
 * @param {Row[]} rows @returns {Mark[]}
 */
export function marksOf(rows) {
  return rows
    .filter(({ kind }) => kind !== "unknown")
    .map(({ at, until, kind, severity }) => {
      const [shape, ink] = SHAPES[kind === "alarm" ? severity : kind] ?? LOWEST;
      const lasts = kind === "push" || kind === "change" ? at : until;
      return {
        fromS: Date.parse(at) / 1000,
        untilS: lasts === null ? null : Date.parse(lasts) / 1000,
        shape,
        ink,
        isHatched: kind === "maintenance",
      };
    });
}

/** The newest first. @param {Row[]} rows @returns {HTMLElement} */
export function timelineRows(rows) {
  return el(
    "ol",
    { class: "events", tabindex: "0", "aria-label": gettext("What happened") },
    ...[...rows].reverse().map((row) => el("li", null, headOf(row), el("div", null, textOf(row)))),
  );
}

/** @param {Row} row */
const textOf = (row) => (isChinese ? row.text_zh : row.text_en);

/** @param {Row} row */
function headOf(row) {
  const shape = SHAPES[row.kind]?.[0];
  return el(
    "div",
    { class: "row" },
    row.kind === "alarm" && row.severity
      ? severityChip(row.severity)
      : chip(WHAT_LOOKS[row.kind] || "normal", WHAT_WORDS[row.kind] || row.kind),
    shape && el("span", { class: "muted", "aria-hidden": "true" }, shape),
    el("time", { class: "muted", datetime: row.at }, dateOf(row.at)),
    el(
      "span",
      { class: "muted" },
      row.until === null ? gettext("until now") : row.until === row.at ? "" : lasted(row.at, row.until),
    ),
  );
}

/** @param {string} at @param {string} until */
function lasted(at, until) {
  return interpolate(gettext("for %(length)s"), { length: lengthText((Date.parse(until) - Date.parse(at)) / 1000) });
}
