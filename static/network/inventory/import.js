/**
 * A file brought into the inventory: a dry run that shows every row, then the same file applied; and files taken out
 * of it.
 */
import { bar, UNDER_WAY } from "../../console/barred.js";
import { confirmAction } from "../../console/dialog.js";
import { byId, el, widget } from "../../console/dom.js";
import { clear, mark, markErrors } from "../../console/fielderrors.js";
import { gettext, interpolate, ngettext } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { momentOf } from "../../console/walltime.js";
import { dateOf } from "../words.js";
import { ignored, megabytes, planned, send, tally, wordsOf } from "./importparts.js";
import { importTable } from "./importrows.js";
const MOST_EXPECTED = 3;
const NEEDS_DRY_RUN = gettext("A dry run comes first.");
/** @type {Record<string, string>} */
const FORMAT_OF = { csv: "csv", geojson: "geojson", graphml: "graphml", xml: "graphml", json: "node-link" };
const GRAPHS = new Set(["graphml", "node-link"]); // they hold sites and links together
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
  const chosen = file.files?.[0];
  if (!chosen) mark(file, gettext("Choose a file."));
  else if (chosen.size > limitBytes)
    mark(
      file,
      interpolate(
        gettext(
          "This file has %(size)s MB; at most %(limit)s MB can be imported. Split it, or leave out what has not changed.",
        ),
        { size: megabytes(chosen.size, 1), limit: megabytes(limitBytes, 0) },
      ),
    );
  else if (chosen.size === 0) mark(file, gettext("This file is empty."));
  if (form.elements.format.value === "csv" && !kind.value)
    mark(kind, gettext("Say of which kind the rows of the CSV file are."));
  if (from.value && Date.parse(momentOf(from.value) || "") <= Date.now())
    mark(from, gettext("Choose a time to come, or none for now."));
  return ![file, kind, from].some((input) => input.hasAttribute("aria-invalid"));
}

/** Anything chosen anew makes the dry run one of something else. */
function forget() {
  tried = null;
  choices += 1;
  bar(apply, NEEDS_DRY_RUN);
}

/** @param {boolean} isDryRun */
async function run(isDryRun) {
  if (!isReady()) return /** @type {any} */ (form.querySelector("[aria-invalid]")).focus();
  const body = new FormData(form);
  for (const name of ["kind", "region"]) if (!body.get(name)) body.delete(name);
  if (from.value) body.set("valid_from", momentOf(from.value) || "");
  body.set("is_dry_run", String(isDryRun));
  body.set("is_all_or_nothing", String(form.elements.is_all_or_nothing.checked));
  busy(true);
  const before = choices;
  try {
    done(await send(body, isDryRun), isDryRun, before === choices);
  } catch (problem) {
    forget();
    failed(problem, isDryRun);
  } finally {
    busy(false);
  }
  return undefined;
}

/** @param {boolean} isBusy */
function busy(isBusy) {
  byId("progress").hidden = !isBusy;
  bar(byId("dry-run"), isBusy && UNDER_WAY);
  if (isBusy) bar(apply, UNDER_WAY);
  else bar(apply, !tried && NEEDS_DRY_RUN);
  if (isBusy) outcome.loading();
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
      importTable(report.rows),
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

/** @param {any} problem @param {boolean} isDryRun */
function failed(problem, isDryRun) {
  /** @type {Record<string, HTMLElement>} */
  const inputs = { file, kind, valid_from: from };
  const left = markErrors(problem.errors || [], (name) => inputs[name]);
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
