/** The evidence page: ask for a map, watch it being drawn, download it. */
import { sendJson } from "../console/api.js";
import { byId, chip, el, formatTime } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { listing } from "../console/listing.js";
import { toast } from "../console/toast.js";
import { heightWord, VALUE_WORDS } from "./layers/words.js";

/** @type {Record<string, string>} */
const KIND_WORDS = { coverage: gettext("Coverage"), circle: gettext("One-millisecond circle") };
/** @type {Record<string, string>} */
const STATE_WORDS = {
  queued: gettext("queued"),
  drawing: gettext("drawing"),
  ready: gettext("ready"),
  failed: gettext("failed"),
};
/** @type {Record<string, string>} */
const STATE_LOOKS = { queued: "waiting", drawing: "running", ready: "done", failed: "failed" };
/** @type {Record<string, string>} */
const READING_WORDS = {
  optical: gettext("Optical layer"),
  ip: gettext("IP layer"),
  end_to_end: gettext("End to end"),
  one_way: gettext("one way"),
  round_trip: gettext("round trip"),
};
const asking = /** @type {HTMLFormElement|null} */ (byId("new"));
const wanted = new URLSearchParams(location.search).get("new") || ""; // before the list writes its own address
let timer = 0;

/** What a map shows, in words. @param {any} row */
function subject({ kind, region, inputs }) {
  const what =
    kind === "coverage"
      ? `${VALUE_WORDS[inputs.value]}, ${heightWord(inputs.height_m)}`
      : `${READING_WORDS[inputs.layer]}, ${READING_WORDS[inputs.direction]}, < ${inputs.threshold_ms} ms`;
  return el("span", null, `${KIND_WORDS[kind]} · ${region}`, el("br"), el("span", { class: "muted" }, what));
}

/** @param {any} row */
function stateCell(row) {
  const word = chip(STATE_LOOKS[row.state], STATE_WORDS[row.state]);
  return row.problem ? el("span", null, word, " ", el("span", { class: "muted" }, row.problem)) : word;
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

/** @param {any} row */
function files(row) {
  if (row.state !== "ready") return "";
  /** @param {string} url @param {string} word @param {any} bytes */
  const link = (url, word, bytes) =>
    el("a", { href: url, download: "", title: bytes.sha }, `${word}, ${formatNumber(bytes.size / 1e6, 1)} MB`);
  return el(
    "span",
    { class: "row" },
    link(row.html_url, "HTML", { size: row.html_bytes, sha: `SHA-256 ${row.html_sha256}` }),
    link(row.png_url, "PNG", { size: row.png_bytes, sha: `SHA-256 ${row.png_sha256}` }),
  );
}

const COLUMNS = [
  { word: gettext("Picture"), cell: picture },
  { word: gettext("Map"), order: "kind", cell: subject },
  { word: gettext("State"), order: "state", cell: stateCell },
  { word: gettext("Files"), cell: files },
  {
    word: gettext("Asked"),
    order: "asked_at",
    cell: (/** @type {any} */ row) =>
      el("span", null, formatTime(row.asked_at), el("br"), el("span", { class: "muted" }, row.asked_by)),
  },
  { word: gettext("Kept until"), order: "expires_at", cell: (/** @type {any} */ row) => formatTime(row.expires_at) },
];

const list = listing({
  url: "/api/v1/evidence",
  form: /** @type {HTMLFormElement} */ (byId("filters")),
  table: byId("list"),
  csv: /** @type {HTMLAnchorElement} */ (byId("csv")),
  columns: COLUMNS,
  empty: gettext("Maps that were asked for appear here, with their files. Ask for one above."),
});

function reloadSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => list.reload(), 200);
}

/** Show only the fields of the chosen kind; the others are not sent. */
function fit() {
  const form = /** @type {HTMLFormElement} */ (asking);
  for (const field of /** @type {NodeListOf<any>} */ (form.querySelectorAll("[data-kind]"))) {
    field.hidden = field.dataset.kind !== form.elements.kind.value;
    for (const input of /** @type {NodeListOf<any>} */ (field.querySelectorAll("input, select")))
      input.disabled = field.hidden;
  }
}

/** @param {any} event */
async function ask(event) {
  event.preventDefault();
  /** @type {Record<string, any>} */
  const wish = Object.fromEntries(new FormData(asking ?? undefined));
  for (const name of ["height_m", "threshold_ms"]) if (name in wish) wish[name] = Number(wish[name]);
  wish.language = document.documentElement.lang.startsWith("zh") ? "zh-hans" : "en";
  try {
    const made = await sendJson("POST", "/api/v1/evidence", wish);
    toast(
      made.state === "ready"
        ? gettext("This map is there already: nothing has changed since.")
        : gettext("The map is being drawn."),
    );
    reloadSoon();
  } catch (problem) {
    const [first] = problem.errors;
    toast(first ? interpolate(gettext("%(field)s: expected %(expected)s"), first) : problem.message, "error");
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
connect({ topics: ["evidence"], onOpen: reloadSoon, onEvent: (event) => event.topic === "evidence" && reloadSoon() });
