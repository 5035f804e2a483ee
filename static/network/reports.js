/** The page of monthly reports: ask for one, watch it being made, download it. */
import { sendJson } from "../console/api.js";
import { chip, el, formatTime } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { listing } from "../console/listing.js";
import { toast } from "../console/toast.js";
import { dateOf } from "./words.js";

/** @type {Record<string, string>} */
const STATE_WORDS = {
  queued: gettext("queued"),
  drawing: gettext("being made"),
  ready: gettext("ready"),
  failed: gettext("failed"),
};
/** @type {Record<string, string>} */
const STATE_LOOKS = { queued: "waiting", drawing: "running", ready: "done", failed: "failed" };
/** @type {Record<string, string>} */
const LANGUAGE_WORDS = { en: "English", "zh-hans": "简体中文" };
const asking = /** @type {HTMLFormElement|null} */ (document.getElementById("new"));
let timer = 0;

/** Which month of which region, and how much of it. @param {any} row */
function subject(row) {
  const about =
    row.agreements === null
      ? LANGUAGE_WORDS[row.language]
      : `${interpolate(gettext("%(count)s agreements"), { count: formatNumber(row.agreements) })} · ${LANGUAGE_WORDS[row.language]}`;
  return el("span", null, `${row.month} · ${row.region}`, el("br"), el("span", { class: "muted" }, about));
}

/** @param {any} row */
function stateCell(row) {
  const word = chip(STATE_LOOKS[row.state], STATE_WORDS[row.state]);
  return row.problem ? el("span", null, word, " ", el("span", { class: "muted" }, row.problem)) : word;
}

/** @param {any} row */
function files(row) {
  if (row.state !== "ready") return "";
  /** @param {string} url @param {string} word @param {number} bytes @param {string} sha */
  const link = (url, word, bytes, sha) =>
    el("a", { href: url, download: "", title: `SHA-256 ${sha}` }, `${word}, ${sizeText(bytes)}`);
  return el(
    "span",
    { class: "row" },
    link(row.html_url, "HTML", row.html_bytes, row.html_sha256),
    link(row.csv_url, "CSV", row.csv_bytes, row.csv_sha256),
  );
}

/** @param {number} bytes */
function sizeText(bytes) {
  return bytes < 1e5 ? `${formatNumber(bytes / 1e3, 1)} kB` : `${formatNumber(bytes / 1e6, 1)} MB`;
}

/** @type {import("../console/listing.js").Column[]} */
const COLUMNS = [
  { word: gettext("Report"), order: "month", cell: subject },
  { word: gettext("Reported up to"), cell: (row) => el("span", { class: "nowrap" }, dateOf(row.until_at)) },
  { word: gettext("State"), order: "state", cell: stateCell },
  { word: gettext("Files"), cell: files },
  {
    word: gettext("Asked"),
    order: "asked_at",
    cell: (row) => el("span", null, formatTime(row.asked_at), el("br"), el("span", { class: "muted" }, row.asked_by)),
  },
  {
    word: gettext("Kept until"),
    order: "expires_at",
    cell: (row) => el("span", { class: "nowrap" }, dateOf(row.expires_at)),
  },
];

const list = listing({
  url: "/api/v1/sla/reports",
  form: /** @type {HTMLFormElement} */ (document.getElementById("filters")),
  table: /** @type {HTMLElement} */ (document.getElementById("list")),
  csv: /** @type {HTMLAnchorElement} */ (document.getElementById("csv")),
  columns: COLUMNS,
  empty: gettext(
    "Reports appear here, with their files: by themselves once a month is over, or when somebody asks for one.",
  ),
});

function reloadSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => list.reload(), 200);
}

/** @param {SubmitEvent} event */
async function ask(event) {
  event.preventDefault();
  try {
    await sendJson("POST", "/api/v1/sla/reports", Object.fromEntries(new FormData(asking ?? undefined)));
    toast(gettext("The report is being made."));
    reloadSoon();
  } catch (problem) {
    const [first] = problem.errors;
    toast(first ? interpolate(gettext("%(field)s: expected %(expected)s"), first) : problem.message, "error");
  }
}

asking?.addEventListener("submit", ask);
connect({ topics: ["reports"], onOpen: reloadSoon, onEvent: (event) => event.topic === "reports" && reloadSoon() });
