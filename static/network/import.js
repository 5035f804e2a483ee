/**
 * A file brought into the inventory: a dry run that shows every row, then the same file applied; and files taken out
 * of it.
 */
import { csrfToken } from "../console/api.js";
import { confirmAction } from "../console/dialog.js";
import { byId, chip, el, widget } from "../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../console/i18n.js";
import { toast } from "../console/toast.js";
import { clear, mark, momentOf } from "./inventoryform.js";
import { RECORD_WORDS } from "./inventorykinds.js";
import { dateOf } from "./words.js";

const URL_ = "/api/v1/inventory/imports";
const MOST_SHOWN = 500;
const MOST_EXPECTED = 3;
/** @type {Record<string, string>} */
const FORMAT_OF = { csv: "csv", geojson: "geojson", graphml: "graphml", xml: "graphml", json: "node-link" };
const GRAPHS = new Set(["graphml", "node-link"]); // they hold sites and links together
/** @type {Record<string, string[]>} */
const OUTCOMES = {
  refused: ["failed", gettext("refused")],
  created: ["done", gettext("created")],
  changed: ["done", gettext("changed")],
  unchanged: ["normal", gettext("unchanged")],
};
const form = /** @type {HTMLFormElement} */ (byId("import"));
const file = /** @type {HTMLInputElement} */ (byId("i-file"));
const kind = /** @type {HTMLSelectElement} */ (byId("i-kind"));
const from = /** @type {HTMLInputElement} */ (byId("i-valid-from"));
const apply = /** @type {HTMLButtonElement} */ (byId("apply"));
const limitBytes = Number(byId("import-page").dataset.limitBytes);
const outcome = widget(byId("outcome"));
/** @type {any} */
let tried = null;
let choices = 0; // how often something was chosen anew

/** Take the format from the file's name, and say at once when it is too large. */
function chosen() {
  const name = file.files?.[0]?.name.toLowerCase() || "";
  const format = FORMAT_OF[name.split(".").pop() || ""];
  if (format) form.elements.format.value = format;
  isReady();
}

/** Whether the file may be sent; says at the fields what is missing. */
function isReady() {
  [file, kind, from].forEach(clear);
  const found = file.files?.[0];
  if (!found) mark(file, gettext("Choose a file."));
  else if (found.size > limitBytes)
    mark(
      file,
      interpolate(
        gettext(
          "This file has %(size)s MB; at most %(limit)s MB can be imported. Split it, or leave out what has not changed.",
        ),
        { size: megabytes(found.size, 1), limit: megabytes(limitBytes, 0) },
      ),
    );
  else if (found.size === 0) mark(file, gettext("This file is empty."));
  if (form.elements.format.value === "csv" && !kind.value)
    mark(kind, gettext("Say of which kind the rows of the CSV file are."));
  if (from.value && Date.parse(momentOf(from.value) || "") <= Date.now())
    mark(from, gettext("Choose a time to come, or none for now."));
  return ![file, kind, from].some((input) => input.hasAttribute("aria-invalid"));
}

/** @param {number} bytes @param {number} digits */
function megabytes(bytes, digits) {
  return formatNumber(bytes / 1e6, digits);
}

/** Anything chosen anew makes the dry run one of something else. */
function forget() {
  tried = null;
  choices += 1;
  apply.disabled = true;
}

/** @param {boolean} isDryRun */
async function run(isDryRun) {
  if (!isReady()) return /** @type {any} */ (form.querySelector("[aria-invalid]")).focus();
  const body = new FormData(form);
  for (const name of ["kind", "region"]) if (!body.get(name)) body.delete(name);
  if (from.value) body.set("valid_from", momentOf(from.value) || "");
  body.set("is_dry_run", String(isDryRun));
  body.set("is_all_or_nothing", String(form.elements.is_all_or_nothing.checked));
  busy(true, isDryRun);
  const before = choices;
  try {
    done(await send(body, isDryRun), isDryRun, before === choices);
  } catch (problem) {
    forget();
    failed(problem, isDryRun);
  } finally {
    busy(false, isDryRun);
  }
  return undefined;
}

/** @param {FormData} body @param {boolean} isDryRun @returns {Promise<any>} */
function send(body, isDryRun) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", URL_);
    call.responseType = "json";
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("X-CSRFToken", csrfToken());
    call.upload.addEventListener("progress", (event) =>
      progress(event.loaded / event.total, gettext("Sending the file")),
    );
    call.upload.addEventListener("load", () =>
      progress(null, isDryRun ? gettext("Checking row by row") : gettext("Applying row by row")),
    );
    call.addEventListener("load", () =>
      call.status < 300
        ? resolve(call.response)
        : reject({ status: call.status, errors: [], detail: "", ...call.response }),
    );
    call.addEventListener("error", () =>
      reject({
        status: 0,
        errors: [],
        detail: gettext("No answer from the server; nothing is known to have changed."),
      }),
    );
    call.send(body);
  });
}

/** @param {number|null} share @param {string} words */
function progress(share, words) {
  const bar = byId("bar");
  byId("progress-word").textContent = words;
  if (share === null) bar.removeAttribute("value");
  else bar.setAttribute("value", String(share));
}

/** @param {boolean} isBusy @param {boolean} isDryRun */
function busy(isBusy, isDryRun) {
  byId("progress").hidden = !isBusy;
  byId("dry-run").disabled = isBusy;
  if (isBusy) apply.disabled = true;
  if (isBusy) outcome.loading();
  else if (isDryRun) apply.disabled = !tried;
}

/** @param {any} report @param {boolean} isDryRun @param {boolean} isOfThis whether the form still says what was sent */
function done(report, isDryRun, isOfThis) {
  const { refused = 0, created = 0, changed = 0 } = report.counts;
  tried =
    isDryRun && isOfThis && created + changed > 0 && !(refused && form.elements.is_all_or_nothing.checked)
      ? report
      : null;
  if (!isDryRun)
    toast(
      report.applied
        ? report.valid_from
          ? gettext("The file was planned.")
          : gettext("The file was applied.")
        : gettext("Nothing was changed."),
      report.applied ? "info" : "error",
    );
  outcome.show(
    el(
      "div",
      { class: "stack" },
      el("h2", { id: "outcome-title", tabindex: "-1" }, titleOf(report, isDryRun)),
      planned(report, isDryRun),
      tally(report.counts),
      ignored(report.ignored || []),
      tableOf(report.rows),
    ),
  );
  byId("outcome-title").focus();
}

/** @param {any} report @param {boolean} isDryRun */
function titleOf(report, isDryRun) {
  const { refused = 0, created = 0, changed = 0 } = report.counts;
  if (!isDryRun)
    return report.applied
      ? report.valid_from
        ? gettext("Planned")
        : gettext("Applied")
      : gettext("Refused: nothing was changed");
  if (refused && form.elements.is_all_or_nothing.checked)
    return gettext("Dry run: with refused rows nothing would be changed");
  return created + changed ? gettext("Dry run: this would happen") : gettext("Dry run: nothing would change");
}

/** That the rows are plans, or would be, and where these stand. @param {any} report @param {boolean} isDryRun */
function planned(report, isDryRun) {
  if (!report.valid_from || !(isDryRun || report.applied)) return null;
  const words = isDryRun
    ? gettext("Nothing changes now: the rows would become plans that hold from %(date)s.")
    : gettext("Nothing changed yet: the rows are plans that hold from %(date)s.");
  const where = el("a", { href: "/inventory/changes?is_planned=true" }, gettext("History and plans"));
  return el(
    "p",
    { class: "banner" },
    el("span", null, interpolate(words, { date: dateOf(report.valid_from) })),
    !isDryRun && where,
  );
}

/** @param {any} counts */
function tally(counts) {
  return el(
    "div",
    { class: "row" },
    ...Object.entries(OUTCOMES).map(([name, [state, word]]) =>
      chip(counts[name] ? state : "normal", `${formatNumber(counts[name] || 0)} ${word}`),
    ),
  );
}

/** @param {string[]} names */
function ignored(names) {
  if (names.length === 0) return null;
  return el(
    "p",
    { class: "muted" },
    interpolate(gettext("Names in the file that say nothing to the inventory: %(names)s"), { names: names.join(", ") }),
  );
}

/** The refused rows first, then the rest as the file has them. @param {any[]} rows */
function tableOf(rows) {
  if (rows.length === 0) return null;
  const sorted = [...rows].sort(
    (a, b) => Number(b.outcome === "refused") - Number(a.outcome === "refused") || a.row - b.row,
  );
  const heads = [gettext("Row"), gettext("Kind"), gettext("Record"), gettext("Outcome"), gettext("What is wrong")].map(
    (word) => el("th", { scope: "col" }, word),
  );
  const more =
    rows.length > MOST_SHOWN &&
    el(
      "p",
      { class: "muted" },
      interpolate(gettext("The first %(shown)s of %(count)s rows; the refused ones come first."), {
        shown: formatNumber(MOST_SHOWN),
        count: formatNumber(rows.length),
      }),
    );
  return el(
    "div",
    { class: "stack" },
    el(
      "div",
      { class: "table-wrap" },
      el(
        "table",
        { class: "table" },
        el("thead", null, el("tr", null, ...heads)),
        el("tbody", null, ...sorted.slice(0, MOST_SHOWN).map(lineOf)),
      ),
    ),
    more,
  );
}

/** @param {any} row */
function lineOf(row) {
  const [state, word] = OUTCOMES[row.outcome] || ["unknown", row.outcome];
  const cells = [
    String(row.row),
    RECORD_WORDS[row.kind] || row.kind,
    el("span", { class: "mono" }, row.key || "–"),
    chip(state, word),
    el(
      "ul",
      { class: "plain-list" },
      ...(row.errors || []).map((/** @type {any} */ error) => el("li", null, wordsOf(error))),
    ),
  ];
  return el("tr", { class: `outcome-${row.outcome}` }, ...cells.map((cell) => el("td", null, cell)));
}

/** @param {any} error */
function wordsOf(error) {
  const given =
    error.value === null || error.value === undefined || error.value === "" ? gettext("nothing") : String(error.value);
  return interpolate(gettext("%(field)s: %(given)s given, expected %(expected)s"), { ...error, given });
}

/** @param {any} problem @param {boolean} isDryRun */
function failed(problem, isDryRun) {
  const left = (problem.errors || []).filter((/** @type {any} */ error) => {
    /** @type {Record<string, HTMLInputElement|HTMLSelectElement>} */
    const inputs = { file, kind, valid_from: from };
    const input = inputs[error.field];
    if (input) mark(input, error.expected);
    return !input;
  });
  const words = [
    problem.errors?.length
      ? ""
      : problem.detail || problem.title || interpolate(gettext("The server answered with status %(status)s."), problem),
    ...left.slice(0, MOST_EXPECTED).map(wordsOf),
  ]
    .filter(Boolean)
    .join(" · ");
  const again = el("button", { class: "button small", type: "button" }, gettext("Try again"));
  again.addEventListener("click", () => run(isDryRun));
  outcome.show(
    el(
      "div",
      { class: "widget-state error", role: "alert" },
      el("strong", null, problem.status ? gettext("Refused: nothing was changed") : gettext("No answer")),
      el("span", null, words),
      again,
    ),
  );
}

async function confirmed() {
  const { created = 0, changed = 0, refused = 0 } = tried.counts;
  const words = [
    interpolate(ngettext("%(count)s record is created", "%(count)s records are created", created), { count: created }),
    interpolate(ngettext("%(count)s record is changed", "%(count)s records are changed", changed), { count: changed }),
    refused
      ? interpolate(ngettext("%(count)s row is left out", "%(count)s rows are left out", refused), { count: refused })
      : "",
  ];
  if (tried.valid_from)
    words.push(interpolate(gettext("planned from %(date)s on"), { date: dateOf(tried.valid_from) }));
  if (
    await confirmAction(
      tried.valid_from ? gettext("Plan this file?") : gettext("Apply this file?"),
      words.filter(Boolean).join(" · "),
      tried.valid_from ? gettext("Plan") : gettext("Apply"),
    )
  )
    await run(false);
}

function follow() {
  const choices = new FormData(byId("export"));
  for (const link of /** @type {NodeListOf<any>} */ (document.querySelectorAll("[data-format]"))) {
    const given = [...choices].filter(
      ([name, value]) => value && !(name === "kind" && GRAPHS.has(link.dataset.format)),
    );
    const query = new URLSearchParams({ format: link.dataset.format, ...Object.fromEntries(given) });
    link.href = `/api/v1/inventory/export?${query}`;
  }
}

file.addEventListener("change", chosen);
form.addEventListener("input", forget);
form.addEventListener("change", (event) => event.target !== file && file.files?.[0] && isReady());
form.addEventListener("submit", (event) => (event.preventDefault(), run(true)));
apply.addEventListener("click", confirmed);
byId("export").addEventListener("change", follow);
