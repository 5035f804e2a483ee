/** Which of the two networks the layers show, and what is known of the live one: one sentence, calm while it starts. */
import { formatTime, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { Part } from "./parts.js";
import { problemWord } from "./words.js";

const SETTLE_MS = 1_000; // a round tells of many sites one by one
const LEAST_MS = 5_000; // between two readings, however much is told
const AGAIN_MS = 15_000; // links, and what turns unknown by age alone, are told by nobody

/**
 * @typedef {{up: number, degraded: number, down: number, asleep: number, unknown: number}} Counts
 * @typedef {{digest: string, as_of: string, is_starting: boolean, sites: Counts, sectors_otherwise: number,
 *   setting_rows: import("./settings.js").SettingRow[]}} Live
 */
export class Twins {
  #timer = 0;
  #readMs = -Infinity;
  #digest = "";
  #isReading = false;

  /**
   * @param {() => Promise<Live>} read
   * @param {{state: import("./state.js").LayerState, panel: {twinNote: HTMLElement, twinAge: HTMLElement,
   *   settings: import("./settings.js").Settings}}} layers
   * @param {() => void} anew called when a condition changed
   */
  constructor(read, { state, panel }, anew) {
    this.state = state;
    this.note = panel.twinNote;
    this.age = panel.twinAge;
    this.settings = panel.settings;
    this.anew = anew;
    this.part = new Part(read, () => this.show());
    setInterval(() => document.hidden || this.read(), AGAIN_MS);
  }

  /** Something is told of sites. @param {{topic: string, type?: string}} event */
  heard(event) {
    if (event.topic !== "sla" || event.type !== "SlaChanged" || this.#timer) return;
    const waitMs = Math.max(SETTLE_MS, this.#readMs + LEAST_MS - performance.now());
    this.#timer = setTimeout(() => this.read(), waitMs);
  }

  /** Read what is up now; what rests on it is read anew where that changed. */
  async read() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#isReading) return; // an answer that takes long must not be overtaken for ever
    this.#isReading = true;
    this.#readMs = performance.now();
    await this.part.load();
    this.#isReading = false;
    const before = this.#digest;
    this.#digest = this.part.data?.digest ?? before;
    if (before && before !== this.#digest && this.state.look.twin === "live") this.anew();
  }

  show() {
    const { twin } = this.state.look;
    setText(this.note, twinSentence(twin, this.part)); // a status: read out whenever it changes, and only then
    this.settings.show(twin === "live" ? this.part.data : null);
    setText(this.age, twin === "live" && this.part.data ? ageWord(this.part.data) : "");
  }
}

/** As of when it is told. @param {Live} live */
const ageWord = ({ as_of: asOf }) => interpolate(gettext("as of %(time)s"), { time: formatTime(Date.parse(asOf)) });

/** What is known of the network that is shown. @param {string} twin @param {Part} part */
export function twinSentence(twin, part) {
  if (twin !== "live") return gettext("As the inventory has it: all that is meant to work does.");
  if (part.problem && !part.data) return problemWord(part.problem);
  if (!part.data) return "";
  /** @type {Live} */
  const { is_starting: isStarting, sites } = part.data;
  if (isStarting) return gettext("Loft has just started: what is up is not known yet.");
  const older = part.problem ? ` ${gettext("What is shown is older.")}` : "";
  const working = sites.up + sites.degraded + sites.asleep;
  const sentence = interpolate(gettext("%(working)s of %(all)s sites answer; down: %(down)s, unknown: %(unknown)s"), {
    working: formatNumber(working),
    all: formatNumber(working + sites.down + sites.unknown),
    down: formatNumber(sites.down),
    unknown: formatNumber(sites.unknown),
  });
  return sentence + older;
}
