/** The sound of alarms: its pitch tells how grave, it is off until somebody wants it, and a flood does not drone. */
import { icon, replace } from "./dom.js";
import { gettext } from "./i18n.js";

export const PRIORITIES = ["critical", "major", "minor", "warning"];
/** @type {Record<string, number>} */
const HERTZ = { critical: 780, major: 780, minor: 520, warning: 390 };
const AGAIN_MS = 10_000;
const APART_MS = 4_000;
// each person at this browser
const STORE = `loft.alarm-sound.${globalThis.document?.getElementById("sound")?.dataset.person || ""}`;
/** @type {AudioContext|null} */
let audio = null;

/** Whose turn it is to sound: what is graver than the last at once, everything else four seconds after it. */
export class SoundTurn {
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastRank = PRIORITIES.length;

  /** @param {string} priority @param {number} nowMs */
  take(priority, nowMs) {
    const known = PRIORITIES.indexOf(priority);
    const rank = known < 0 ? PRIORITIES.length : known;
    const isApart = nowMs < this.#lastMs || nowMs - this.#lastMs >= APART_MS; // before it: the clock was set back
    if (!isApart && rank >= this.#lastRank) return false;
    [this.#lastMs, this.#lastRank] = [nowMs, rank];
    return true;
  }
}

const turn = new SoundTurn();

/** @param {() => string} waiting the gravest priority that nobody acknowledged; it sounds again and again */
export function startSound(waiting) {
  const button = document.getElementById("sound");
  if (!button) return;
  const mark = () => {
    const isOn = localStorage.getItem(STORE) === "on";
    button.setAttribute("aria-pressed", String(isOn));
    replace(button, icon(isOn ? "sound" : "silent"));
  };
  button.addEventListener("click", () => {
    localStorage.setItem(STORE, localStorage.getItem(STORE) === "on" ? "off" : "on");
    mark();
    beep("minor");
  });
  document.getElementById("sound-test")?.addEventListener("click", () => sound("critical"));
  mark();
  for (const kind of ["pointerdown", "keydown"])
    document.addEventListener(kind, () => audio?.state === "suspended" && audio.resume().then(() => sayKept(false)), {
      passive: true,
    });
  setInterval(() => waiting() && beep(waiting()), AGAIN_MS);
}

/**
 * Sound for an alarm that came; in a flood once in a while, so that it can be told apart, and for what is graver.
 * @param {string} priority
 */
export function beep(priority) {
  if (localStorage.getItem(STORE) !== "on" || !turn.take(priority, Date.now())) return;
  sound(priority);
}

/**
 * A browser keeps sound back until somebody did something on the page; that is said rather than taken for silence.
 * @param {string} priority
 */
function sound(priority) {
  audio ||= new AudioContext();
  if (audio.state === "suspended") {
    sayKept(true);
    audio.resume().then(() => sayKept(false));
    return; // tones put in the queue now would all come at once
  }
  const times = priority === "critical" ? 3 : 1;
  for (let i = 0; i < times; i++) tone(audio, audio.currentTime + i * 0.22, HERTZ[priority] || HERTZ.warning);
}

/** @param {boolean} isKept */
function sayKept(isKept) {
  const button = document.getElementById("sound");
  if (isKept)
    button?.setAttribute("data-kept", gettext("The browser keeps the sound back until you click or press a key here."));
  else button?.removeAttribute("data-kept");
  if (button) button.title = button.dataset.kept || "";
}

/** @param {AudioContext} through @param {number} at @param {number} hertz */
function tone(through, at, hertz) {
  const oscillator = through.createOscillator();
  const gain = through.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.12, at);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.18);
  oscillator.connect(gain).connect(through.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.2);
}
