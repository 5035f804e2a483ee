/** Parts of the page that brings files in: sending with progress, and what is said of the outcome. */
import { csrfToken } from "../../console/api.js";
import { byId, chip, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { dateOf } from "../words.js";

const URL_ = "/api/v1/inventory/imports";
const SENT_MS = 600_000; // 10 MB over a slow line, and all of its rows
/** @type {Record<string, string[]>} */
export const OUTCOMES = {
  refused: ["failed", gettext("refused")],
  created: ["done", gettext("created")],
  changed: ["done", gettext("changed")],
  unchanged: ["normal", gettext("unchanged")],
};

/** @param {number} bytes @param {number} digits */
export function megabytes(bytes, digits) {
  return formatNumber(bytes / 1e6, digits);
}

/** @param {FormData} body @param {boolean} isDryRun @returns {Promise<any>} */
export function send(body, isDryRun) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", URL_);
    call.responseType = "json";
    call.timeout = SENT_MS;
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("X-CSRFToken", csrfToken());
    call.upload.addEventListener("progress", (event) =>
      progress(event.loaded / event.total, gettext("Sending the file")),
    );
    call.upload.addEventListener("load", () =>
      progress(null, isDryRun ? gettext("Checking row by row") : gettext("Applying row by row")),
    );
    call.addEventListener("load", () =>
      call.status < 300
        ? resolve(call.response)
        : reject({ status: call.status, errors: [], detail: "", ...call.response }),
    );
    const unanswered = () =>
      reject({
        status: 0,
        errors: [],
        detail: gettext("No answer from the server; nothing is known to have changed."),
      });
    call.addEventListener("error", unanswered);
    call.addEventListener("timeout", unanswered);
    call.send(body);
  });
}

/** @param {number|null} share @param {string} words */
function progress(share, words) {
  const bar = byId("bar");
  byId("progress-word").textContent = words;
  if (share === null) bar.removeAttribute("value");
  else bar.setAttribute("value", String(share));
}

/** That the rows are plans, or would be, and where these stand. @param {any} report @param {boolean} isDryRun */
export function planned(report, isDryRun) {
  if (!report.valid_from || !(isDryRun || report.applied)) return null;
  const words = isDryRun
    ? gettext("Nothing changes now: the rows would become plans that hold from %(date)s.")
    : gettext("Nothing changed yet: the rows are plans that hold from %(date)s.");
  const where = el("a", { href: "/inventory/changes?is_planned=true" }, gettext("History and plans"));
  return el(
    "p",
    { class: "banner" },
    el("span", null, interpolate(words, { date: dateOf(report.valid_from) })),
    !isDryRun && where,
  );
}

/** @param {any} counts */
export function tally(counts) {
  return el(
    "div",
    { class: "row" },
    ...Object.entries(OUTCOMES).map(([name, [state, word]]) =>
      chip(counts[name] ? state : "normal", `${formatNumber(counts[name] || 0)} ${word}`),
    ),
  );
}

/** @param {string[]} names */
export function ignored(names) {
  if (names.length === 0) return null;
  return el(
    "p",
    { class: "muted" },
    interpolate(gettext("Names in the file that say nothing to the inventory: %(names)s"), { names: names.join(", ") }),
  );
}

/** @param {any} error */
export function wordsOf(error) {
  const given =
    error.value === null || error.value === undefined || error.value === "" ? gettext("nothing") : String(error.value);
  return interpolate(gettext("%(field)s: %(given)s given, expected %(expected)s"), { ...error, given });
}
