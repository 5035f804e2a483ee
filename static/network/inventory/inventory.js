/** The list of one kind of record; what is selected opens in the inspector, and the address says which. */
import { byId, el } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { gettext } from "../../console/i18n.js";
import { bindKeys } from "../../console/keyboard.js";
import { listing } from "../../console/listing.js";
import { soon } from "../../console/soon.js";
import { toast } from "../../console/toast.js";
import { asOfPicker } from "./inventoryasof.js";
import { KINDS } from "./inventorykinds.js";
import { RecordPanel } from "./inventoryrecord.js";
import { dateOf } from "../words.js";

const WAIT_MS = 300;
const page = byId("inventory");
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const list = byId("list");
const add = byId("add");
const name = page.dataset.kind;
const kind = KINDS[name];
const { missingAdd, missingChange, missingDelete, missingWithdraw } = page.dataset;
const panel = new RecordPanel({
  node: byId("record"),
  list: name,
  missing: { add: missingAdd, change: missingChange, delete: missingDelete, withdraw: missingWithdraw },
  changed: (key) => (rows.reload(), select(key, { isFocused: true })),
  closed: () => {
    const key = form.elements.record.value;
    point("");
    [...list.querySelectorAll("a[data-key]")].find((link) => link.dataset.key === key)?.focus();
  },
});

const asOf = asOfPicker(form, byId("as-of"));
const columns = [
  { word: gettext("Key"), order: name === "links" ? "a__slug" : "slug", cell: keyCell },
  ...kind.columns,
  {
    word: gettext("Valid from"),
    order: "valid_from",
    cell: (/** @type {any} */ row) =>
      row.valid_from
        ? el("time", { datetime: row.valid_from }, dateOf(row.valid_from))
        : el("span", { class: "muted" }, gettext("before records")),
  },
];
// of another time neither sorted nor dated
const columnsThen = columns.slice(0, -1).map((column) => ({ ...column, order: undefined }));

const rows = listing({
  url: `/api/v1/${name}`,
  form,
  table: list,
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  get columns() {
    return asOf.isOn() ? columnsThen : columns;
  },
  ofPage: ["record"],
  get empty() {
    return asOf.isOn()
      ? gettext("No record fits at that time. Go back to now, or choose another time.")
      : gettext("No record fits these filters. Add one here, or import a file.");
  },
  lineOf: (row) => ({ dataset: { selected: String(isOpen(kind.keyOf(row))) } }),
  isLive: Boolean(kind.againMs),
});

if (kind.againMs) setInterval(() => document.hidden || asOf.isOn() || rows.reload(), kind.againMs);
const reloadSoon = soon(() => rows.reload(), WAIT_MS);

/** Whether a record is the one beside the list. @param {string} key */
const isOpen = (key) => key === form.elements.record.value;

/** @param {any} row */
function keyCell(row) {
  const key = kind.keyOf(row);
  return el(
    "a",
    {
      href: `/inventory/${name}?record=${encodeURIComponent(key)}`,
      class: "mono",
      dataset: { key, focus: `record-${key}` },
      "aria-current": isOpen(key) ? "true" : null,
    },
    key.replace("~", " ~ "),
  );
}

/** @param {any} key @param {any} [options] */
async function select(key, options) {
  if (key === null) return panel.close();
  if (await panel.open(key, options)) point(key);
  return undefined;
}

/** Say in the address and in the list what is open. @param {any} key */
function point(key) {
  form.elements.record.value = key;
  const query = new URLSearchParams(location.search);
  if (key) query.set("record", key);
  else query.delete("record");
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  markSelected();
}

function markSelected() {
  for (const link of list.querySelectorAll("a[data-key]")) {
    link.closest("tr").dataset.selected = String(isOpen(link.dataset.key));
    if (isOpen(link.dataset.key)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** @param {number} step */
function move(step) {
  const links = [...list.querySelectorAll("a[data-key]")];
  const at = links.findIndex(
    (link) =>
      link === document.activeElement ||
      (link.dataset.key === form.elements.record.value && !list.contains(document.activeElement)),
  );
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}

async function create() {
  if (missingAdd) return toast(byId("add-missing").textContent, "error");
  if (await panel.create()) point("");
  return undefined;
}

list.addEventListener("click", (/** @type {any} */ event) => {
  const link = event.target.closest("a") || event.target.closest("tbody tr")?.querySelector("a[data-key]");
  if (!link?.dataset.key || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  select(link.dataset.key);
});
add.addEventListener("click", create);
bindKeys({
  j: { word: gettext("Next record"), run: () => move(1) },
  k: { word: gettext("Previous record"), run: () => move(-1) },
  n: { word: gettext("Add a record"), run: create },
  Escape: { word: gettext("Close the record"), run: () => panel.isOpen() && panel.close() },
});
connect({
  topics: ["inventory"],
  /** @param {any} event */
  onEvent(event) {
    if (
      event.type !== "InventoryChanged" ||
      !(
        event.count > event.changes.length ||
        event.changes.some((/** @type {any} */ change) => change.kind === kind.record)
      )
    )
      return;
    reloadSoon();
    panel.refresh(event.changes);
  },
});
if (form.elements.record.value) select(form.elements.record.value);
