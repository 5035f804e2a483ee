/** The evidence page: ask for a map, watch it being drawn, download it. */
import { bar, NOT_ASKED } from "../../console/barred.js";
import { sendJson } from "../../console/api.js";
import { byId, el, formatTime } from "../../console/dom.js";
import { problemText } from "../../console/fielderrors.js";
import { gettext } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { toast } from "../../console/toast.js";
import { heightWord, VALUE_WORDS } from "../layers/words.js";
import { askedColumn, orderFiles, orderState } from "../orders.js";
import { READING_WORDS } from "../words.js";

/** @type {Record<string, string>} */
const KIND_WORDS = { coverage: gettext("Coverage"), circle: gettext("One-millisecond circle") };
/** @type {Record<string, string>} */
const STATE_WORDS = {
  queued: gettext("queued"),
  drawing: gettext("drawing"),
  ready: gettext("ready"),
  failed: gettext("failed"),
};
const asking = /** @type {HTMLFormElement|null} */ (byId("new"));
const wanted = new URLSearchParams(location.search).get("new") || ""; // before the list writes its own address

/** What a map shows, in words. @param {any} row */
function subject({ kind, region, inputs }) {
  const what =
    kind === "coverage"
      ? `${VALUE_WORDS[inputs.value]}, ${heightWord(inputs.height_m)}`
      : `${READING_WORDS[inputs.layer]}, ${READING_WORDS[inputs.direction]}, < ${inputs.threshold_ms} ms`;
  return el("span", null, `${KIND_WORDS[kind]} · ${region}`, el("br"), el("span", { class: "muted" }, what));
}

/** @param {any} row */
function picture(row) {
  if (row.state !== "ready") return el("span", { class: "thumb" });
  return el("img", {
    class: "thumb",
    src: row.png_url,
    alt: gettext("Picture of the map"),
    loading: "lazy",
    width: "128",
    height: "80",
  });
}

const COLUMNS = [
  { word: gettext("Picture"), cell: picture },
  { word: gettext("Map"), order: "kind", cell: subject },
  { word: gettext("State"), order: "state", cell: (/** @type {any} */ row) => orderState(row, STATE_WORDS) },
  { word: gettext("Files"), cell: (/** @type {any} */ row) => orderFiles(row, { html: "HTML", png: "PNG" }) },
  askedColumn,
  { word: gettext("Kept until"), order: "expires_at", cell: (/** @type {any} */ row) => formatTime(row.expires_at) },
];

const list = listing({
  url: "/api/v1/evidence",
  form: /** @type {HTMLFormElement} */ (byId("filters")),
  table: byId("list"),
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  columns: COLUMNS,
  topic: "evidence",
  empty: gettext("Maps that were asked for appear here, with their files. Ask for one above."),
});

/** Show only the fields of the chosen kind; the others are not sent. */
function fit() {
  const form = /** @type {HTMLFormElement} */ (asking);
  for (const field of /** @type {NodeListOf<any>} */ (form.querySelectorAll("[data-kind]"))) {
    field.hidden = field.dataset.kind !== form.elements.kind.value;
    for (const input of /** @type {NodeListOf<any>} */ (field.querySelectorAll("input, select")))
      bar(input, field.hidden && NOT_ASKED);
  }
}

/** @param {any} event */
async function ask(event) {
  event.preventDefault();
  /** @type {Record<string, any>} */
  const request = Object.fromEntries(new FormData(asking ?? undefined));
  for (const name of ["height_m", "threshold_ms"]) if (name in request) request[name] = Number(request[name]);
  request.language = document.documentElement.lang.startsWith("zh") ? "zh-hans" : "en";
  try {
    const made = await sendJson("POST", "/api/v1/evidence", request);
    toast(
      made.state === "ready"
        ? gettext("This map is there already: nothing has changed since.")
        : gettext("The map is being drawn."),
    );
    list.reloadSoon();
  } catch (problem) {
    toast(problemText(problem), "error");
  }
}

/** @param {HTMLSelectElement} select @param {Record<string, string>} words */
function speak(select, words) {
  for (const option of select.options) option.textContent = words[option.value] || option.value;
}

if (asking) {
  speak(asking.elements.value, VALUE_WORDS);
  speak(asking.elements.layer, READING_WORDS);
  speak(asking.elements.direction, READING_WORDS);
  if (wanted in KIND_WORDS) asking.elements.kind.value = wanted;
  asking.addEventListener("change", fit);
  asking.addEventListener("submit", ask);
  fit();
}
