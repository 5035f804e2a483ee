/** All factories: how many machines are at which risk, how old that is; kept fresh by the hub. */
import { namedBy } from "../../console/names.js";
import { byId, el } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext } from "../../console/i18n.js";
import { bindKeys } from "../../console/keyboard.js";
import { listing } from "../../console/listing.js";
import { aged, levelChip, nameOf } from "../drawing.js";
import { LEVELS, ageOf } from "../state.js";

const REFRESH_MS = 3000;
const SILENT_MS = 10_000; // where nothing is told of any more, what is shown still has to grow old

/** @param {any} row */
function levels(row) {
  const known = LEVELS.filter((level) => row.levels[level]);
  return el("span", { class: "row" }, ...known.map((level) => levelChip(level, row.levels[level])));
}

/** @param {any} row */
function newest(row) {
  const age = ageOf(row.newest_reading_at, Date.now());
  return el(
    "span",
    { class: age === null || age > row.stale_after_s ? "is-stale" : "" },
    aged(gettext("%(age)s ago"), age),
  );
}

const columns = [
  {
    word: gettext("Factory"),
    order: "slug",
    cell: (/** @type {any} */ row) =>
      el("a", { href: `/industry/factories/${row.slug}`, dataset: { focus: `factory-${row.slug}` } }, nameOf(row)),
  },
  {
    word: gettext("Organisation"),
    order: "organisation__slug",
    cell: (/** @type {any} */ row) => namedBy("organisation", row.organisation),
  },
  {
    word: gettext("Machines"),
    order: "-machines",
    isNumber: true,
    cell: (/** @type {any} */ row) => String(row.machines),
  },
  { word: gettext("Risk, inferred"), cell: levels },
  { word: gettext("Newest reading"), cell: newest },
];

const list = listing({
  url: "/api/v1/factories",
  form: /** @type {HTMLFormElement} */ (byId("filters")),
  table: byId("list"),
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  columns,
  empty: gettext("Factories that post readings of their machines are listed here. The integrators' guide says how."),
});

let due = 0;
/** Readings come often; the list is fetched at most every few seconds. */
function refreshSoon() {
  if (due || document.hidden) return;
  due = setTimeout(() => {
    due = 0;
    list.reload();
  }, REFRESH_MS);
}

setInterval(refreshSoon, SILENT_MS);
connect({ topics: ["factories"], onEvent: refreshSoon, onOpen: refreshSoon });
bindKeys({ f: { word: gettext("Filter by name"), run: () => byId("f-name").focus() } });
