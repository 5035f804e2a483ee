/** The page of monthly reports: ask for one, watch it being made, download it. */
import { sendJson } from "../../console/api.js";
import { el } from "../../console/dom.js";
import { problemText } from "../../console/fielderrors.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { namedBy } from "../../console/names.js";
import { toast } from "../../console/toast.js";
import { askedColumn, orderFiles, orderState } from "../orders.js";
import { dateOf } from "../words.js";

/** @type {Record<string, string>} */
const STATE_WORDS = {
  queued: gettext("queued"),
  drawing: gettext("being made"),
  ready: gettext("ready"),
  failed: gettext("failed"),
};
/** @type {Record<string, string>} */
const LANGUAGE_WORDS = { en: "English", "zh-hans": "简体中文" };
const asking = /** @type {HTMLFormElement|null} */ (document.getElementById("new"));

/** Which month of which region, and how much of it. @param {any} row */
function subject(row) {
  const about =
    row.agreements === null
      ? LANGUAGE_WORDS[row.language]
      : `${interpolate(gettext("%(count)s agreements"), { count: formatNumber(row.agreements) })} · ${LANGUAGE_WORDS[row.language]}`;
  return el(
    "span",
    null,
    `${row.month} · ${namedBy("region", row.region)}`,
    el("br"),
    el("span", { class: "muted" }, about),
  );
}

/** @type {import("../../console/listing.js").Column[]} */
const COLUMNS = [
  { word: gettext("Report"), order: "month", cell: subject },
  {
    word: gettext("Reported up to"),
    order: "until_at",
    cell: (row) => el("span", { class: "nowrap" }, dateOf(row.until_at)),
  },
  { word: gettext("State"), order: "state", cell: (row) => orderState(row, STATE_WORDS) },
  { word: gettext("Files"), cell: (row) => orderFiles(row, { html: "HTML", csv: "CSV" }) },
  askedColumn,
  {
    word: gettext("Kept until"),
    order: "expires_at",
    cell: (row) => el("span", { class: "nowrap" }, dateOf(row.expires_at)),
  },
];

const list = listing({
  url: "/api/v1/sla/reports",
  form: /** @type {HTMLFormElement} */ (document.getElementById("filters")),
  table: /** @type {HTMLElement} */ (document.getElementById("list")),
  csv: /** @type {HTMLAnchorElement} */ (document.getElementById("csv")),
  columns: COLUMNS,
  topic: "reports",
  empty: gettext(
    "Reports appear here, with their files: by themselves once a month is over, or when somebody asks for one.",
  ),
});

/** @param {SubmitEvent} event */
async function ask(event) {
  event.preventDefault();
  try {
    await sendJson("POST", "/api/v1/sla/reports", Object.fromEntries(new FormData(asking ?? undefined)));
    toast(gettext("The report is being made."));
    list.reloadSoon();
  } catch (problem) {
    toast(problemText(problem), "error");
  }
}

asking?.addEventListener("submit", ask);
