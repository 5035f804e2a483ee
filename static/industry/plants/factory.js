/** The page of one factory: machines and their risk, workloads, and the jobs behind it, live. */
import { getJson } from "../../console/api.js";
import { byId, el, replace, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext } from "../../console/i18n.js";
import { bindKeys } from "../../console/keyboard.js";
import { tableOf } from "../../console/table.js";
import { TimeRange } from "../../console/timerange.js";
import { levelChip } from "../drawing.js";
import { jobRow, machineRow } from "./factoryrows.js";
import { showJob } from "../jobs/job.js";
import { machinePanel } from "./machine.js";
import { scoresUrl } from "./machinerisk.js";
import { FactoryState } from "../state.js";
import { drawWorkloads } from "./workloads.js";

const SPAN_MS = 15 * 60e3;
const page = byId("factory");
const slug = page.dataset.slug;
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const machinesBox = widget(byId("machines"));
const jobsBox = widget(byId("jobs"));
const time = new TimeRange(["5m", "15m", "1h", "8h", "24h"], "15m", { search: location.search });
const [mayDelete, keptS] = [Boolean(page.dataset.mayDelete), Number(page.dataset.risksKeptS)];
const panel = machinePanel(byId("machine"), () => select(""), { slug, mayDelete, keptS, time });
const known = new FactoryState();
/** @type {any} */
let factory = null;
/** @type {any[]} */
let workloads = [];
let turn = 0;
let isLive = false;
let wantsDraw = false;
let selected = new URLSearchParams(location.search).get("machine") || "";

const filter = () => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
const staleAfterS = () => factory?.stale_after_s ?? 15;
/** @param {any} problem @param {ReturnType<typeof widget>} box @param {string} right @param {() => unknown} retry */
const may = (problem, box, right, retry) =>
  problem.status === 403 ? box.forbidden(right) : box.error(problem.message, retry);

async function load() {
  await Promise.all([loadMachines(), loadJobs()]);
}

async function loadMachines() {
  const mine = ++turn;
  known.expect();
  try {
    const since = new Date(Date.now() - SPAN_MS).toISOString();
    const [detail, scores] = await Promise.all([
      getJson(`/api/v1/factories/${slug}`),
      getJson(`/api/v1/scores?factory=${slug}&since=${since}&limit=1000`).catch(() => ({ results: [] })),
    ]);
    if (mine !== turn) return; // asked again meanwhile
    ({ factory, workloads } = detail);
    known.takeScores(scores.results);
    known.takeSnapshot(detail.machines);
    showWorkloads();
    drawSoon();
  } catch (problem) {
    if (!factory && mine === turn) may(problem, machinesBox, "industry.view_factory", load);
  }
}

async function loadJobs() {
  try {
    known.takeNewestJobs((await getJson(`/api/v1/jobs?factory=${slug}&limit=50`)).results);
    drawSoon();
  } catch (problem) {
    may(problem, jobsBox, "industry.view_job", loadJobs);
  }
}

/** @param {any} event */
function heard(event) {
  if (event.factory !== slug) return;
  if (event.type === "MachinesChanged") known.hear(event.machines);
  else if (event.type === "MachineRemoved") removed(event.machine);
  else if (event.type === "JobChanged") known.takeJobs([event.job]);
  else if (event.type === "WorkloadChanged") {
    workloads = workloads.map((workload) => (workload.id === event.workload.id ? event.workload : workload));
    showWorkloads();
  }
  drawSoon();
}

/** @param {string} name */
function removed(name) {
  known.forget(name);
  if (name === selected) select("");
}

/** Once for several events of one moment. */
function drawSoon() {
  if (wantsDraw || !factory) return;
  wantsDraw = true;
  requestAnimationFrame(() => {
    wantsDraw = false;
    draw();
  });
}

function draw() {
  const now = Date.now();
  const counts = known.counts(now, staleAfterS());
  replace(
    byId("counts"),
    ...Object.entries(counts)
      .filter(([, count]) => count)
      .map(([level, count]) => levelChip(level, count)),
    isLive ? null : el("span", { class: "chip stale" }, gettext("not live")),
  );
  keepingFocus(() => {
    drawMachines(now);
    drawJobs(now);
  });
  const machine = known.machines.get(selected);
  panel.draw(machine, known.series.get(selected) || [], now, staleAfterS());
  byId("csv-scores").href = scoresUrl(slug, selected, time); // its time moves on
}

/** @param {() => unknown} drawAll */
function keepingFocus(drawAll) {
  const key = document.activeElement?.getAttribute("data-key");
  drawAll();
  if (key) /** @type {any} */ (document.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
}

/** @param {number} now */
function drawMachines(now) {
  const rows = known.machineRows({ search: "", level: "", sort: "", ...filter() }, now, staleAfterS());
  if (known.machines.size === 0)
    return machinesBox.empty(gettext("Machines appear here once the factory posts their readings."));
  if (rows.length === 0) return machinesBox.empty(gettext("No machine matches the filter."));
  const heads = [
    gettext("Machine"),
    gettext("State"),
    gettext("Failure risk, inferred"),
    gettext("Last 15 minutes"),
    gettext("Torque"),
    gettext("Speed"),
    gettext("Tool wear"),
    gettext("Reading, measured"),
  ];
  return machinesBox.show(
    tableOf(
      heads,
      rows.map((machine) =>
        machineRow(machine, now, {
          staleAfterS: staleAfterS(),
          isSelected: machine.name === selected,
          points: known.series.get(machine.name) || [],
          select: () => select(machine.name),
        }),
      ),
    ),
  );
}

/** @param {number} now */
function drawJobs(now) {
  if (byId("jobs").querySelector(".forbidden")) return undefined;
  const rows = known.jobRows(filter().state || "").slice(0, 30);
  if (rows.length === 0)
    return jobsBox.empty(gettext("Inference jobs appear here when readings arrive and a workload is on."));
  const scale = Math.max(1, ...rows.map((job) => job.latency.total.ms ?? 0));
  const heads = [
    gettext("Created"),
    gettext("Edge node"),
    gettext("Rows"),
    gettext("State"),
    gettext("Highest risk"),
    gettext("Latency"),
    gettext("Total"),
    gettext("Deadline"),
  ];
  return jobsBox.show(
    tableOf(
      heads,
      rows.map((job) => jobRow(job, now, scale, () => openJob(job.id))),
    ),
  );
}

function showWorkloads() {
  drawWorkloads(widget(byId("workloads")), slug, workloads, Boolean(page.dataset.mayChange));
}

/** @param {string} name */
function select(name) {
  selected = name;
  remember();
  drawSoon();
}

/** @param {string} id */
function openJob(id) {
  remember({ job: id });
  showJob(id, () => remember());
}

/** Filter, selection and open job live in the address, so that a link shows the same. @param {any} [more] */
function remember(more = {}) {
  const query = new URLSearchParams(
    Object.entries({ ...filter(), machine: selected, ...time.query(), ...more }).filter(([, value]) => value),
  );
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  byId("csv-scores").href = scoresUrl(slug, selected, time);
}

/** @param {1|-1} by */
function step(by) {
  const rows = known.machineRows({ search: "", level: "", sort: "", ...filter() }, Date.now(), staleAfterS());
  const place = rows.findIndex((machine) => machine.name === selected);
  const next = rows[Math.max(0, Math.min(rows.length - 1, place + by))];
  if (next) select(next.name);
}

const asked = new URLSearchParams(location.search);
for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value;
form.dispatchEvent(new Event("loft:listed"));
form.addEventListener("submit", (event) => event.preventDefault());
for (const control of form.elements)
  control.addEventListener?.("input", () => {
    remember();
    drawSoon();
  });
bindKeys({
  j: { word: gettext("Next machine"), run: () => step(1) },
  k: { word: gettext("Earlier machine"), run: () => step(-1) },
  f: { word: gettext("Filter by name"), run: () => byId("f-search").focus() },
  Escape: { word: gettext("Close the details"), run: () => select("") },
});
machinesBox.loading();
jobsBox.loading();
const job = asked.get("job") || "";
remember({ job });
if (job) openJob(job);
connect({
  topics: ["factories", "jobs"],
  onOpen: load,
  onEvent: heard,
  onState: (state) => {
    isLive = state === "live";
    drawSoon();
  },
});
load();
setInterval(drawSoon, 1000);
