/** Plans in words: a request, a proposal, two plans beside each other. */
import { el, formatTime } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { bareTable } from "../../console/table.js";
import { momentOf } from "../../console/walltime.js";
import { orderChip } from "../orders.js";
import { READING_WORDS } from "../words.js";

/** @type {Record<string, string>} */
export const STATE_WORDS = {
  queued: gettext("queued"),
  proving: gettext("being proven"),
  proven: gettext("proven"),
  failed: gettext("failed"),
  cancelled: gettext("cancelled"),
};
/** @type {Record<string, string>} */
const WORDS = {
  ...READING_WORDS,
  key_sites: gettext("key sites"),
  population: gettext("people"),
  area: gettext("covered ground"),
  none: gettext("as the network is"),
  worst_single: gettext("after any single failure"),
};

/** @param {number|null} share */
export function percent(share) {
  return share === null || share === undefined ? gettext("unknown") : `${formatNumber(share * 100, 1)} %`;
}

/** @param {any} definition */
function definitionText(definition) {
  return `${WORDS[definition.layer]}, ${WORDS[definition.direction]}, < ${formatNumber(definition.threshold_ms, 2)} ms, ${WORDS[definition.denominator]}, ${WORDS[definition.failure]}`;
}

/** @param {any} request */
function goalText(request) {
  if ("least_share" in request)
    return interpolate(gettext("%(share)s inside at least cost"), { share: percent(request.least_share) });
  return interpolate(
    ngettext("the most with %(count)s new site", "the most with %(count)s new sites", request.most_sites),
    { count: request.most_sites },
  );
}

/** @param {any} row */
export function requestCell({ wish: request, region }) {
  return el(
    "span",
    null,
    `${goalText(request)} · ${region}`,
    el("br"),
    el("span", { class: "muted" }, definitionText(request.definition)),
  );
}

/** @param {any} row */
export function stateCell(row) {
  const word = orderChip(row.state, STATE_WORDS);
  if (row.state === "proving") {
    const share = row.progress_share ?? 0;
    return el(
      "span",
      { class: "row" },
      word,
      el("progress", { max: "1", value: String(share), "aria-label": gettext("Part of the first gap that is closed") }),
      percent(row.progress_share),
    );
  }
  const adopted =
    row.adopted_at && interpolate(gettext("adopted, real from %(at)s"), { at: formatTime(row.adopted_from) });
  return el(
    "span",
    null,
    word,
    ...[row.problem, adopted].filter(Boolean).map((text) => el("div", { class: "muted wrap" }, text)),
  );
}

/** @param {number|null} gap */
function gapText(gap) {
  if (gap === null) return gettext("unknown");
  return gap <= 1e-6
    ? gettext("none: no plan is better")
    : interpolate(gettext("at most %(share)s better is possible"), { share: percent(gap) });
}

/** What a plan is worth. @param {any} proposal @returns {Array<[string, Node|string]>} */
export function figures(proposal) {
  return [
    [gettext("Inside"), el("span", { class: "modelled" }, percent(proposal.share))],
    [gettext("As the network is"), el("span", { class: "modelled" }, percent(proposal.share_now))],
    [gettext("After the worst single failure"), el("span", { class: "modelled" }, percent(proposal.share_after_worst))],
    [gettext("New sites"), formatNumber(proposal.new_sites.length)],
    [gettext("Gap"), gapText(proposal.gap)],
    [
      gettext("Where"),
      el(
        "div",
        { class: "plan-sites" },
        proposal.new_sites.length ? proposal.new_sites.join(", ") : gettext("nothing needs to be built"),
      ),
    ],
  ];
}

/** @param {any} proposal */
export function figureList(proposal) {
  return el(
    "dl",
    { class: "plan-figures" },
    ...figures(proposal).flatMap(([word, value]) => [el("dt", null, word), el("dd", null, value)]),
  );
}

/** @param {any} row */
export function resultCell(row) {
  const proposal = row.proposal;
  if (!proposal) return el("span", { class: "muted" }, gettext("not known yet"));
  const sites = interpolate(ngettext("%(count)s new site", "%(count)s new sites", proposal.new_sites.length), {
    count: proposal.new_sites.length,
  });
  return el(
    "span",
    null,
    el("span", { class: "modelled" }, percent(proposal.share)),
    ` · ${sites}`,
    el("br"),
    el("span", { class: "muted" }, `${gettext("Gap")}: ${gapText(row.gap)}`),
  );
}

/** What speaks against comparing them. @param {any} proposal */
function warningOf(proposal) {
  if (!proposal.is_same_definition) return gettext("Their definitions differ: the shares may not be compared.");
  return proposal.is_same_inventory ? "" : gettext("They were made for different states of the inventory.");
}

/** @param {string} word @param {any[]} cells */
const line = (word, cells) => [el("th", { scope: "row" }, word), ...cells];

/** Two plans beside each other. @param {any} compared */
export function comparison(compared) {
  const rows = compared.plans.map((/** @type {any} */ plan) => (plan.proposal ? figures(plan.proposal) : []));
  const words = (rows.find((/** @type {any} */ figures) => figures.length) || []).map(
    (/** @type {any} */ [word]) => word,
  );
  const heads = compared.plans.map((/** @type {any} */ plan) => ({ word: plan.name, look: "wrap" }));
  const warning = warningOf(compared);
  const table = bareTable(
    [el("td"), ...heads],
    [
      line(gettext("Request"), compared.plans.map(requestCell)),
      line(
        gettext("State"),
        compared.plans.map((/** @type {any} */ plan) => STATE_WORDS[plan.state]),
      ),
      ...words.map((/** @type {string} */ word, /** @type {any} */ at) =>
        line(
          word,
          rows.map((/** @type {any} */ figures) => figures[at]?.[1] ?? gettext("not known yet")),
        ),
      ),
      line(
        gettext("Sites that it alone has"),
        compared.alone.map((/** @type {any[]} */ sites) => sites.join(", ") || gettext("none")),
      ),
      line(
        gettext("Sites that both have"),
        compared.plans.map(() => compared.common.join(", ") || gettext("none")),
      ),
    ],
    { class: "table plan-compare" },
  );
  return el("div", null, warning && el("p", { class: "muted" }, `▲ ${warning}`), table);
}

const SIZES = [
  { name: "cores", word: gettext("Cores of each"), least: 1, most: 100_000, step: 1, value: 16 },
  { name: "memory_gb", word: gettext("Memory of each, GB"), least: 0.1, most: 1_000_000, step: "any", value: 64 },
  { name: "accelerators", word: gettext("Accelerators of each"), least: 0, most: 10_000, step: 1, value: 0 },
];

/**
 * What adopting a plan asks: from when on, how large each edge node is, and whether a plan for an older inventory is
 * fine.
 */
export function adoptionFields() {
  const month = new Date(Date.now() + 30 * 86400e3).toISOString().slice(0, 10);
  const day = el("input", { type: "date", id: "adopt-from", required: "", value: month });
  const sizes = SIZES.map(({ name, least, most, step, value }) =>
    el("input", { type: "number", id: `adopt-${name}`, name, min: least, max: most, step, value, required: "" }),
  );
  const isOldFine = el("input", { type: "checkbox", id: "adopt-is-old-fine" });
  /** @param {string} word @param {HTMLElement} input */
  const field = (word, input) => el("div", { class: "field" }, el("label", { for: input.id }, word), input);
  return {
    nodes: [
      field(gettext("Real from"), day),
      el("div", { class: "adopt-sizes" }, ...sizes.map((input, at) => field(SIZES[at].word, input))),
      el("label", { class: "row" }, isOldFine, gettext("Also if the inventory has changed since the plan was made")),
    ],
    isValid: () => [day, ...sizes].every((input) => input.reportValidity()),
    values: () => ({
      valid_from: momentOf(`${day.value}T00:00`),
      ...Object.fromEntries(sizes.map((input) => [input.name, Number(input.value)])),
      is_old_fine: isOldFine.checked,
    }),
  };
}
