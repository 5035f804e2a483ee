/** The list of compliance: how every agreement stands over its period, followed live. */
import { getJson } from "../../console/api.js";
import { ageText, byId, chip, el, replace, setText } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { openAgreementForm } from "./agreementform.js";
import { achievedText, budgetBar, burnChip, burnText, lengthText, PERIOD_WORDS, SOURCE_WORDS } from "./service.js";
import { labelOf } from "../subject.js";
import { METRIC_WORDS, objectiveText, STATE_WORDS, stateChip } from "../words.js";

const SETTLE_MS = 3_000;
const REFRESH_MS = 60_000; // compliance is judged by the minute, and told of only when they change
const STATES = ["breached", "at_risk", "unknown", "met"];
const form = /** @type {HTMLFormElement} */ (byId("filters"));
let newestMs = 0;
let timer = 0;

const COLUMNS = [
  {
    word: gettext("Agreement"),
    order: "name",
    cell: (/** @type {any} */ row) => el("a", { href: `/sla/${row.agreement}` }, row.display_name),
  },
  {
    word: gettext("Promised for"),
    order: "kind",
    cell: (/** @type {any} */ row) => twoLines(labelOf(row.kind), row.subject_name),
  },
  {
    word: gettext("Promise"),
    order: "metric",
    cell: (/** @type {any} */ row) =>
      twoLines(
        METRIC_WORDS[row.metric] || row.metric,
        `${objectiveText(row.metric, row.objective)}, ${PERIOD_WORDS[row.period] || row.period}`,
      ),
  },
  {
    word: gettext("State"),
    order: "standing__state",
    cell: (/** @type {any} */ row) => (row.ended_at ? chip("unknown", gettext("Ended")) : stateChip(row.state)),
  },
  {
    word: gettext("Error budget"),
    order: "standing__budget_left_share",
    cell: (/** @type {any} */ row) => budgetBar(row.budget_left_share, row.state),
  },
  { word: gettext("Achieved"), order: "standing__achieved_share", isNumber: true, cell: achievedCell },
  {
    word: gettext("Burn, 1 h"),
    order: "standing__burn_1h",
    isNumber: true,
    cell: (/** @type {any} */ row) => burnText(row.burn_1h, 14.4),
  },
  {
    word: gettext("Burn alert"),
    order: "standing__burn_alert",
    cell: (/** @type {any} */ row) => burnChip(row.burn_alert),
  },
  {
    word: gettext("Unknown time"),
    isNumber: true,
    cell: (/** @type {any} */ row) =>
      row.unknown_s === null ? el("span", { class: "muted" }, gettext("all of it")) : lengthText(row.unknown_s),
  },
];

/** @param {string} above @param {string} below */
function twoLines(above, below) {
  return el("span", { class: "two-lines" }, el("span", null, above), el("span", { class: "muted" }, below));
}

/** @param {any} row */
function achievedCell(row) {
  const isKnown = row.achieved_share !== null;
  const look = isKnown ? (row.state === "unknown" ? "is-stale" : row.source) : "muted";
  return el(
    "span",
    { class: "two-lines" },
    el("span", null, el("span", { class: look }, achievedText(row.achieved_share))),
    el("span", { class: "muted" }, SOURCE_WORDS[row.source] || row.source),
  );
}

const list = listing({
  url: "/api/v1/standings",
  form,
  table: byId("list"),
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  columns: COLUMNS,
  empty: gettext("No agreement fits. Make one, here or over the API: POST /api/v1/agreements."),
  drawn: loadTally,
});

/** How many stand how, whatever the filter of states says. */
async function loadTally() {
  const query = new URLSearchParams(
    [...new FormData(form)]
      .filter(([name, value]) => value && !["state", "offset", "ordering"].includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
  /** @param {string} state */
  const ask = (state) => getJson(`/api/v1/standings?${query}&state=${state}&limit=1`).then((page) => [state, page]);
  const pages = await Promise.all(STATES.map(ask)).catch(() => []);
  const chips = pages
    .filter(([, page]) => page.count)
    .map(([state, page]) =>
      el(
        "span",
        { class: `chip ${state}` },
        interpolate(gettext("%(count)s %(state)s"), { count: page.count, state: STATE_WORDS[state] }),
      ),
    );
  replace(byId("tally"), ...chips);
  const judged = pages
    .flatMap(([, page]) => page.results.map((/** @type {any} */ row) => Date.parse(row.judged_at)))
    .filter(Number.isFinite);
  newestMs = Math.max(newestMs, ...judged);
  sayAge();
}

function sayAge() {
  if (newestMs)
    setText(byId("age"), interpolate(gettext("judged %(age)s ago"), { age: ageText((Date.now() - newestMs) / 1000) }));
}

/**
 * Compliance comes by the minute: the page in view is read anew, unless somebody is in the middle of it.
 * @param {any} event
 */
function heard(event) {
  if (event.topic !== "agreements" || event.type !== "StandingChanged" || timer) return;
  timer = setTimeout(() => ((timer = 0), reread()), SETTLE_MS);
}

function reread() {
  if (!document.hidden && !byId("list").contains(document.activeElement)) list.reload();
}

byId("make").addEventListener("click", () => openAgreementForm(null, (made) => location.assign(`/sla/${made.id}`)));
connect({ topics: ["agreements"], onEvent: heard, onOpen: () => newestMs && list.reload() });
setInterval(sayAge, 1_000);
setInterval(reread, REFRESH_MS);
