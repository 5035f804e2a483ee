/** One job, whole: where its time went, why it ran where it ran, what it found. */
import { getJson } from "../../console/api.js";
import { openDialog } from "../../console/dialog.js";
import { el, formatTime, widget } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import { facts, tableOf } from "../../console/table.js";
import { PARTS, PART_WORDS, deadlineChip, msText, percent, stateChip } from "../drawing.js";

/** @param {string} id @param {() => void} onClose */
export async function showJob(id, onClose) {
  const box = el("div", null);
  openDialog(gettext("Inference job"), [box]).addEventListener("close", onClose, { once: true });
  await load(widget(box), id);
}

/** @param {ReturnType<typeof widget>} state @param {string} id */
async function load(state, id) {
  state.loading();
  try {
    state.show(...whole(await getJson(`/api/v1/jobs/${encodeURIComponent(id)}`)));
  } catch (problem) {
    if (problem.status === 403) state.forbidden("industry.view_job");
    else state.error(problem.message, () => load(state, id));
  }
}

/** @param {any} job */
function whole(job) {
  return [
    facts([
      [gettext("Job"), el("span", { class: "mono break" }, job.id)],
      [gettext("State"), el("span", null, stateChip(job.state), " ", job.reason)],
      [gettext("Model"), `${namedBy("model", job.model)} ${job.version}`],
      [gettext("Edge node"), namedBy("edge_node", job.node) || gettext("none")],
      [gettext("Attempts"), String(job.attempts)],
      [gettext("Created"), formatTime(job.created_at)],
      [
        gettext("Deadline"),
        el(
          "span",
          null,
          deadlineChip(job.deadline),
          " ",
          job.latency_budget_ms === null ? gettext("no latency budget") : msText(job.latency_budget_ms),
        ),
      ],
    ]),
    el("h3", null, gettext("Latency")),
    tableOf(
      [gettext("Part"), gettext("Time"), gettext("Source")],
      [...PARTS, "total"].map((part) => [
        PART_WORDS[part],
        msText(job.latency[part].ms),
        gettext(job.latency[part].source),
      ]),
    ),
    el("h3", null, gettext("Why this edge node")),
    candidates(job),
    el("h3", null, gettext("Result")),
    result(job),
  ];
}

/** @param {any} job */
function candidates(job) {
  if (job.candidates.length === 0)
    return el(
      "p",
      { class: "muted" },
      gettext("No other node was compared: the request named no factory, or no node could be reached."),
    );
  const rows = job.candidates.map((/** @type {any} */ candidate) => [
    el(
      "span",
      null,
      namedBy("edge_node", candidate.node),
      candidate.node === job.node ? ` ${gettext("(chosen: lowest)")}` : "",
    ),
    el("span", { class: "modelled" }, msText(candidate.round_trip_ms)),
    el("span", { class: "modelled" }, msText(candidate.round_trip_p99_ms)),
  ]);
  return tableOf([gettext("Edge node"), gettext("Round trip, modelled mean"), gettext("99th percentile")], rows);
}

/** @param {any} job */
function result(job) {
  const rows = job.result?.rows || [];
  if (rows.length === 0) return el("p", { class: "muted" }, gettext("There is no result yet."));
  return tableOf(
    [gettext("Machine"), gettext("Reading"), gettext("Failure risk")],
    rows
      .slice(0, 100)
      .map((/** @type {any} */ row, /** @type {any} */ i) => [
        row.machine ?? `#${i + 1}`,
        row.at ? formatTime(row.at) : "–",
        el("span", { class: "inferred" }, percent(row.failure_risk)),
      ]),
  );
}

gettext("modelled network + measured rest");
