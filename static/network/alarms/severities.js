/** The table of severities: how grave each problem is, and what one's organisation makes of it. */
import { bar } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { byId, el, keepFocus, widget } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { tableOf } from "../../console/table.js";
import { toast } from "../../console/toast.js";
import { severityChip, timeOf } from "../words.js";
import { matching } from "./severitylines.js";

const URL = "/api/v1/alarms/severities";
const page = byId("severities-page");
const mayChange = page.dataset.mayChange === "yes";
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const state = widget(byId("severities"));
/** @type {import("./severitylines.js").Line[]|null} null: not known yet */
let lines = null;

async function load() {
  try {
    lines = await getJson(URL);
    draw();
  } catch (problem) {
    if (problem.status === 403) state.forbidden(problem.detail);
    else state.error(problem.message, load);
  }
}

function draw() {
  const shown = matching(lines, form.elements.search.value);
  if (!shown) return; // loading, or the reason why it failed, stays
  if (!shown.length) return void state.empty(gettext("No problem holds these words."));
  const heads = [
    gettext("Severity"),
    { word: gettext("Problem"), look: "wrap" },
    { word: gettext("Circumstance"), look: "wrap" },
    gettext("Standard"),
    gettext("For your organisation"),
    gettext("Changed"),
  ];
  keepFocus(byId("severities"), () => state.show(tableOf(heads, shown.map(cellsOf))));
}

/** @param {import("./severitylines.js").Line} line */
function cellsOf(line) {
  const changed = line.changed_at ? el("span", null, `${line.changed_by} · `, timeOf(line.changed_at)) : "";
  return [
    severityChip(line.severity),
    line.specific_problem,
    line.circumstance,
    severityChip(line.standard_severity),
    choiceOf(line),
    changed,
  ];
}

/** @param {import("./severitylines.js").Line} line */
function choiceOf(line) {
  const template = /** @type {HTMLTemplateElement} */ (byId("severity-choice"));
  const select = /** @type {HTMLSelectElement} */ (template.content.firstElementChild?.cloneNode(true));
  select.dataset.focus = line.key;
  select.value = line.changed_at ? line.severity : "";
  bar(select, !mayChange && lacking("network.change_severityrule"));
  select.setAttribute("aria-label", interpolate(gettext("Severity of %(specific_problem)s"), line));
  select.addEventListener("change", () => rate(line, select.value));
  return select;
}

/** @param {import("./severitylines.js").Line} line @param {string} severity empty: the standard one */
async function rate(line, severity) {
  try {
    const rated = await sendJson("PATCH", `${URL}/${line.key}`, { severity: severity || null });
    lines = (lines || []).map((known) => (known.key === rated.key ? rated : known));
  } catch (problem) {
    toast(problem.message, "error");
  }
  draw();
}

form.addEventListener("input", draw);
form.addEventListener("submit", (event) => event.preventDefault());
state.loading();
load();
