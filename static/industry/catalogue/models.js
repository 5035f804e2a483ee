/** The model catalogue: what each model was trained on, and how well it does beside others. */
import { getJson } from "../../console/api.js";
import { byId, el, formatTime, svg, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { bindKeys } from "../../console/keyboard.js";
import { facts, tableOf } from "../../console/table.js";
import { nameOf } from "../drawing.js";

const search = /** @type {HTMLInputElement} */ (byId("f-name"));
const state = widget(byId("models"));
/** @type {any[]} */
let models = [];

async function load() {
  try {
    models = (await getJson("/api/v1/models?limit=1000")).results;
    draw();
  } catch (problem) {
    if (problem.status === 403) state.forbidden("industry.view_model");
    else state.error(problem.message, load);
  }
}

function draw() {
  const wanted = search.value.trim().toLowerCase();
  const url = new URL(location.href);
  wanted ? url.searchParams.set("name", wanted) : url.searchParams.delete("name");
  history.replaceState(null, "", url);
  const result = models.filter((model) =>
    `${model.name} ${model.title_en} ${model.title_zh}`.toLowerCase().includes(wanted),
  );
  if (result.length === 0)
    return state.empty(gettext("Models that can run on edge nodes are listed here with their cards."));
  return state.show(
    ...result.flatMap((model) => model.versions.map((/** @type {any} */ version) => cardOf(model, version))),
  );
}

/** @param {any} model @param {any} version */
function cardOf(model, version) {
  const card = version.card;
  return el(
    "article",
    { class: "card stack", id: `${model.name}-${version.number}` },
    el(
      "div",
      { class: "row spread" },
      el("h2", null, nameOf(model)),
      el(
        "span",
        { class: "mono muted" },
        interpolate(gettext("%(name)s, version %(number)s"), { name: model.name, number: version.number }),
      ),
    ),
    el(
      "h3",
      null,
      interpolate(gettext("%(metric)s on rows that the model had not seen"), { metric: card.metric.name }),
    ),
    bars(card),
    el("p", { class: "muted" }, `${gettext(card.split)}.`),
    provenance(version),
    el("h3", null, gettext("Inputs")),
    tableOf(
      [gettext("Name"), gettext("Unit"), gettext("Range")],
      card.inputs.map((/** @type {any} */ input) => [
        el("span", { class: "mono" }, input.name),
        input.one_of ? "–" : input.unit,
        rangeOf(input),
      ]),
    ),
  );
}

/** How good, from which data and how it was made. @param {any} version */
function provenance({ card, sha256 }) {
  return facts([
    [gettext("Precision, recall"), `${formatNumber(card.metric.precision, 3)}, ${formatNumber(card.metric.recall, 3)}`],
    [gettext("Decision threshold"), formatNumber(card.threshold, 2)],
    [
      gettext("Data"),
      `${card.data.name} (${gettext(card.data.kind)}): ${interpolate(gettext("%(rows)s rows, %(failures)s failures"), { rows: formatNumber(card.data.rows), failures: formatNumber(card.data.failures) })}`,
    ],
    [gettext("Source"), card.data.source],
    [gettext("Licence of the data"), card.data.licence],
    [gettext("Limits"), gettext(card.limits)],
    [gettext("Trained"), formatTime(card.trained_at)],
    [gettext("Size"), `${formatNumber(card.size_bytes)} B`],
    ["SHA-256", el("span", { class: "mono break" }, sha256)],
    [
      gettext("Made with"),
      Object.entries(card.libraries)
        .map(([name, number]) => `${name} ${number}`)
        .join(", "),
    ],
  ]);
}

/** @param {any} card */
function bars(card) {
  const rows = [
    [gettext("this model"), card.metric.value, "own"],
    [gettext("published"), card.published.value, "published"],
    ...card.baselines.map((/** @type {any} */ baseline) => [gettext(baseline.name), baseline.value, "other"]),
  ];
  return el(
    "div",
    { class: "metric-bars" },
    ...rows.flatMap(([word, value, kind]) => [
      el("span", null, word),
      bar(value, kind),
      el("span", { class: "number" }, formatNumber(value, 3)),
    ]),
  );
}

/** @param {number} value @param {string} kind */
const bar = (value, kind) =>
  svg(
    "svg",
    { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { x: 0.5, y: 1, height: 10, width: Math.max(0.5, value * 99), class: kind }),
  );

/** @param {any} input */
function rangeOf(input) {
  return input.one_of
    ? input.one_of.join(", ")
    : interpolate(gettext("%(low)s to %(high)s"), { low: formatNumber(input.low), high: formatNumber(input.high) });
}

search.value = new URLSearchParams(location.search).get("name") || "";
search.addEventListener("input", draw);
byId("filters").addEventListener("submit", (/** @type {any} */ event) => event.preventDefault());
bindKeys({ f: { word: gettext("Filter by name"), run: () => search.focus() } });
state.loading();
load();
