/** The wallboard: one view after the other, everything in its place; what is old or missing is plainly said. */
import { byId, el, formatTime, replace, setText } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { bindKeys } from "../../console/keyboard.js";
import { viewOf, wholeAge } from "./wallboardparts.js";
import { nameOf } from "../words.js";

const REFRESH_MS = 10_000;
const board = byId("board");
const regions = JSON.parse(board.dataset.regions);
const shownViews = JSON.parse(board.dataset.views);
const everyMs = Number(board.dataset.everyS) * 1000;
/** The script of each view comes from the server: whose view it is, this page does not know. */
const kinds = await Promise.all(shownViews.map((/** @type {any} */ { script, name }) => viewOf(script, name)));
/** Each view keeps what it read last, so that it is whole when its turn comes again. */
/** @type {any[]} */
const views = shownViews.map((/** @type {any} */ { name, region, missing }, /** @type {number} */ place) => ({
  name,
  missing,
  region: regions.find((/** @type {any} */ area) => area.slug === region) || null,
  kind: kinds[place],
  draw: null,
  problem: "",
  asked: 0,
}));
let at = 0;
let turnMs = Date.now();
let isPaused = views.length < 2;
/** @type {string} */
let line = "connecting";

/** @param {any} view */
async function read(view) {
  if (view.missing) return;
  const own = ++view.asked;
  try {
    const draw = await view.kind.read(view.region);
    if (own !== view.asked) return; // a later question was asked meanwhile
    view.draw = draw;
    view.problem = "";
  } catch (problem) {
    if (own !== view.asked) return;
    view.problem = problem.message;
  }
  if (view === views[at]) show();
}

/** Draw the view whose turn it is, as it is known at this second. */
function show() {
  const view = views[at];
  const nowMs = Date.now();
  const shown = view.draw?.(nowMs) || null;
  shown?.bigs.forEach((/** @type {any} */ big, /** @type {number} */ place) =>
    drawBig(byId(`big-${place}`), big, shown.staleS, nowMs),
  );
  if (!shown)
    [0, 1, 2, 3].forEach((place) =>
      drawBig(byId(`big-${place}`), { state: "plain", word: "", count: null, atMs: null }, 0, nowMs),
    );
  setText(byId("listed"), shown?.listed || "");
  byId("listed").ariaHidden = String(!shown?.listed);
  replace(byId("rows"), ...(shown ? shown.rows : [el("li", { class: "muted" }, wordsOfNothing(view))]));
  sayAge(view, shown, nowMs);
}

/** @param {any} view */
function wordsOfNothing(view) {
  if (view.missing) return lacking(view.missing);
  return view.problem || gettext("Loading");
}

/** @param {HTMLElement} node @param {any} big @param {number} staleS @param {number} nowMs */
function drawBig(node, big, staleS, nowMs) {
  const [number, word, age] = node.children;
  const ageS = big.atMs === null ? null : Math.max(0, (nowMs - big.atMs) / 1000);
  node.dataset.state = big.state;
  node.dataset.some = String(Boolean(big.count));
  node.dataset.stale = String(big.count !== null && (ageS === null || ageS > staleS));
  const words = big.count === null ? "–" : formatNumber(big.count);
  setText(number, words);
  /** @type {HTMLElement} */ (number).style.setProperty("--digits", String(words.length));
  setText(word, big.word);
  setText(
    age,
    big.count === null
      ? ""
      : ageS === null
        ? gettext("age unknown")
        : interpolate(gettext("%(age)s ago"), { age: wholeAge(ageS) }),
  );
}

/** @param {any} view @param {any} shown @param {number} nowMs */
function sayAge(view, shown, nowMs) {
  const ageS = shown?.atMs ? (nowMs - shown.atMs) / 1000 : null;
  const isOld = Boolean(shown) && (ageS === null || ageS > shown.staleS);
  const words = view.missing
    ? ""
    : isOld
      ? ageS === null
        ? gettext("Not live: of when these numbers are is unknown")
        : interpolate(gettext("Not live: these numbers are %(age)s old"), { age: wholeAge(ageS) })
      : view.problem && !shown
        ? view.problem
        : line === "lost"
          ? gettext("Line lost: numbers are read every 10 s only")
          : "";
  board.dataset.stale = String(isOld || Boolean(view.problem && !shown));
  byId("board-stale").hidden = !words;
  setText(byId("board-stale"), words);
}

function everySecond() {
  const now = new Date();
  const [time, zone] = splitTime(formatTime(now));
  setText(byId("n-clock"), time);
  setText(byId("n-zone"), zone);
  if (!isPaused && now.getTime() - turnMs >= everyMs) return go(1);
  return show();
}

/** "12:00:05 GMT+8": the time for the wall, the zone right under it. @param {string} text */
function splitTime(text) {
  const [time] = text.match(/\d{1,2}:\d{2}:\d{2}/) || [text];
  return [time, text.replace(time, "").trim()];
}

/** @param {number} step */
function go(step) {
  at = (at + step + views.length) % views.length;
  turnMs = Date.now();
  const view = views[at];
  board.dataset.view = view.name;
  setText(byId("board-title"), view.kind.title);
  setText(byId("board-region"), view.region ? nameOf(view.region) : gettext("All regions"));
  setText(
    byId("board-place"),
    views.length > 1 ? interpolate(gettext("view %(at)s of %(count)s"), { at: at + 1, count: views.length }) : "",
  );
  show();
  read(view);
}

/** @param {boolean} isWanted */
function pause(isWanted) {
  isPaused = isWanted;
  turnMs = Date.now();
  const button = byId("board-pause");
  button.setAttribute("aria-pressed", String(isPaused));
  setText(button, isPaused ? gettext("Go on") : gettext("Pause"));
}

byId("board-pause").addEventListener("click", () => pause(!isPaused));
byId("board-next").addEventListener("click", () => go(1));
byId("board-back").addEventListener("click", () => go(-1));
for (const id of ["board-pause", "board-next", "board-back"]) byId(id).hidden = views.length < 2;
bindKeys({
  " ": { word: gettext("Pause the rotation, or go on"), run: () => views.length > 1 && pause(!isPaused) },
  ArrowRight: { word: gettext("Next view"), run: () => go(1) },
  ArrowLeft: { word: gettext("Previous view"), run: () => go(-1) },
});
pause(isPaused);
go(0);
connect({
  topics: ["sla"],
  onOpen: () => read(views[at]),
  onState: (next) => (line = next),
  onEvent: (event) => event.topic === "sla" && views.forEach((view) => view.kind.apply?.(event)),
});
setInterval(everySecond, 1_000);
setInterval(() => read(views[at]), REFRESH_MS);
