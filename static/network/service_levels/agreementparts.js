/** Parts of the page of one agreement. Unknown and excluded time are always said, also when there was none. */
import { el, quantity } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { facts, tableOf } from "../../console/table.js";
import {
  achievedText,
  budgetBar,
  burnChip,
  burnText,
  BURN_PAIRS,
  BURN_WORDS,
  lengthText,
  PERIOD_WORDS,
  shareText,
  sourceMark,
} from "./service.js";
import { groupLabelOf, labelOf, pageOf } from "../subject.js";
import { modelledWord } from "../layers/words.js";
import { dateOf, METRIC_WORDS, objectiveText } from "../words.js";

/** @type {Record<string, string>} */
const HOW_WORDS = {
  itself: gettext("itself"),
  cut_off: gettext("cut off"),
  on_path: gettext("on its path"),
  corridor: gettext("by its corridor"),
  serves: gettext("serves it"),
};
const MOST_ROWS = 12;

/** @param {any} standing @returns {HTMLElement} */
export function budget(standing) {
  const share = 1 - standing.target_share;
  const events = !standing.total
    ? gettext("nothing was counted")
    : interpolate(gettext("%(bad)s bad of %(total)s; %(allowed)s may be bad"), {
        bad: formatNumber(standing.total - standing.good),
        total: formatNumber(standing.total),
        allowed: formatNumber(Math.floor(standing.total * share)),
      });
  return el(
    "div",
    { class: "stack" },
    el("div", { class: "budget-large" }, budgetBar(standing.budget_left_share, standing.state)),
    facts([
      [
        gettext("Achieved"),
        el(
          "span",
          { class: standing.source === "modelled" ? "modelled" : "measured" },
          achievedText(standing.achieved_share),
        ),
      ],
      [gettext("Target"), `≥ ${achievedText(standing.target_share)}`],
      [gettext("Events"), events],
      [gettext("Unknown time"), standing.unknown_s === null ? gettext("all of it") : lengthText(standing.unknown_s)],
      [gettext("Excluded time"), standing.excluded_s === null ? gettext("none") : lengthText(standing.excluded_s)],
      [
        gettext("Counted since"),
        standing.period_started_at
          ? dateOf(standing.began_at > standing.period_started_at ? standing.began_at : standing.period_started_at)
          : gettext("not yet"),
      ],
      [gettext("Counted until"), standing.counted_until ? dateOf(standing.counted_until) : gettext("not yet")],
    ]),
  );
}

/** @param {any} standing @returns {HTMLElement} */
export function burn(standing) {
  /** @param {string[]} window field and word @param {number} threshold */
  const rate = ([field, word], threshold) =>
    el("span", null, burnText(standing[field], threshold), " ", el("span", { class: "muted" }, word));
  const rows = BURN_PAIRS.map(({ alert, long, short, threshold }) => [
    BURN_WORDS[alert],
    rate(long, threshold),
    rate(short, threshold),
    el("span", { class: "nowrap" }, `> ${formatNumber(threshold, 1)} ×`),
  ]);
  const now = standing.burn_alert
    ? burnChip(standing.burn_alert)
    : el("span", { class: "muted" }, gettext("No burn alert."));
  const table = tableOf(
    [gettext("Alert"), gettext("Long window"), gettext("Short window"), gettext("Threshold")],
    rows,
  );
  table.tabIndex = 0; // in a narrow window it scrolls
  return el(
    "div",
    { class: "stack" },
    el("p", null, now),
    table,
    el(
      "p",
      { class: "muted" },
      gettext(
        "1 × would use the budget up exactly at the end of its period. An alert is raised only while its long and its short window are both above the threshold.",
      ),
    ),
  );
}

/** @param {any} agreement @returns {HTMLElement} */
export function promise(agreement) {
  const page = pageOf(agreement.kind, agreement.key);
  const rule = agreement.is_unknown_bad
    ? gettext("unknown time counts as bad")
    : interpolate(gettext("unknown time is left out; with over %(share)s of it the standing is unknown"), {
        share: shareText(agreement.most_unknown_share, 0),
      });
  return facts([
    [
      gettext("Promised for"),
      el(
        "span",
        null,
        labelOf(agreement.kind),
        " ",
        page ? el("a", { href: page }, agreement.key) : el("span", { class: "mono" }, agreement.key),
      ),
    ],
    [gettext("Metric"), METRIC_WORDS[agreement.metric] || agreement.metric],
    [gettext("Objective"), objectiveText(agreement.metric, agreement.objective)],
    [
      gettext("Target"),
      interpolate(gettext("%(share)s of the events are good"), { share: achievedText(agreement.target_share) }),
    ],
    [gettext("Period"), PERIOD_WORDS[agreement.period] || agreement.period],
    [gettext("Source"), sourceMark(agreement.source)],
    [gettext("Unknown time"), rule],
    [
      gettext("Short window"),
      el(
        "span",
        null,
        quantity(agreement.window_s, "s"),
        `, ${interpolate(gettext("at least %(count)s samples"), { count: formatNumber(agreement.min_samples) })}`,
      ),
    ],
  ]);
}

/** @param {any} answer @returns {HTMLElement[]} */
export function impact(answer) {
  const groups = Object.entries(/** @type {Record<string, any>} */ (answer.services)).map(([name, group]) =>
    section(groupLabelOf(name), group.count, group.rows),
  );
  const tenants = answer.tenants.map((/** @type {any} */ tenant) =>
    el(
      "span",
      { class: "chip" },
      `${tenant.name}: ${Object.values(tenant.services).reduce((sum, count) => sum + Number(count), 0)}`,
    ),
  );
  return [
    el("p", { class: "muted" }, modelledWord(answer.network?.twin)),
    el("p", { class: "modelled-note muted" }, answer.definition),
    section(gettext("Sites"), answer.site_count, answer.sites),
    ...groups,
    el("h3", null, gettext("Tenants")),
    el("div", { class: "row" }, ...(tenants.length ? tenants : [el("span", { class: "muted" }, gettext("none"))])),
  ];
}

/** @param {string} word @param {number|null} count @param {any[]} rows */
function section(word, count, rows) {
  const head = el(
    "h3",
    null,
    word,
    " ",
    el("span", { class: "muted" }, count === null ? gettext("you lack the right to see them") : formatNumber(count)),
  );
  if (!rows.length) return el("div", { class: "stack" }, head);
  const lines = rows
    .slice(0, MOST_ROWS)
    .map((row) =>
      el(
        "li",
        null,
        row.page ? el("a", { href: row.page }, row.name) : row.name,
        row.place && " ",
        row.place &&
          el("a", { class: "muted", href: row.place, "aria-label": `${row.name}: ${gettext("map")}` }, gettext("map")),
        " ",
        el("span", { class: "muted" }, [HOW_WORDS[row.how] || row.how, row.tenant].filter(Boolean).join(" · ")),
      ),
    );
  const more =
    rows.length > MOST_ROWS &&
    el(
      "li",
      { class: "muted" },
      interpolate(gettext("and %(count)s more"), { count: formatNumber((count ?? rows.length) - MOST_ROWS) }),
    );
  return el("div", { class: "stack" }, head, el("ul", { class: "affected" }, ...lines, more || ""));
}
