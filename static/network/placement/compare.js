/** Any two paths side by side: what the model makes each of, and what is measured at their ends. Deep-linked. */
import { getAll, sendJson } from "../../console/api.js";
import { ageText, byId, el, quantity, replace, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { PART_WORDS } from "../sites/siteparts.js";
import { ageOf, Sites, stateOf } from "../sites/sites.js";
import { nameOf, stateChip } from "../words.js";

const NAMES = ["from", "to", "from2", "to2"];
const PATHS = [
  ["from", "to", gettext("Path A")],
  ["from2", "to2", gettext("Path B")],
];
const form = /** @type {HTMLFormElement} */ (byId("pairs"));
const parts = widget(byId("parts"));
const ends = widget(byId("ends"));
const sites = new Sites();
/** @type {any[]} */
let shown = [];
let asked = 0;

function wanted() {
  return Object.fromEntries(
    NAMES.map((name) => [name, /** @type {any} */ (form.elements.namedItem(name)).value.trim()]),
  );
}

async function compare() {
  const want = wanted();
  const query = new URLSearchParams(Object.entries(want).filter(([, value]) => value));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  const chosen = PATHS.filter(([from]) => want[from]);
  if (!chosen.length) {
    parts.empty(gettext("Name a site where path A begins; with path B beside it the two are compared."));
    return ends.empty(gettext("What is measured at the ends of the paths appears here."));
  }
  const turn = ++asked;
  parts.loading();
  try {
    const paths = await Promise.all(
      chosen.map(([from, to]) =>
        sendJson("POST", "/api/v1/latency/path", { from_site: want[from], ...(want[to] && { to_site: want[to] }) }),
      ),
    );
    if (turn !== asked) return undefined;
    shown = paths.map((path, at) => ({ word: chosen[at][2], from: want[chosen[at][0]], path }));
    drawParts();
    return drawEnds();
  } catch (problem) {
    if (turn !== asked) return undefined;
    shown = [];
    ends.empty(gettext("What is measured at the ends of the paths appears here."));
    if (problem.status === 403) return parts.forbidden("network.view_site");
    const words = problem.errors
      ?.map((/** @type {any} */ error) => `${error.field}: ${error.value} – ${error.expected}`)
      .join("; ");
    return parts.error(words || problem.message, compare);
  }
}

/** @param {any} given */
function title({ word, from, path }) {
  return `${word}: ${from} → ${path.to_site ?? gettext("no computing")}`;
}

function drawParts() {
  const names = [...new Set(shown.flatMap(({ path }) => path.parts.map((/** @type {any} */ { part }) => part)))];
  /** @param {any} given @param {any} part */
  const of = ({ path }, part) => path.parts.find((/** @type {any} */ piece) => piece.part === part);
  /** @param {any} value */
  const ms = (value) =>
    value === null || value === undefined
      ? el("span", { class: "muted" }, gettext("none"))
      : el("span", { class: "modelled" }, formatNumber(value, 4));
  const lines = names.map((part) => [
    PART_WORDS[part] || part,
    ...shown.flatMap((path) => [ms(of(path, part)?.mean_ms), ms(of(path, part)?.p99_ms)]),
    ...apart((path) => of(path, part)?.mean_ms ?? 0),
  ]);
  const whole = [
    el("strong", null, gettext("whole path, one way")),
    ...shown.flatMap(({ path }) => [total(path, path.mean_ms), total(path, path.p99_ms)]),
    ...apart(({ path }) => path.mean_ms),
  ];
  const heads = [
    gettext("Part"),
    ...shown.flatMap((path) => [`${path.word}, ${gettext("mean, ms")}`, `${path.word}, ${gettext("p99, ms")}`]),
    ...(shown.length > 1 ? [gettext("B − A, mean, ms")] : []),
  ];
  const table = tableOf(heads, [...lines, whole]);
  table.classList.add("path-table");
  parts.show(el("div", { class: "path-bars" }, ...bars(names, of)), table);
}

/** @param {any} path @param {number} value */
function total(path, value) {
  return path.is_reachable
    ? el("strong", { class: "modelled" }, formatNumber(value, 3))
    : el("span", { class: "chip unknown" }, gettext("no path"));
}

/** How far B is from A, where both are known. @param {(side: any) => number} value */
function apart(value) {
  if (shown.length < 2) return [];
  if (!shown.every(({ path }) => path.is_reachable)) return [el("span", { class: "muted" }, gettext("unknown"))];
  const difference = value(shown[1]) - value(shown[0]);
  return [`${difference > 0 ? "+" : ""}${formatNumber(difference, 4)}`];
}

/** @param {string[]} names @param {any} of */
function bars(names, of) {
  const most = Math.max(...shown.map(({ path }) => path.mean_ms || 0)) || 1;
  return shown.map((path) => {
    const line = el(
      "span",
      { class: "bar-line modelled-bar", "aria-hidden": "true" },
      ...names.map((part) => {
        const segment = el("span", { title: PART_WORDS[part] || part });
        segment.style.width = `${(100 * (of(path, part)?.mean_ms ?? 0)) / (path.path.mean_ms || 1)}%`;
        return segment;
      }),
    );
    line.style.width = `${(75 * (path.path.mean_ms || 0)) / most}%`;
    return el(
      "div",
      null,
      el("div", { class: "bar-word" }, title(path)),
      el("span", { class: "bar-value" }, line, quantity(path.path.mean_ms, "ms", 3)),
    );
  });
}

function drawEnds() {
  if (!shown.length) return undefined;
  const now = Date.now();
  const lines = shown
    .flatMap((path) => [
      [path.word, gettext("from"), path.from],
      [path.word, gettext("to"), path.path.to_site],
    ])
    .map(([word, end, slug]) => endLine(word, end, slug, now));
  const note = el(
    "p",
    { class: "muted" },
    gettext(
      "Measured round trips go from the metro core to each end and back; a measurement between two ends does not exist, so none is shown.",
    ),
  );
  return ends.show(
    tableOf(
      [
        gettext("Path"),
        gettext("End"),
        gettext("Site"),
        gettext("State"),
        gettext("Round trip to the core, measured"),
        gettext("Lost in the last round"),
        gettext("Age"),
      ],
      lines,
    ),
    note,
  );
}

/** @param {string} word @param {string} end @param {string} slug @param {number} now */
function endLine(word, end, slug, now) {
  const row = sites.bySlug.get(slug);
  if (!row)
    return [
      word,
      end,
      slug || el("span", { class: "muted" }, gettext("none")),
      el("span", { class: "muted" }, gettext("not probed")),
      "",
      "",
      "",
    ];
  const state = stateOf(row, now);
  const rtt = row.rtt_ms === null && row.packets ? gettext("no answer") : quantity(row.rtt_ms, "ms", 2);
  const age = ageOf(row, now);
  return [
    word,
    end,
    el("a", { href: `/network/sites/${slug}` }, nameOf(row)),
    stateChip(state),
    el("span", { class: state === "unknown" ? "is-stale" : "measured" }, rtt),
    row.packets ? `${row.lost} / ${row.packets}` : "",
    age === null ? gettext("never measured") : interpolate(gettext("%(age)s ago"), { age: ageText(age) }),
  ];
}

async function load() {
  try {
    const rows = await getAll("/api/v1/sites");
    sites.load(rows);
    replace(byId("sites"), ...rows.map((row) => el("option", { value: row.slug }, nameOf(row))));
    drawEnds();
  } catch (problem) {
    if (problem.status === 403) ends.forbidden("network.view_site");
  }
}

for (const [name, value] of new URLSearchParams(location.search)) {
  if (NAMES.includes(name)) /** @type {any} */ (form.elements.namedItem(name)).value = value;
}
form.addEventListener("submit", (event) => (event.preventDefault(), compare()));
form.addEventListener("change", compare);
compare();
connect({ topics: ["sla"], onOpen: load, onEvent: (event) => event.topic === "sla" && sites.apply(event) });
setInterval(() => byId("ends").contains(document.activeElement) || drawEnds(), 2_000);
