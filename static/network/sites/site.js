/** The page of one site: everything known of it, kept fresh by the hub. */
import { getJson } from "../../console/api.js";
import { ageText, byId, el, fetchInto, quantity, replace, setText, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { timePicker } from "../../console/timepicker.js";
import { Turns } from "../../console/turns.js";
import { chart } from "../chart.js";
import { Percentiles } from "../measurement/percentiles.js";
import { ageOfSession, probeSession } from "../measurement/probesession.js";
import { siteEvents } from "./siteevents.js";
import { comparison, goneText, partsTable, promisedLevels } from "./siteparts.js";
import { drawRecords } from "./siterecords.js";
import { ageOf, stateOf } from "./sites.js";
import { marks, time } from "./sitetime.js";
import { alarmsTable, breachesTable, placeFacts } from "./sitetables.js";
import * as words from "../words.js";

const MOST_POINTS = 1000;
const DRAW_MS = 5_000;
const REFRESH_MS = 10_000;
const { slug, ...kept } = byId("site").dataset;
const keptS = { rounds: Number(kept.roundsKeptS), minutes: Number(kept.minutesKeptS), hours: Number(kept.hoursKeptS) };
const ROUNDS_S = 3_600; // of a longer time single rounds are not drawn
const extras = { time, marks, levels: () => promisedLevels(site?.agreements ?? []) };
const plot = chart(byId("chart"), extras);
const percentiles = new Percentiles(slug, extras, keptS);
widget(byId("timeline")).loading();
const happened = siteEvents(byId("timeline"), slug, extras);
/** @type {any} */
let site = null;
/** @type {any[]|null} */
let samples = null; // of what is shown, at most its last hour, oldest first; null: not told yet
const turns = new Turns();
let asked = 0;
let isBehind = false;
let isCatchingUp = false;

async function load() {
  await Promise.all([loadSite(), loadSamples(), loadAlarms(), loadBreaches()]);
}

function loadSite() {
  return fetchInto([byId("place")], "network.view_site", async (state) => {
    site = await getJson(`/api/v1/sites/${slug}`);
    state.show(placeFacts(site));
    drawNow();
    drawAgreements(site.agreements);
    drawChart();
  });
}

function loadSamples() {
  const mine = ++asked;
  return fetchInto([byId("chart"), byId("session")], "network.view_stampsample", async () => {
    const answer = await turns.answerTo(time.key, () => getJson(samplesUrl(oldestAt(), time.asked.until)));
    if (!answer || mine !== asked) return; // another time is shown meanwhile
    samples = answer;
    drawChart();
  });
}

/** Another time is shown: what was read tells nothing of it. */
function loadAnew() {
  samples = null;
  loadSamples();
}

const roundsS = () => Math.min(ROUNDS_S, time.lengthS);
const oldestAt = () => new Date((time.shownS[1] - roundsS()) * 1000).toISOString();
/** @param {string} since @param {string} [until] */
const samplesUrl = (since, until) =>
  `/api/v1/samples?${new URLSearchParams({ site: slug, since, ...(until && { until }), limit: String(MOST_POINTS * 2) })}`;

function loadAlarms() {
  return fetchInto([byId("alarms")], "network.view_alarm", async (state) => {
    const page = await getJson(`/api/v1/alarms?site=${slug}&limit=10`);
    if (page.results.length === 0) return state.empty(gettext("No alarm of this site is on record."));
    return state.show(alarmsTable(page.results));
  });
}

function loadBreaches() {
  return fetchInto([byId("breaches")], "network.view_breach", async (state) => {
    const page = await getJson(`/api/v1/breaches?site=${slug}&limit=10`);
    if (page.results.length === 0) return state.empty(gettext("No agreement of this site was breached so far."));
    return state.show(breachesTable(page.results));
  });
}

function drawNow() {
  if (!site) return;
  const now = Date.now();
  const [state, age] = [stateOf(site, now), ageOf(site, now)];
  replace(byId("state"), words.stateChip(state));
  ageOfSession(byId("session"), site.stale_after_s, now);
  setText(
    byId("age"),
    age === null ? gettext("never measured") : interpolate(gettext("measured %(age)s ago"), { age: ageText(age) }),
  );
  const rtt = byId("rtt");
  if (!rtt) return;
  rtt.className = state === "unknown" ? "is-stale" : "measured";
  replace(rtt, site.rtt_ms === null && site.packets ? gettext("no answer") : quantity(site.rtt_ms, "ms", 2));
}

/** @param {any[]} agreements */
function drawAgreements(agreements) {
  const state = widget(byId("agreements"));
  if (agreements.length === 0) return state.empty(gettext("Nothing is promised for this site, so it has no state."));
  const rows = agreements.map((agreement) => [
    words.METRIC_WORDS[agreement.metric],
    words.stateChip(
      stateOf({ ...agreement, measured_at: agreement.judged_at, stale_after_s: site.stale_after_s }, Date.now()),
    ),
    words.metricValue(agreement.metric, agreement.value),
    words.objectiveText(agreement.metric, agreement.objective),
    interpolate(gettext("%(window)s s, %(count)s samples"), { window: agreement.window_s, count: agreement.samples }),
  ]);
  return state.show(
    tableOf([gettext("Metric"), gettext("State"), gettext("Now"), gettext("Objective"), gettext("Window")], rows),
  );
}

function drawChart() {
  if (!site) return;
  const timesS = time.isLive ? null : /** @type {[number, number]} */ ([time.shownS[1] - roundsS(), time.shownS[1]]);
  widget(byId("comparison")).show(...comparison(site, samples ?? [], timesS));
  widget(byId("parts")).show(partsTable(site.modelled_one_way));
  percentiles.model(site.modelled_one_way);
  if (samples === null) return;
  const isGone = samples.length === 0 && time.isBeyond(keptS.rounds, time.shownS[1] - roundsS());
  if (isGone) widget(byId("session")).empty(goneText(keptS.rounds));
  else widget(byId("session")).show(...probeSession(site, samples, roundsS(), time.isLive));
  ageOfSession(byId("session"), site.stale_after_s, Date.now());
  if (time.lengthS > ROUNDS_S)
    widget(byId("chart")).show(
      el(
        "p",
        { class: "muted" },
        gettext(
          "Single rounds are drawn for an hour at most. Choose a shorter time, or draw across a part of the percentiles below.",
        ),
      ),
    );
  else if (samples.length === 0)
    widget(byId("chart")).empty(isGone ? goneText(keptS.rounds) : gettext("Nothing was measured in this span."));
  else plot.draw(samples, site.modelled_rtt_ms, time.shownS);
}

/** @param {any} row */
function measured(row) {
  if (!site.measured_at || Date.parse(row.measured_at) > Date.parse(site.measured_at)) Object.assign(site, row);
  drawNow();
  isBehind = true;
  catchUp();
}

/**
 * Fetch the rounds since the newest one shown: whole, and only for who may see them. What fails follows after the
 * next round.
 */
async function catchUp() {
  if (isCatchingUp || samples === null || !time.isLive) return;
  isCatchingUp = true;
  try {
    while (isBehind) {
      isBehind = false;
      await addNewSamples();
    }
  } catch {
    isBehind = true; // meanwhile what is shown ages
  }
  isCatchingUp = false;
}

async function addNewSamples() {
  const mine = asked;
  const fresh = await getJson(samplesUrl(samples?.at(-1)?.sent_at ?? oldestAt()));
  if (mine !== asked || samples === null) return; // another span was asked for meanwhile
  samples = [...samples, ...fresh].filter((sample) => Date.parse(sample.sent_at) >= Date.parse(oldestAt()));
  drawChart();
}

/** Take what the server holds, unless the hub told something newer meanwhile; without an answer the states grow old. */
async function refresh() {
  const fresh = await getJson(`/api/v1/sites/${slug}`).catch(() => null);
  if (fresh && Date.parse(fresh.measured_at || 0) >= Date.parse(site.measured_at || 0)) site = fresh;
  else if (fresh) site.agreements = fresh.agreements;
  drawAgreements(site.agreements);
}

/** @param {any} event */
function heard(event) {
  if (!site) return;
  if (event.type === "SitesMeasured") {
    const row = event.sites.find((/** @type {any} */ site) => site.slug === slug);
    if (row?.packets) measured(row);
  } else if (event.type === "AgreementsJudged" && event.site === slug) {
    site.agreements = site.agreements.map((/** @type {any} */ agreement) => ({
      ...agreement,
      ...event.agreements.find((/** @type {any} */ other) => other.id === agreement.id),
    }));
    drawAgreements(site.agreements);
    loadBreaches();
  } else if (event.type === "InventoryChanged") {
    drawRecords(slug);
    happened();
  } else if (event.type === "AlarmChanged" && event.alarm.site === slug) {
    loadAlarms();
    happened();
  }
}

for (const id of [
  "place",
  "agreements",
  "alarms",
  "breaches",
  "comparison",
  "parts",
  "session",
  "sectors",
  "links",
  "edge-nodes",
])
  widget(byId(id)).loading();
timePicker(byId("time"), time);
time.onChange(loadAnew);
load();
drawRecords(slug);
const { hears = "", topics = "" } = document.documentElement.dataset;
connect({
  topics: [
    "sla",
    "inventory",
    ...(topics.includes("agreements") ? ["agreements"] : []),
    ...(hears.includes("alarms") ? ["alarms"] : []),
  ],
  onOpen: load,
  onEvent: heard,
});
setInterval(drawNow, 1000);
// what is no longer measured becomes a gap at its end, on both charts at the same place
setInterval(() => document.hidden || (drawChart(), percentiles.chart.follow()), DRAW_MS);
setInterval(() => site && refresh(), REFRESH_MS);
