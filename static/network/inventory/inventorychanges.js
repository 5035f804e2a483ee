/** What was changed in the inventory and what is planned, of all records; plans can be withdrawn here. */
import { el } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { difference, differences, isPlan, changeStateChip, withdrawButton } from "./inventoryhistory.js";
import { LIST_OF } from "./inventorykinds.js";
import { RECORD_WORDS, dateOf } from "../words.js";

const MOST_FIELDS = 3;
const missing = document.getElementById("inventory")?.dataset.missingWithdraw || "";
const rows = listing({
  url: "/api/v1/inventory/changes",
  form: /** @type {HTMLFormElement} */ (document.getElementById("filters")),
  table: /** @type {HTMLElement} */ (document.getElementById("list")),
  csv: /** @type {HTMLAnchorElement} */ (document.getElementById("csv")),
  columns: [
    {
      word: gettext("Valid from"),
      order: "valid_from",
      cell: (change) => el("time", { datetime: change.valid_from }, dateOf(change.valid_from)),
    },
    {
      word: gettext("State"),
      order: "applied_at",
      cell: (change) =>
        el(
          "span",
          { class: "row" },
          changeStateChip(change),
          change.problem && el("span", { class: "muted" }, change.problem),
        ),
    },
    { word: gettext("Kind"), order: "kind", cell: (change) => RECORD_WORDS[change.kind] || change.kind },
    { word: gettext("Record"), order: "key", cell: recordCell },
    { word: gettext("Does"), cell: doesCell },
    { word: gettext("Who"), order: "actor", cell: (change) => change.actor },
    { word: gettext("Reason"), order: "reason", cell: (change) => change.reason },
    {
      word: gettext("Recorded"),
      order: "recorded_at",
      cell: (change) => el("time", { datetime: change.recorded_at }, dateOf(change.recorded_at)),
    },
    {
      word: "",
      cell: (change) => (isPlan(change) ? withdrawButton(change, { missing, changed: () => rows.reload() }) : ""),
    },
  ],
  empty: gettext("No change fits these filters. Every change of a record, and every plan, appears here."),
});

connect({ topics: ["inventory"], onEvent: (event) => event.type === "InventoryChanged" && rows.reload() });

/** What a change does, its first fields in full. @param {any} change */
function doesCell(change) {
  if (!change.values) return gettext("removes it");
  if (!change.before) return gettext("adds it");
  const differing = differences(change);
  const more =
    differing.length > MOST_FIELDS &&
    el("li", { class: "muted" }, interpolate(gettext("and %(count)s more"), { count: differing.length - MOST_FIELDS }));
  return el(
    "ul",
    { class: "plain-list" },
    ...differing.slice(0, MOST_FIELDS).map((field) => el("li", null, difference(field))),
    more,
  );
}

/** @param {any} change */
function recordCell(change) {
  return el(
    "a",
    { class: "mono", href: `/inventory/${LIST_OF[change.kind]}?record=${encodeURIComponent(change.key)}` },
    change.key,
  );
}
