/** Rows of a file that was brought in, as a table, the refused ones first. */
import { chip, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { rowOf, tableOf } from "../../console/table.js";
import { OUTCOMES, wordsOf } from "./importparts.js";
import { RECORD_WORDS } from "../words.js";

const MOST_SHOWN = 500;

/** The refused rows first, then the rest as the file has them. @param {any[]} rows */
export function importTable(rows) {
  if (rows.length === 0) return null;
  const sorted = [...rows].sort(
    (a, b) => Number(b.outcome === "refused") - Number(a.outcome === "refused") || a.row - b.row,
  );
  const heads = [gettext("Row"), gettext("Kind"), gettext("Record"), gettext("Outcome"), gettext("What is wrong")];
  const more =
    rows.length > MOST_SHOWN &&
    el(
      "p",
      { class: "muted" },
      interpolate(gettext("The first %(shown)s of %(count)s rows; the refused ones come first."), {
        shown: formatNumber(MOST_SHOWN),
        count: formatNumber(rows.length),
      }),
    );
  const lines = sorted.slice(0, MOST_SHOWN).map((row) => rowOf(heads, cells(row), { class: `outcome-${row.outcome}` }));
  return el("div", { class: "stack" }, tableOf(heads, lines), more);
}

/** @param {any} row */
function cells(row) {
  const [state, word] = OUTCOMES[row.outcome] || ["unknown", row.outcome];
  return [
    String(row.row),
    RECORD_WORDS[row.kind] || row.kind,
    el("span", { class: "mono" }, row.key || "–"),
    chip(state, word),
    el(
      "ul",
      { class: "plain-list" },
      ...(row.errors || []).map((/** @type {any} */ error) => el("li", null, wordsOf(error))),
    ),
  ];
}
