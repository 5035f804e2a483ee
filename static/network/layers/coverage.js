/** Coverage on the map: which rasters are wanted, which are there, and how a change of a sector would look. */
import { heightWord, TWIN_WORDS } from "./words.js";
import { formatTime } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { lookupOf } from "./palette.js";
import { Part } from "./parts.js";
import { PLANNED, PRESENT, twinOf } from "./state.js";

const AGAIN_MS = 60_000; // how long the description holds before it is asked for again; the answer is small
const MEASURE = "loft:what-if";

/**
 * @typedef {import("./rasters.js").Raster} Raster
 * @typedef {{left: Raster, right: Raster|null, lookup: Uint8Array, corners: number[][]}} Shown
 * @typedef {{
 *   showCoverage: (shown: Shown|null) => void, showTrial: (shown: Shown, done: () => void) => void,
 *   look: (look: {split?: number|null, opacity?: number, hasEdges?: boolean}) => void,
 * }} Drawing
 */

/**
 * What lies left and right of the divider.
 * @param {import("./state.js").Look} look @returns {[string, string]}
 */
function sideWords(look) {
  if (look.compare === PRESENT) return [gettext("tried"), gettext("now")];
  if (look.compare === PLANNED) return [TWIN_WORDS[twinOf(look)], TWIN_WORDS[PLANNED]];
  return [heightWord(look.heightM), heightWord(look.compare ?? look.heightM)];
}

export class Coverage {
  /**
   * @param {{rasters: import("./rasters.js").Rasters, state: import("./state.js").LayerState, drawing: Drawing,
   *   swipe: import("./swipe.js").Swipe,
   *   tell: (part: Part) => void, onTried: (kpis: any, problem?: any) => void}} wiring
   */
  constructor({ rasters, state, drawing, swipe, tell, onTried }) {
    this.rasters = rasters;
    this.state = state;
    this.drawing = drawing;
    this.swipe = swipe;
    this.onTried = onTried;
    this.part = new Part(
      () => this.#read(),
      (part) => this.#told(part, tell),
      () => rasters.about?.servers.length === 0,
      () => this.#question(),
    );
    /** @type {{key: string, raster: Raster}|null} */
    this.tried = null;
    /** @type {{key: string, left: Raster, right: Raster|null, version: string}|null} */
    this.base = null;
    this.describedMs = -Infinity;
    /** @type {Map<string, Uint8Array>} by value */
    this.lookups = new Map();
    setInterval(() => document.hidden || this.refresh(), AGAIN_MS);
  }

  /** Bring the map in step with what is wanted. */
  async refresh() {
    if (!this.state.isShown("coverage")) return this.#hide();
    await this.part.load();
  }

  /** The sectors changed: nothing kept holds. */
  async forget() {
    this.tried = null;
    this.rasters.kept.clear();
    this.describedMs = -Infinity;
    await this.refresh();
  }

  /** Why what is drawn may not hold any more; null when it does. @returns {string|null} */
  stale() {
    const { base, part, rasters } = this;
    if (!base || part.readMs === 0) return null;
    const since = formatTime(performance.timeOrigin + part.readMs);
    if (part.problem) return interpolate(gettext("Old: as of %(time)s; it could not be read again."), { time: since });
    if (base.version !== rasters.about?.version)
      return interpolate(gettext("Old: as of %(time)s; the sectors changed since, and the new map is being made."), {
        time: since,
      });
    return part.isStale() ? interpolate(gettext("Old: as of %(time)s."), { time: since }) : null;
  }

  useTheme() {
    this.lookups.clear();
    this.#draw();
  }

  /** Divider or opacity moved: a repaint, no more. */
  look() {
    const { look } = this.state;
    const hasTwo = Boolean(this.base?.right) && this.state.isShown("coverage");
    this.drawing.look({ split: hasTwo ? look.split : null, opacity: look.opacity, hasEdges: look.value === "server" });
    if (!hasTwo) return this.swipe.hide();
    this.swipe.show(look.split, ...sideWords(look));
  }

  /** Ask how it would be with the sector as the sliders say; the newest request wins. */
  tryOut(startedMs = performance.now()) {
    const { value, heightM, sector, change } = this.state.look;
    if (!change || !sector) {
      this.rasters.forget();
      this.tried = null;
      this.onTried(null);
      return this.refresh();
    }
    this.rasters.whatIf({ value, heightM, sector, change, startedMs }, (answer, problem) =>
      this.#answered(`${value}@${heightM}`, answer, problem),
    );
  }

  /** @param {string} key @param {import("./rasters.js").Answer|null} answer @param {any} [problem] */
  #answered(key, answer, problem) {
    if (!this.state.look.change) return;
    if (problem || !answer) return this.onTried(null, problem);
    this.tried = { key, raster: answer.raster };
    this.onTried(answer.kpis);
    if (key !== this.#key() || !this.state.isShown("coverage")) return;
    this.#draw(() => performance.measure(MEASURE, { start: answer.startedMs, end: performance.now() }));
    if (this.state.look.compare === PRESENT && !this.base?.right) this.refresh();
  }

  #key() {
    return `${this.state.look.value}@${this.state.look.heightM}`;
  }

  /** What the map is of; a raster of anything else is not shown. */
  #question() {
    return `${this.#key()}@${this.state.look.compare}@${this.state.look.twin}`;
  }

  /** @param {Part} part @param {(part: Part) => void} tell */
  #told(part, tell) {
    if ((part.state === "ready" || part.state === "empty") && this.state.isShown("coverage")) {
      this.base = part.data;
      this.#draw();
    } else if (part.problem && !part.data) this.#hide(); // what was drawn is of something else
    tell(part);
  }

  /** @returns {Promise<{key: string, left: Raster, right: Raster|null, version: string}>} */
  async #read() {
    if (performance.now() - this.describedMs > AGAIN_MS / 2) await this.rasters.describe();
    this.describedMs = performance.now();
    const { value, heightM, compare, change } = this.state.look;
    const twin = twinOf(this.state.look);
    const other = compare === PRESENT ? change && heightM : compare === PLANNED ? heightM : compare;
    const version = this.rasters.about?.version ?? "";
    const [left, right] = await Promise.all([
      this.rasters.get(value, heightM, twin),
      other ? this.rasters.get(value, other, compare === PLANNED ? PLANNED : twin) : null,
    ]);
    return { key: `${value}@${heightM}`, left, right, version };
  }

  /** @param {() => void} [done] with it a trial is drawn, and told when it is seen */
  #draw(done) {
    const value = this.rasters.valueOf(this.state.look.value);
    if (!this.base || !value || !this.state.isShown("coverage")) return;
    const lookup = this.lookups.get(value.key) ?? lookupOf(value);
    this.lookups.set(value.key, lookup);
    const left = this.tried?.key === this.base.key ? this.tried.raster : this.base.left;
    if (this.base.key !== this.#key()) return;
    const shown = { left, right: this.base.right, lookup, corners: this.rasters.about?.corners ?? [] };
    if (done) return this.drawing.showTrial(shown, done);
    this.drawing.showCoverage(shown);
    this.look();
  }

  #hide() {
    this.drawing.showCoverage(null);
    this.base = null;
    this.swipe.hide();
  }
}
