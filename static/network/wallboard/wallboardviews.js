/** The network's views of the wallboard: what each reads, and the four big numbers and the list it makes of that. */
import { getAll, getJson } from "../../console/api.js";
import { el, quantity } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { budgetBar } from "../service_levels/service.js";
import { ageOf, Sites, stateOf } from "../sites/sites.js";
import { LIFE_WORDS, nameOf, objectiveText, SEVERITY_WORDS, stateChip } from "../words.js";
import { age_, nothing, row, ROWS } from "./wallboardparts.js";

const STATES = ["breached", "at_risk", "unknown", "met"];
/** @type {Record<string, number>} */
const GRAVITY = { breached: 0, at_risk: 1, unknown: 2 };
const KNOWN_STATES = ["breached", "at_risk", "met"];
/** @type {Record<string, string>} */
const SLA_WORDS = {
  breached: gettext("breached"),
  at_risk: gettext("at risk"),
  unknown: gettext("unknown"),
  met: gettext("met"),
};

/** @typedef {import("./wallboardparts.js").View} View */

/** What reads and draws each of the network's views. @type {Record<string, () => View>} by name */
export const views = {
  network: networkView,
  alarms: () => ({ title: gettext("Alarms"), read: readAlarms }),
  levels: () => ({ title: gettext("Service levels"), read: readLevels }),
};

/** @returns {View} the sites as the hub tells of them between two readings */
function networkView() {
  const sites = new Sites();
  /** @param {any} region */
  const read = async (region) => {
    sites.load(await getAll(`/api/v1/sites?is_probed=true${of(region)}`));
    return (/** @type {number} */ nowMs) => drawSites(sites, nowMs);
  };
  return {
    title: gettext("Network, measured"),
    read,
    apply: (event) => sites.apply(event),
  };
}

/** @param {Sites} sites @param {number} nowMs */
function drawSites(sites, nowMs) {
  const tally = sites.tally(nowMs);
  const age = sites.newestAge(nowMs);
  const atMs = age === null ? null : nowMs - age * 1000;
  const wrong = sites
    .shown({}, nowMs)
    .map((site) => ({ site, state: stateOf(site, nowMs) }))
    .filter(({ state }) => state in GRAVITY);
  wrong.sort((a, b) => GRAVITY[a.state] - GRAVITY[b.state]);
  const rows = wrong
    .slice(0, ROWS)
    .map(({ site, state }) =>
      row(
        nameOf(site),
        site.rtt_ms === null || state === "unknown" ? "" : quantity(site.rtt_ms, "ms", 1),
        stateChip(state),
        age_(ageOf(site, nowMs)),
      ),
    );
  /** @type {Record<string, string>} */
  const words = {
    breached: gettext("sites breached"),
    at_risk: gettext("sites at risk"),
    unknown: gettext("sites unknown"),
    met: gettext("sites met"),
  };
  return {
    bigs: STATES.map((state) => ({ state, word: words[state], count: tally[state], atMs })),
    listed: gettext("Sites to look at, the gravest first"),
    rows: rows.length ? rows : [nothing(gettext("Every site is met."))],
    staleS: 15,
    atMs,
  };
}

async function readAlarms() {
  const askedMs = Date.now();
  const [{ counts, unacknowledged }, page] = await Promise.all([
    getJson("/api/v1/alarms/summary"),
    getJson(`/api/v1/alarms?is_active=true&is_held=false&is_consequence=false&ordering=priority&limit=${ROWS}`),
  ]);
  /** @param {string} state @param {string} word */
  const big = (state, word) => ({ state, word, count: counts[state] || 0, atMs: askedMs });
  const waiting = Object.values(unacknowledged || {}).reduce((sum, count) => sum + Number(count), 0);
  return (/** @type {number} */ nowMs) => ({
    bigs: [
      big("critical", SEVERITY_WORDS.critical),
      big("major", SEVERITY_WORDS.major),
      big("minor", SEVERITY_WORDS.minor),
      { state: "plain", word: gettext("nobody acknowledged"), count: waiting, atMs: askedMs },
    ],
    listed: gettext("Open alarms of all regions, the gravest first"),
    staleS: 30,
    atMs: askedMs,
    rows: page.results.length
      ? page.results.map((/** @type {any} */ alarm) => alarmRow(alarm, nowMs))
      : [nothing(gettext("No open alarms"))],
  });
}

/** @param {any} alarm @param {number} nowMs */
function alarmRow(alarm, nowMs) {
  const mark = el("span", { class: `chip ${alarm.severity}` }, SEVERITY_WORDS[alarm.severity]);
  return row(
    `${alarm.subject}: ${gettext(alarm.specific_problem)}`,
    LIFE_WORDS[alarm.state],
    mark,
    age_((nowMs - Date.parse(alarm.started_at)) / 1000),
  );
}

/** @param {any} region */
async function readLevels(region) {
  /** @param {string} name */
  const state = (name) => getJson(`/api/v1/standings?state=${name}&limit=1${of(region)}`).then(({ count }) => count);
  const known = KNOWN_STATES.map((name) => `state=${name}`).join("&");
  const [counts, page] = await Promise.all([
    Promise.all(STATES.map(state)),
    getJson(`/api/v1/standings?${known}&ordering=standing__budget_left_share&limit=50${of(region)}`),
  ]);
  const least = page.results
    .filter((/** @type {any} */ standing) => standing.budget_left_share !== null)
    .slice(0, ROWS);
  const newest = await getJson(`/api/v1/standings?ordering=-standing__judged_at&limit=1${of(region)}`);
  const atMs = Date.parse(newest.results[0]?.judged_at) || null;
  /** @param {any} standing @param {number} nowMs */
  const ofOne = (standing, nowMs) =>
    row(
      standing.name,
      objectiveText(standing.metric, standing.objective),
      budgetBar(standing.budget_left_share, standing.state),
      age_((nowMs - Date.parse(standing.judged_at)) / 1000),
    );
  return (/** @type {number} */ nowMs) => ({
    bigs: STATES.map((name, at) => ({
      state: name,
      word: interpolate(gettext("agreements %(state)s"), { state: SLA_WORDS[name] }),
      count: counts[at],
      atMs,
    })),
    listed: gettext("Error budgets, the least left"),
    rows: least.length
      ? least.map((/** @type {any} */ standing) => ofOne(standing, nowMs))
      : [nothing(gettext("No budget is known yet."))],
    staleS: 300,
    atMs,
  });
}

/** @param {any} region */
const of = (region) => (region ? `&region=${region.slug}` : "");
