/** The parts of Loft itself: processes, Redis, database, disks; each with its alarms, and the one that is asked for. */
import { getJson } from "../../console/api.js";
import { ageText, byId, chip, el, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { sizeText } from "../orders.js";
import { timeOf } from "../words.js";

const REFRESH_MS = 10_000;
/** @type {Record<string, string>} */
const STATE_WORDS = {
  works: gettext("works"),
  starting: gettext("is starting"),
  short: gettext("short of room"),
  silent: gettext("does not answer"),
  away: gettext("does not run"),
  unknown: gettext("unknown"),
};
/** How each looks: as alarms of that gravity do. @type {Record<string, string>} */
const LOOKS = {
  works: "normal",
  starting: "unknown",
  short: "minor",
  silent: "major",
  away: "critical",
  unknown: "unknown",
};
/** @type {Record<string, string>} */
const KIND_WORDS = { process: gettext("Process"), service: gettext("Service"), disk: gettext("Disk") };
const asked = new URLSearchParams(location.search).get("part");
const state = widget(byId("parts"));
let loadedMs = 0;
let isShown = false;

async function load() {
  try {
    const { parts } = await getJson("/api/v1/installation/parts");
    loadedMs = Date.now();
    draw(parts);
  } catch (problem) {
    if (problem.status === 403) state.forbidden(problem.detail);
    else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
    else state.error(problem.message, load);
  }
  sayAge();
}

/** @param {any[]} parts */
function draw(parts) {
  const heads = [
    { word: gettext("Part"), look: "nowrap" },
    gettext("Kind"),
    gettext("State"),
    gettext("Room left"),
    gettext("Started"),
    gettext("Hung"),
    gettext("Alarms"),
  ];
  const table = tableOf(heads, parts.map(cellsOf));
  state.show(table);
  const at = parts.findIndex(({ key }) => key === asked);
  const row = at < 0 ? null : table.querySelectorAll("tbody tr")[at];
  row?.setAttribute("aria-current", "true");
  if (!isShown) row?.scrollIntoView({ block: "center" });
  isShown = true;
}

/** @param {any} part */
function cellsOf(part) {
  const alarms = new URLSearchParams({ search: part.key, is_active: "" });
  return [
    part.name,
    KIND_WORDS[part.kind] || part.kind,
    chip(lookOf(part), STATE_WORDS[part.state] || part.state),
    roomOf(part),
    part.starts === null ? "" : interpolate(gettext("%(count)s times"), { count: formatNumber(part.starts) }),
    part.hung_at ? el("span", null, `${formatNumber(part.hangs)} · `, timeOf(part.hung_at)) : "",
    el("a", { href: `/alarms?${alarms}` }, gettext("Alarms of it")),
  ];
}

/** Without Redis or the database nothing is told any more. @param {{kind: string, state: string}} part */
const lookOf = ({ kind, state }) =>
  kind === "service" && state === "silent" ? LOOKS.away : LOOKS[state] || LOOKS.unknown;

/** @param {any} part */
function roomOf(part) {
  if (part.free_bytes === null) return "";
  const share = part.free_share === null ? "" : ` · ${formatNumber(part.free_share * 100)}\u00a0%`;
  return el("span", { class: "nowrap" }, `${sizeText(part.free_bytes)}${share}`);
}

function sayAge() {
  const age = loadedMs ? (Date.now() - loadedMs) / 1000 : null;
  setText(byId("age"), age === null ? "" : interpolate(gettext("looked at %(age)s ago"), { age: ageText(age) }));
}

state.loading();
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
