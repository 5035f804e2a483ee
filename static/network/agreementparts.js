/** Parts of the page of one agreement. Unknown and excluded time are always said, also when there was none. */
import { chip, el, quantity } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
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
  SUBJECT_WORDS,
} from "./service.js";
import { dateOf, facts, isChinese, METRIC_WORDS, objectiveText, severityChip, smallTable } from "./words.js";

/** @type {Record<string, string>} */
const WHAT_WORDS = {
  breach: gettext("breach"),
  unknown: gettext("unknown"),
  maintenance: gettext("maintenance"),
  alarm: gettext("alarm"),
  change: gettext("change"),
};
/** @type {Record<string, string>} */
const WHAT_LOOKS = { breach: "breached", unknown: "unknown", maintenance: "waiting", alarm: "minor", change: "normal" };
/** @type {Record<string, string>} */
const GROUP_WORDS = {
  flights: gettext("Flights"),
  workloads: gettext("Workloads"),
  jobs: gettext("Jobs"),
  drones: gettext("Drones"),
  slices: gettext("Slices"),
};
/** @type {Record<string, string>} */
const HOW_WORDS = {
  itself: gettext("itself"),
  cut_off: gettext("cut off"),
  on_path: gettext("on its path"),
  corridor: gettext("by its corridor"),
  serves: gettext("serves it"),
};
/** @type {Record<string, (key: string) => string>} */
const SUBJECT_PAGES = {
  site: (key) => `/network/sites/${key}`,
  link: (key) => `/inventory/links?record=${encodeURIComponent(key)}`,
  corridor: (key) => `/inventory/corridors?record=${encodeURIComponent(key)}`,
};
const MOST_ROWS = 12;

/** @param {any} one @returns {HTMLElement} */
export function budget(one) {
  const share = 1 - one.target_share;
  const events = !one.total
    ? gettext("nothing was counted")
    : interpolate(gettext("%(bad)s bad of %(total)s; %(allowed)s may be bad"), {
        bad: formatNumber(one.total - one.good),
        total: formatNumber(one.total),
        allowed: formatNumber(Math.floor(one.total * share)),
      });
  return el(
    "div",
    { class: "stack" },
    el("div", { class: "budget-large" }, budgetBar(one.budget_left_share, one.state)),
    facts([
      [
        gettext("Achieved"),
        el("span", { class: one.source === "modelled" ? "modelled" : "measured" }, achievedText(one.achieved_share)),
      ],
      [gettext("Target"), `≥ ${achievedText(one.target_share)}`],
      [gettext("Events"), events],
      [gettext("Unknown time"), one.unknown_s === null ? gettext("all of it") : lengthText(one.unknown_s)],
      [gettext("Excluded time"), one.excluded_s === null ? gettext("none") : lengthText(one.excluded_s)],
      [
        gettext("Counted since"),
        one.period_started_at
          ? dateOf(one.began_at > one.period_started_at ? one.began_at : one.period_started_at)
          : gettext("not yet"),
      ],
      [gettext("Counted until"), one.counted_until ? dateOf(one.counted_until) : gettext("not yet")],
    ]),
  );
}

/** @param {any} one @returns {HTMLElement} */
export function burn(one) {
  /** @param {string[]} window field and word @param {number} threshold */
  const rate = ([field, word], threshold) =>
    el("span", null, burnText(one[field], threshold), " ", el("span", { class: "muted" }, word));
  const rows = BURN_PAIRS.map(({ alert, long, short, threshold }) => [
    BURN_WORDS[alert],
    rate(long, threshold),
    rate(short, threshold),
    el("span", { class: "nowrap" }, `> ${formatNumber(threshold, 1)} ×`),
  ]);
  const now = one.burn_alert ? burnChip(one.burn_alert) : el("span", { class: "muted" }, gettext("No burn alert."));
  const table = smallTable(
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
  const link = SUBJECT_PAGES[agreement.kind];
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
        SUBJECT_WORDS[agreement.kind] || agreement.kind,
        " ",
        link ? el("a", { href: link(agreement.key) }, agreement.key) : el("span", { class: "mono" }, agreement.key),
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

/** The newest first. @param {any[]} rows @returns {HTMLElement} */
export function timelineRows(rows) {
  return el(
    "ol",
    { class: "events", tabindex: "0", "aria-label": gettext("What happened") },
    ...[...rows]
      .reverse()
      .map((row) =>
        el(
          "li",
          null,
          el(
            "div",
            { class: "row" },
            row.kind === "alarm" && row.severity
              ? severityChip(row.severity)
              : chip(WHAT_LOOKS[row.kind] || "normal", WHAT_WORDS[row.kind] || row.kind),
            el("time", { class: "muted", datetime: row.at }, dateOf(row.at)),
            el(
              "span",
              { class: "muted" },
              row.until === null ? gettext("until now") : row.until === row.at ? "" : lasted(row),
            ),
          ),
          el("div", null, isChinese ? row.text_zh : row.text_en),
        ),
      ),
  );
}

/** @param {any} row */
function lasted(row) {
  return interpolate(gettext("for %(length)s"), {
    length: lengthText((Date.parse(row.until) - Date.parse(row.at)) / 1000),
  });
}

/** @param {any} answer @returns {HTMLElement[]} */
export function impact(answer) {
  const groups = Object.entries(/** @type {Record<string, any>} */ (answer.services)).map(([name, group]) =>
    section(GROUP_WORDS[name] || name, group.count, group.rows),
  );
  const tenants = answer.tenants.map((/** @type {any} */ one) =>
    el(
      "span",
      { class: "chip" },
      `${one.name}: ${Object.values(one.services).reduce((sum, count) => sum + Number(count), 0)}`,
    ),
  );
  return [
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
        row.href ? el("a", { href: row.href }, row.name) : row.name,
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
