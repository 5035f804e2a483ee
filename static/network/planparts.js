/** Plans in words: a wish, a proposal, two plans beside each other. */
import { chip, el, formatTime } from "../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../console/i18n.js";
import { momentOf } from "./inventoryform.js";

/** @type {Record<string, string>} */
export const STATE_WORDS = {
  queued: gettext("queued"),
  proving: gettext("being proven"),
  proven: gettext("proven"),
  failed: gettext("failed"),
  cancelled: gettext("cancelled"),
};
/** @type {Record<string, string>} */
const STATE_LOOKS = { queued: "waiting", proving: "running", proven: "done", failed: "failed", cancelled: "unknown" };
/** @type {Record<string, string>} */
const WORDS = {
  optical: gettext("Optical layer"),
  ip: gettext("IP layer"),
  end_to_end: gettext("End to end"),
  one_way: gettext("one way"),
  round_trip: gettext("round trip"),
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

/** @param {any} one */
function definitionText(one) {
  return `${WORDS[one.layer]}, ${WORDS[one.direction]}, < ${formatNumber(one.threshold_ms, 2)} ms, ${WORDS[one.denominator]}, ${WORDS[one.failure]}`;
}

/** @param {any} wish */
function goalText(wish) {
  if ("least_share" in wish)
    return interpolate(gettext("%(share)s inside at least cost"), { share: percent(wish.least_share) });
  return interpolate(
    ngettext("the most with %(count)s new site", "the most with %(count)s new sites", wish.most_sites),
    { count: wish.most_sites },
  );
}

/** @param {any} row */
export function wishCell({ wish, region }) {
  return el(
    "span",
    null,
    `${goalText(wish)} · ${region}`,
    el("br"),
    el("span", { class: "muted" }, definitionText(wish.definition)),
  );
}

/** @param {any} row */
export function stateCell(row) {
  const word = chip(STATE_LOOKS[row.state], STATE_WORDS[row.state]);
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

/** What a plan is worth. @param {any} found @returns {Array<[string, Node|string]>} */
export function figures(found) {
  return [
    [gettext("Inside"), el("span", { class: "modelled" }, percent(found.share))],
    [gettext("As the network is"), el("span", { class: "modelled" }, percent(found.share_now))],
    [gettext("After the worst single failure"), el("span", { class: "modelled" }, percent(found.share_after_worst))],
    [gettext("New sites"), formatNumber(found.new_sites.length)],
    [gettext("Gap"), gapText(found.gap)],
    [
      gettext("Where"),
      el(
        "div",
        { class: "plan-sites" },
        found.new_sites.length ? found.new_sites.join(", ") : gettext("nothing needs to be built"),
      ),
    ],
  ];
}

/** @param {any} found */
export function figureList(found) {
  return el(
    "dl",
    { class: "plan-figures" },
    ...figures(found).flatMap(([word, value]) => [el("dt", null, word), el("dd", null, value)]),
  );
}

/** @param {any} row */
export function resultCell(row) {
  const found = row.proposal;
  if (!found) return el("span", { class: "muted" }, gettext("not known yet"));
  const sites = interpolate(ngettext("%(count)s new site", "%(count)s new sites", found.new_sites.length), {
    count: found.new_sites.length,
  });
  return el(
    "span",
    null,
    el("span", { class: "modelled" }, percent(found.share)),
    ` · ${sites}`,
    el("br"),
    el("span", { class: "muted" }, `${gettext("Gap")}: ${gapText(row.gap)}`),
  );
}

/** What speaks against comparing them. @param {any} found */
function warningOf(found) {
  if (!found.is_same_definition) return gettext("Their definitions differ: the shares may not be compared.");
  return found.is_same_inventory ? "" : gettext("They were made for different states of the inventory.");
}

/** @param {string} word @param {any[]} cells */
function line(word, cells) {
  return el("tr", null, el("th", { scope: "row" }, word), ...cells.map((cell) => el("td", { class: "wrap" }, cell)));
}

/** Two plans beside each other. @param {any} found */
export function comparison(found) {
  const rows = found.plans.map((/** @type {any} */ plan) => (plan.proposal ? figures(plan.proposal) : []));
  const words = (rows.find((/** @type {any} */ one) => one.length) || []).map((/** @type {any} */ [word]) => word);
  const heads = found.plans.map((/** @type {any} */ plan) => el("th", { scope: "col" }, plan.name));
  const warning = warningOf(found);
  return el(
    "div",
    null,
    warning && el("p", { class: "muted" }, `▲ ${warning}`),
    el(
      "table",
      { class: "table plan-compare" },
      el("thead", null, el("tr", null, el("td"), ...heads)),
      el(
        "tbody",
        null,
        line(gettext("Wish"), found.plans.map(wishCell)),
        line(
          gettext("State"),
          found.plans.map((/** @type {any} */ plan) => STATE_WORDS[plan.state]),
        ),
        ...words.map((/** @type {string} */ word, /** @type {any} */ at) =>
          line(
            word,
            rows.map((/** @type {any} */ one) => one[at]?.[1] ?? gettext("not known yet")),
          ),
        ),
        line(
          gettext("Sites that it alone has"),
          found.alone.map((/** @type {any[]} */ sites) => sites.join(", ") || gettext("none")),
        ),
        line(
          gettext("Sites that both have"),
          found.plans.map(() => found.common.join(", ") || gettext("none")),
        ),
      ),
    ),
  );
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
