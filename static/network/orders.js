/** Cells that lists of orders share: an order is asked for, made in the background, kept for a while, or failed. */
import { chip, el, formatTime } from "../console/dom.js";
import { formatNumber, gettext } from "../console/i18n.js";

/** @type {Record<string, string>} */
const LOOKS = {
  queued: "waiting",
  drawing: "running",
  proving: "running",
  ready: "done",
  proven: "done",
  failed: "failed",
  cancelled: "unknown",
};
const SMALL_BYTES = 1e5; // which would be 0.1 MB

/** @param {string} state @param {Record<string, string>} words of the states */
export const orderChip = (state, words) => chip(LOOKS[state], words[state]);

/** How an order stands, and why it failed. @param {any} row @param {Record<string, string>} words of the states */
export function orderState(row, words) {
  const state = orderChip(row.state, words);
  return row.problem ? el("span", null, state, " ", el("span", { class: "muted" }, row.problem)) : state;
}

/** When it was asked for, and by whom. @type {import("../console/listing.js").Column} */
export const askedColumn = {
  word: gettext("Asked"),
  order: "asked_at",
  cell: (row) => el("span", null, formatTime(row.asked_at), el("br"), el("span", { class: "muted" }, row.asked_by)),
};

/** @param {number} bytes */
export const sizeText = (bytes) =>
  bytes < SMALL_BYTES ? `${formatNumber(bytes / 1e3, 1)} kB` : `${formatNumber(bytes / 1e6, 1)} MB`;

/**
 * The files of an order that is ready, each with its size and what its bytes hash to.
 * @param {any} row @param {Record<string, string>} kinds the words of its files by their names
 */
export function orderFiles(row, kinds) {
  if (row.state !== "ready") return "";
  const links = Object.entries(kinds).map(([name, word]) => {
    const [url, bytes, sha] = [row[`${name}_url`], row[`${name}_bytes`], row[`${name}_sha256`]];
    return el(
      "a",
      { href: url, download: "", dataset: { focus: `${name}-${row.id}` }, title: `SHA-256 ${sha}` },
      `${word}, ${sizeText(bytes)}`,
    );
  });
  return el("span", { class: "row" }, links);
}
