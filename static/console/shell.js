/** The frame of every page: clock, line and age of the picture, language, keyboard, panels. */
import { startAlarmStrip } from "./alarmstrip.js";
import { nowMs } from "./api.js";
import { ageText, formatTime, setText } from "./dom.js";
import { connect } from "./hub.js";
import { gettext, interpolate } from "./i18n.js";
import { bindKeys } from "./keyboard.js";
import { sayUnknownSince } from "./lineunknown.js";
import { startFolds } from "./narrow.js";
import { openPalette } from "./palette.js";
import { startPanels } from "./panels.js";
import { startAccount } from "./shell_account.js";
import { tellKept } from "./toast.js";

const STALE_MS = 3000;
const UNKNOWN_AFTER_MS = 5000; // a line that is back within it was hardly gone
const hears = (document.documentElement.dataset.hears || "").split(" ").filter(Boolean);
const topics = (document.documentElement.dataset.topics || "").split(" ").filter(Boolean);
const showsPicture = topics.includes("map");
let lineState = "connecting";
let lostAtMs = 0;
let pictureAtMs = 0;

startClock();
startPanels();
startFolds();
startLanguage();
startLine();
startAccount();
if (hears.includes("alarms")) startAlarmStrip();
document.getElementById("search-button")?.addEventListener("click", openPalette);
document.addEventListener("click", closeMenu);
document.getElementById("person")?.addEventListener("keydown", leaveMenu);
tellKept();
bindKeys({ "/": { word: gettext("Search"), run: openPalette } });

function startClock() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  const tick = () => setText(clock, formatTime(nowMs()));
  tick();
  setInterval(tick, 1000);
}

function startLanguage() {
  const form = /** @type {HTMLFormElement|null} */ (document.getElementById("language-form"));
  form?.language.addEventListener("change", () => {
    form.next.value = location.pathname + location.search;
    form.requestSubmit();
  });
}

/** Who may hear nothing has no line, which is neither lost nor on its way. */
function startLine() {
  if (!hears.length && !topics.length) return document.getElementById("line-state")?.remove();
  connect({
    topics: hears.filter((topic) => topic === "map"),
    onFrame: () => (pictureAtMs = performance.now()),
    onState: changeLine,
  });
  setInterval(showLine, 500);
  showLine();
}

/** @param {"connecting"|"live"|"lost"} next */
function changeLine(next) {
  if (next === "lost" && lineState !== "lost") lostAtMs = performance.now();
  lineState = next;
  showLine();
}

function showLine() {
  const badge = document.getElementById("line-state");
  const word = document.getElementById("line-word");
  if (!badge || !word) return;
  const [state, text] = lineWords();
  badge.dataset.state = state;
  document.body.dataset.line = state;
  setText(word, text);
  sayUnknown(state === "lost" && performance.now() - lostAtMs > UNKNOWN_AFTER_MS);
}

/** Whatever the page shows was so when the line was lost. @param {boolean} isUnknown */
function sayUnknown(isUnknown) {
  const banner = document.getElementById("line-lost");
  document.body.dataset.unknown = String(isUnknown);
  if (!banner || banner.hidden === !isUnknown) return;
  const time = formatTime(nowMs() - (performance.now() - lostAtMs));
  sayUnknownSince(isUnknown ? time : "");
  setText(
    banner,
    interpolate(gettext("Unknown since %(time)s: nothing is heard from Loft, and what stands here was so then."), {
      time,
    }),
  );
  banner.hidden = !isUnknown;
}

function lineWords() {
  const now = performance.now();
  if (lineState === "lost")
    return ["lost", interpolate(gettext("Line lost %(age)s ago"), { age: wholeAge(now - lostAtMs) })];
  if (lineState === "connecting") return ["connecting", gettext("Connecting")];
  if (!showsPicture) return ["live", gettext("Live")];
  if (!pictureAtMs) return ["connecting", gettext("Waiting for the picture")];
  const ageMs = now - pictureAtMs;
  if (ageMs > STALE_MS) return ["stale", interpolate(gettext("Picture %(age)s old"), { age: wholeAge(ageMs) })];
  return ["live", gettext("Live, picture under 3 s old")];
}

/** @param {number} ms */
function wholeAge(ms) {
  return ageText(Math.max(10, ms / 1000) === 10 ? Math.round(ms / 1000) : ms / 1000);
}

/** @param {MouseEvent} click */
function closeMenu(click) {
  const person = document.getElementById("person");
  if (person?.hasAttribute("open") && !person.contains(/** @type {Node} */ (click.target)))
    person.removeAttribute("open");
}

/** @this {HTMLElement} @param {KeyboardEvent} event */
function leaveMenu(event) {
  if (event.key !== "Escape" || !this.hasAttribute("open")) return;
  event.preventDefault(); // the page has a meaning of its own for this key
  this.removeAttribute("open");
  this.querySelector("summary")?.focus();
}
