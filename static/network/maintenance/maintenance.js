/** Maintenance: what was announced, a form to announce more, and taking back what is still to come. */
import { barred } from "../../console/barred.js";
import { sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { byId, chip, el, replace } from "../../console/dom.js";
import { clear, markErrors, restOf } from "../../console/fielderrors.js";
import { gettext, interpolate, ngettext } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { listing } from "../../console/listing.js";
import { toast } from "../../console/toast.js";
import { momentOf } from "../../console/walltime.js";
import { openAffected, showAffected } from "./affected.js";
import { isEverythingWithoutKey, keyHintOf, labelOf, searchedFor } from "../subject.js";
import { subjectSearch } from "../subjectsearch.js";
import { dateOf } from "../words.js";

const FIELDS = ["kind", "key", "starts_at", "ends_at", "reason"];
const missing = byId("maintenance-page").dataset.missingWithdraw;
const form = /** @type {HTMLFormElement|null} */ (byId("new"));
let previews = 0;

const list = listing({
  url: "/api/v1/maintenance",
  form: /** @type {HTMLFormElement} */ (byId("filters")),
  table: byId("list"),
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  empty: gettext("No maintenance fits. What is announced here before it begins is left out of the budgets."),
  columns: [
    { word: gettext("State"), order: "state", cell: stateCell },
    {
      word: gettext("Of"),
      order: "kind",
      cell: (row) =>
        el(
          "span",
          null,
          labelOf(row.kind),
          " ",
          el("span", { class: "muted" }, row.subject_name || gettext("everywhere")),
        ),
    },
    {
      word: gettext("From"),
      order: "starts_at",
      cell: (row) => el("span", { class: "nowrap" }, dateOf(row.starts_at)),
    },
    { word: gettext("Until"), order: "ends_at", cell: (row) => el("span", { class: "nowrap" }, dateOf(row.ends_at)) },
    { word: gettext("Left out"), cell: leftOut },
    { word: gettext("Reason"), order: "reason", cell: (row) => row.reason },
    {
      word: gettext("Announced"),
      order: "made_at",
      cell: (row) => el("span", null, row.actor, el("br"), el("span", { class: "age" }, dateOf(row.made_at))),
    },
    { word: gettext("Concerns"), cell: affectedCell },
    { word: gettext("Withdraw"), cell: withdrawCell },
  ],
});

/** @param {any} row */
function stateCell(row) {
  const now = Date.now();
  if (row.withdrawn_at) return chip("off", gettext("withdrawn"));
  if (Date.parse(row.ends_at) <= now) return chip("done", gettext("over"));
  return Date.parse(row.starts_at) <= now ? chip("running", gettext("under way")) : chip("waiting", gettext("to come"));
}

/** @param {any} row */
function leftOut(row) {
  const minutes = Math.max(0, Math.floor((Date.parse(row.counts_until) - Date.parse(row.counts_from)) / 60_000));
  const isLate = Date.parse(row.made_at) > Date.parse(row.starts_at);
  const words = interpolate(ngettext("%(count)s minute", "%(count)s minutes", minutes), { count: minutes });
  return el("span", null, words, isLate && el("span", { class: "age" }, ` · ${gettext("announced late")}`));
}

/** @param {any} row */
function affectedCell(row) {
  const button = el(
    "button",
    { type: "button", class: "button small quiet", "aria-haspopup": "dialog" },
    gettext("Agreements"),
  );
  button.addEventListener("click", () => openAffected(row));
  return button;
}

/** @param {any} row */
function withdrawCell(row) {
  if (row.withdrawn_at || Date.parse(row.ends_at) <= Date.now()) return "";
  const button = el(
    "button",
    {
      type: "button",
      class: "button small",
      ...barred(missing && lacking(missing)),
    },
    gettext("Withdraw"),
  );
  button.addEventListener("click", () => withdraw(row));
  return button;
}

/** @param {any} row */
async function withdraw(row) {
  const isRunning = Date.parse(row.starts_at) <= Date.now();
  const words = isRunning
    ? gettext("From now on the time counts again; what was left out so far stays left out.")
    : gettext("The time will count as any other.");
  if (!(await confirmAction(gettext("Withdraw this maintenance?"), words, gettext("Withdraw")))) return;
  try {
    await sendJson("POST", `/api/v1/maintenance/${row.id}/withdraw`);
    toast(gettext("Withdrawn"));
    list.reload();
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function values() {
  return Object.fromEntries([...new FormData(form ?? undefined)].map(([name, value]) => [name, String(value).trim()]));
}

/** Say what the maintenance would concern, as it is filled in. */
function preview() {
  const { kind, key } = values();
  const asked = ++previews,
    place = byId("new-concerns");
  if (!key && !isEverythingWithoutKey(kind)) return replace(place);
  return showAffected(
    place,
    `/api/v1/maintenance/concerns?${new URLSearchParams({ kind, key })}`,
    () => asked === previews,
  );
}

const offer =
  form &&
  subjectSearch(/** @type {HTMLInputElement} */ (byId("n-key")), byId("n-key-hint"), {
    kind: () => searchedFor(values().kind),
    usual: () => keyHintOf(values().kind),
  });

/** @param {any} event */
async function announce(event) {
  event.preventDefault();
  const asked = values();
  FIELDS.forEach((name) => clear(byId(`n-${name}`)));
  replace(byId("new-rest"));
  const request = { ...asked, starts_at: momentOf(asked.starts_at) || null, ends_at: momentOf(asked.ends_at) || null };
  try {
    const made = await sendJson("POST", "/api/v1/maintenance", request);
    toast(
      Date.parse(made.made_at) > Date.parse(made.starts_at)
        ? gettext("Announced; what was before the announcement still counts.")
        : gettext("Announced"),
    );
    form?.reset();
    offer?.reset();
    preview();
    list.reload();
  } catch (problem) {
    const left = markErrors(problem.errors, (name) => (FIELDS.includes(name) ? byId(`n-${name}`) : null));
    const words = restOf(problem, left);
    replace(byId("new-rest"), ...words.map((text) => el("p", { class: "field-error" }, text)));
  }
}

if (form) {
  form.addEventListener("submit", announce);
  /** @type {any} */ (form.elements.namedItem("kind")).addEventListener("change", () => (offer?.reset(), preview()));
  /** @type {any} */ (form.elements.namedItem("key")).addEventListener("change", preview);
  preview();
}
