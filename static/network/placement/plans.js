/** The page of plans: a request with its live preview, stored plans with their progress, comparing and adopting. */
import { bar, NOT_ASKED } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction, openDialog } from "../../console/dialog.js";
import { byId, el, widget } from "../../console/dom.js";
import { problemText } from "../../console/fielderrors.js";
import { gettext, interpolate, ngettext } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { onceQuiet } from "../../console/soon.js";
import { toast } from "../../console/toast.js";
import { askedColumn } from "../orders.js";
import { PlanMap } from "./planmap.js";
import { adoptionFields, comparison, figureList, percent, resultCell, stateCell, requestCell } from "./planparts.js";

const DEBOUNCE_MS = 250;
const PLANS = "/api/v1/placement/plans";
const form = /** @type {HTMLFormElement} */ (byId("request"));
const table = byId("list");
const mayChange = "mayChange" in table.dataset;
const compareButton = /** @type {HTMLButtonElement} */ (byId("compare"));
const preview = widget(byId("preview"));
const map = new PlanMap();
/** @type {Set<string>} */
const chosen = new Set();
const askPreview = onceQuiet(showPreview, DEBOUNCE_MS);
let asked = 0;

/** What the form asks for, as REST takes it. */
function request() {
  const { goal, name, ...rest } = Object.fromEntries(new FormData(form));
  /** @type {Record<string, any>} */
  const asked = { ...rest, from_scratch: form.elements.from_scratch.checked };
  for (const field of ["threshold_ms", "times", "most_sites", "least_share"])
    if (field in asked) asked[field] = Number(asked[field]);
  if ("least_share" in asked) asked.least_share /= 100;
  return asked;
}

/** Only the figure of the chosen goal is asked for and sent. */
function fit() {
  for (const field of /** @type {NodeListOf<any>} */ (form.querySelectorAll("[data-goal]"))) {
    field.hidden = field.dataset.goal !== form.elements.goal.value;
    bar(field.querySelector("input"), field.hidden && NOT_ASKED);
  }
}

async function showPreview() {
  const mine = ++asked;
  if (!form.elements.region.value) {
    map.nothing();
    return preview.empty(gettext("A plan is made for a region. Add one to the inventory first."));
  }
  try {
    const wanted = request();
    const answer = await sendJson("POST", "/api/v1/placement/preview", wanted);
    if (mine !== asked) return undefined;
    map.show(answer, wanted.region, { title: gettext("Preview"), isFromScratch: wanted.from_scratch });
    preview.show(
      figureList(answer),
      el(
        "p",
        { class: "muted" },
        `${gettext("Modelled")}. ${gettext("Every new site costs one: the inventory holds no prices.")}`,
      ),
    );
  } catch (problem) {
    if (mine !== asked) return undefined;
    map.nothing();
    if (problem.status === 403) preview.forbidden("network.view_site");
    else preview.error(problemText(problem), problem.status >= 500 ? showPreview : null);
  }
  return undefined;
}

/** @param {any} row */
function showOnMap(row) {
  map.show(row.proposal, row.region, { title: row.name, isFromScratch: row.wish.from_scratch });
  byId("plan-map").scrollIntoView({ block: "nearest" });
}

function previewSoon() {
  fit();
  askPreview();
}

/** @param {string} path @param {Record<string, any>} body @param {string} message */
async function send(path, body, message) {
  try {
    await sendJson("POST", PLANS + path, body);
    toast(message);
    list.reloadSoon();
    return true;
  } catch (problem) {
    toast(problemText(problem), "error");
    return false;
  }
}

/** @param {any} event */
async function ask(event) {
  event.preventDefault();
  const name = form.elements.name.value.trim();
  if (await send("", { ...request(), name }, gettext("The plan waits to be proven."))) form.elements.name.value = "";
}

/** @param {any} row */
async function cancel(row) {
  const consequence = interpolate(
    gettext("The proof of %(name)s stops. The best plan found so far is kept with its gap."),
    row,
  );
  if (await confirmAction(gettext("Cancel the proof"), consequence, gettext("Stop the proof")))
    send(`/${row.id}/cancel`, {}, gettext("The proof was stopped."));
}

/** Ask from when on, naming what follows. @param {any} row */
function adopt(row) {
  const count = row.proposal.new_sites.length;
  const fields = adoptionFields();
  const yes = el("button", { class: "button primary", type: "button" }, gettext("Adopt"));
  const consequence = interpolate(
    ngettext(
      "%(count)s edge node is planned, and becomes real in the inventory on that day.",
      "%(count)s edge nodes are planned, and become real in the inventory on that day.",
      count,
    ),
    { count },
  );
  const gap =
    row.gap > 1e-6
      ? interpolate(gettext("The plan is not proven: up to %(share)s better is possible."), { share: percent(row.gap) })
      : "";
  const dialog = openDialog(
    interpolate(gettext("Adopt %(name)s"), row),
    [
      el("p", null, consequence),
      gap && el("p", null, `▲ ${gap}`),
      el("p", { class: "plan-sites muted" }, row.proposal.new_sites.join(", ")),
      ...fields.nodes,
    ].filter(Boolean),
    [yes],
  );
  yes.addEventListener("click", async () => {
    if (fields.isValid() && (await send(`/${row.id}/adopt`, fields.values(), gettext("The plan was adopted."))))
      dialog.close();
  });
}

/** @param {any} row */
function actions(row) {
  /** @param {string} name @param {string} word @param {(...given: any[]) => unknown} act */
  const button = (name, word, act) =>
    el(
      "button",
      { class: "button small", type: "button", dataset: { focus: `${name}-${row.id}` }, onclick: () => act(row) },
      word,
    );
  const isAdoptable = row.ended_at && row.proposal?.new_sites.length && !row.adopted_at;
  return el(
    "span",
    { class: "row" },
    row.proposal && button("map", gettext("On the map"), showOnMap),
    mayChange && !row.ended_at && button("act", gettext("Cancel"), cancel),
    mayChange && isAdoptable && button("act", gettext("Adopt"), adopt),
  );
}

/** @param {any} row */
function choice(row) {
  const box = el("input", {
    type: "checkbox",
    dataset: { focus: `choose-${row.id}` },
    "aria-label": interpolate(gettext("Choose %(name)s to compare"), row),
  });
  box.checked = chosen.has(row.id);
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(row.id);
    else chosen.delete(row.id);
    bar(compareButton, chosen.size !== 2 && gettext("Choose two plans to compare."));
  });
  return box;
}

async function compare() {
  try {
    const answer = await getJson(`${PLANS}/compare?${[...chosen].map((id) => `id=${id}`).join("&")}`);
    openDialog(gettext("Two plans"), [comparison(answer)]);
  } catch (problem) {
    toast(problemText(problem), "error");
  }
}

const list = listing({
  url: PLANS,
  form: /** @type {HTMLFormElement} */ (byId("filters")),
  table,
  topic: "plans",
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  columns: [
    { word: gettext("Compare"), cell: choice },
    { word: gettext("Plan"), order: "name", cell: (row) => row.name },
    { word: gettext("Request"), cell: requestCell },
    { word: gettext("State"), order: "state", cell: stateCell },
    { word: gettext("Result"), order: "cost", cell: resultCell },
    askedColumn,
    { word: gettext("Actions"), cell: actions },
  ],
  empty: gettext("Plans that were asked for appear here, with their proof. Say above what is wanted."),
});

form.addEventListener("input", previewSoon);
form.addEventListener("submit", ask);
compareButton.addEventListener("click", compare);
preview.loading();
fit();
showPreview();
