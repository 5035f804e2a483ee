/** On the page of a site: what its equipment counted, and the settings pushed to it. */
import { getJson } from "../../console/api.js";
import { ageText, byId, chip, el, setText, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { CounterHistory } from "./counterhistory.js";
import { counterPanel } from "./counterpanel.js";
import { openConfigurationDialog } from "./configurationdialog.js";
import { requestWords } from "./configurationrequest.js";
import { marks, time } from "../sites/sitetime.js";
import { timeOf } from "../words.js";

const DRAW_MS = 5000;
const MOST_PUSHES = 20; // as many as the API tells
const slug = byId("site").dataset.slug;
/** @type {Record<string, [string, string]>} */
const PUSH_WORDS = {
  pending: ["waiting", gettext("pending")],
  acknowledged: ["normal", gettext("acknowledged")],
  refused: ["failed", gettext("refused")],
  lost: ["unknown", gettext("lost: whether it took effect is not known")],
};
/** @type {any} */
let counters = null;
let readAtMs = 0;
/** @type {any[]} */
let jobs = [];

function drawCounters() {
  const state = widget(byId("counters"));
  if (!counters) return undefined;
  sayVersion();
  if (!counters.told) return state.empty(counters.problem || gettext("This site has never reported counters."));
  return state.show(counterPanel(counters, performance.now() - readAtMs));
}

function sayVersion() {
  const { told: reported, age_s: ageS } = counters;
  setText(
    byId("version"),
    reported
      ? interpolate(gettext("Version %(version)s in force, told %(age)s ago"), {
          version: formatNumber(reported.version),
          age: ageText(ageS + (performance.now() - readAtMs) / 1000),
        })
      : gettext("Which version is in force is unknown"),
  );
}

function drawJobs() {
  const state = widget(byId("pushes"));
  if (jobs.length === 0) return state.empty(gettext("No settings were pushed to this site so far."));
  const rows = jobs.map((job) => [
    timeOf(job.asked_at),
    job.version === null ? "–" : formatNumber(job.version),
    requestWords(job.wish),
    jobState(job),
    el("span", null, job.actor, job.reason && ` · ${job.reason}`),
  ]);
  const table = tableOf(
    [gettext("Asked"), gettext("Version"), gettext("Change"), gettext("State"), gettext("By")],
    rows,
  );
  table.tabIndex = 0; // in a narrow window it scrolls
  return state.show(table);
}

/** @param {any} job */
function jobState(job) {
  const words = PUSH_WORDS[job.state];
  const more = [
    job.state === "pending" &&
      job.attempts > 0 &&
      interpolate(gettext("tried %(count)s times"), { count: job.attempts }),
    job.problem,
  ]
    .filter(Boolean)
    .join(", ");
  const inForce =
    job.state === "acknowledged" &&
    (job.applied_at
      ? el("span", null, gettext("in force since"), " ", timeOf(job.applied_at))
      : gettext("not reported to be in force yet"));
  return el("span", null, chip(...words), " ", inForce || "", el("span", { class: "muted" }, more && ` ${more}`));
}

/** @param {string} id @param {string} path @param {string} right @param {(answer: any) => unknown} take */
async function load(id, path, right, take) {
  try {
    take(await getJson(`/api/v1/sites/${slug}/${path}`));
  } catch (problem) {
    const state = widget(byId(id));
    if (problem.status === 403) state.forbidden(right);
    else state.error(problem.message, () => load(id, path, right, take));
  }
}

const loadCounters = () => load("counters", "counters", "network.view_pmcounters", takeCounters);
const loadJobs = () =>
  load("pushes", "configuration", "network.view_configurationjob", (answer) => ((jobs = answer.pushes), drawJobs()));

/** @param {any} answer */
function takeCounters(answer) {
  [counters, readAtMs] = [answer, performance.now()];
  drawCounters();
}

/** @param {any} event */
function heard(event) {
  if (event.type === "CountersRead") {
    const row = event.sites.find((/** @type {any} */ site) => site.site === slug);
    if (row) takeCounters(row);
  } else if (event.type === "PushChanged" && event.push.site === slug) takeJob(event.push);
}

/** @param {any} job */
function takeJob(job) {
  jobs = [job, ...jobs.filter((before) => before.id !== job.id)]
    .sort((a, b) => Date.parse(b.asked_at) - Date.parse(a.asked_at))
    .slice(0, MOST_PUSHES);
  drawJobs();
}

for (const id of ["counters", "pushes"]) widget(byId(id)).loading();
new CounterHistory(byId("counter-history"), slug, { time, marks }, JSON.parse(byId("counter-limits").textContent));
byId("push")?.addEventListener("click", () =>
  openConfigurationDialog(slug, () => counters && { ...counters, sinceMs: performance.now() - readAtMs }, takeJob),
);
connect({ topics: ["counters", "configuration"], onOpen: () => (loadCounters(), loadJobs()), onEvent: heard });
loadCounters();
loadJobs();
setInterval(drawCounters, DRAW_MS);
