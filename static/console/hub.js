/**
 * The page's one line to the hub. Every part of the page that wants to hear something connects here; the line carries
 * the union of their topics, reopens with back-off, and tells each part to fetch its snapshot after every opening: at
 * once after the first, a while later, different for each page, when many pages do so at the same time. The page says
 * in `data-topics` what its script is going to ask for, so that one line is enough from the first moment.
 */
import { getJson } from "./api.js";
import { SPREAD_MS, backoffMs, crowdedMs, jittered, toldMs } from "./backoff.js";

const SILENCE_MS = 20000; // the live picture beats once a second, so a silent line is a dead one
const REFUSED_CODE = 4403;
const RELOAD_AFTER_MS = 1000; // an answer under way may bring the session's new key, as that of a new password does
const CROWDED_CODES = [4429, 1013]; // too many lines or messages: asking again at once would only add to them
const LOOK_EVERY = 6; // of so many openings that failed, one asks whether the session has ended
const declared = (document.documentElement.dataset.topics || "").split(" "); // what the page's own script will ask for

/**
 * @typedef {object} Listener
 * @property {string[]} topics
 * @property {(event: any) => void} [onEvent]
 * @property {(frame: ArrayBuffer) => void} [onFrame]
 * @property {() => void} [onOpen]
 * @property {(state: "connecting"|"live"|"lost") => void} [onState]
 */

/** @type {Set<Listener>} */
const listeners = new Set();
/** @type {WebSocket|null} */
let socket = null;
let hasOpened = false;
let hasEverOpened = false;
let fetching = 0;
let joined = "";
let attempts = 0;
let timer = 0;
let lastHeardMs = 0;
/** @type {"connecting"|"live"|"lost"} */
let state = "connecting";
/** @type {number[]|null} */
let view = null;

/**
 * @param {Listener} listener
 * @returns {{setView: (bounds: number[]) => void, close: () => void}}
 */
export function connect(listener) {
  listeners.add(listener);
  listener.onState?.(state);
  if (!socket || !covers(listener.topics)) openSoon(0);
  else if (state === "live") queueMicrotask(() => listener.onOpen?.()); // once the caller holds the line
  return { setView, close: () => listeners.delete(listener) };
}

/** @returns {number} milliseconds since anything was heard; Infinity before the first word */
export function silenceMs() {
  return lastHeardMs ? performance.now() - lastHeardMs : Infinity;
}

/** @param {number[]} bounds */
function setView(bounds) {
  if (String(bounds) === String(view)) return;
  view = bounds;
  sendView();
}

/** The same view sent again brings everything in it again. */
function sendView() {
  if (view && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ view }));
}

function wanted() {
  return [...new Set([...declared, ...[...listeners].flatMap((listener) => listener.topics)])]
    .filter(Boolean)
    .sort()
    .join(",");
}

/** @param {string[]} topics */
function covers(topics) {
  const have = joined.split(",");
  return topics.every((topic) => have.includes(topic));
}

/** @param {number} delayMs */
function openSoon(delayMs) {
  clearTimeout(timer);
  timer = setTimeout(open, delayMs);
}

function open() {
  joined = wanted();
  if (!joined) return;
  retire();
  const line = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws?topics=${joined}`);
  hasOpened = false;
  line.binaryType = "arraybuffer";
  line.onopen = () => opened();
  line.onmessage = (message) => heard(message.data);
  line.onclose = (closing) => lost(closing.code, closing.reason);
  socket = line;
}

function retire() {
  if (!socket) return;
  socket.onclose = socket.onmessage = socket.onopen = null;
  socket.close();
  socket = null;
}

function opened() {
  attempts = 0;
  hasOpened = true;
  lastHeardMs = performance.now();
  say("live");
  fetchSnapshots(hasEverOpened ? jittered(SPREAD_MS) : 0);
  hasEverOpened = true;
}

/** @param {string|ArrayBuffer} data */
function heard(data) {
  lastHeardMs = performance.now();
  if (typeof data !== "string") return tell("onFrame", data);
  const event = JSON.parse(data);
  if (event.type === "Resync") fetchSnapshots(jittered(SPREAD_MS));
  else tell("onEvent", event);
}

/** @param {number} code @param {string} [reason] */
function lost(code, reason = "") {
  socket = null;
  say("lost");
  // signed out or a right withdrawn: the page says which
  if (code === REFUSED_CODE) return void setTimeout(() => location.reload(), RELOAD_AFTER_MS + jittered(SPREAD_MS));
  if (CROWDED_CODES.includes(code)) return openSoon(toldMs(reason) ?? crowdedMs());
  if (!hasOpened && attempts % LOOK_EVERY === 1) leaveIfSignedOut();
  openSoon(backoffMs(attempts++));
}

/** A line that is refused at its opening does not say why. Who was signed out meanwhile is told so by the page. */
async function leaveIfSignedOut() {
  try {
    await getJson("/api/v1/me");
  } catch (problem) {
    if (problem.status === 401) location.reload();
  }
}

/** @param {"connecting"|"live"|"lost"} next */
function say(next) {
  state = next;
  tell("onState", next);
}

/**
 * The picture is at hand on the server and comes at once; what the parts fetch costs it more.
 * @param {number} afterMs
 */
function fetchSnapshots(afterMs) {
  sendView();
  clearTimeout(fetching);
  if (!afterMs) return tell("onOpen");
  fetching = setTimeout(() => state === "live" && tell("onOpen"), afterMs);
}

/**
 * One part's mistake must not silence the others.
 * @param {"onEvent"|"onFrame"|"onOpen"|"onState"} name @param {any} [value]
 */
function tell(name, value) {
  for (const listener of [...listeners]) {
    try {
      listener[name]?.(value);
    } catch (error) {
      console.error(error);
    }
  }
}

setInterval(() => {
  if (state === "live" && covers(["map"]) && silenceMs() > SILENCE_MS) socket?.close();
}, 2000);
addEventListener("online", () => state === "lost" && openSoon(jittered(SPREAD_MS)));
addEventListener("offline", () => {
  if (!socket) return;
  retire(); // its end would be told much later, or never
  lost(0);
});
