/** How the agreements on links and corridors stand over their periods, kept live while the map shows it. No DOM. */
import { isOlder } from "../../console/newest.js";
import { Part, allRows } from "./parts.js";

const STALE_S = 300; // as the server: judged longer ago is unknown
const REFRESH_MS = 60_000; // compliance is judged by the minute, and told of only when they change
const AGED_MS = 5_000;
const SAID_S = 15; // how old they are is said anew this often
/** The gravest first; "none": nothing was agreed on it. */
export const COMPLIANCE_STATES = ["breached", "at_risk", "unknown", "met", "none"];
/** Ink, width, and pattern in widths: never colour alone. */
export const COMPLIANCE_LINES = /** @type {Record<string, {ink: string, px: number, dash: number[]|null}>} */ ({
  none: { ink: "faint", px: 0.7, dash: null },
  met: { ink: "normal", px: 2, dash: null },
  unknown: { ink: "unknown", px: 2.6, dash: [0.4, 1.6] },
  at_risk: { ink: "minor", px: 3.4, dash: [3, 1] },
  breached: { ink: "critical", px: 5, dash: null },
});

export class ComplianceStatuses {
  /** @param {{isWanted: () => boolean, redraw: () => void}} wiring */
  constructor({ isWanted, redraw }) {
    this.isWanted = isWanted;
    this.redraw = redraw;
    this.told = "";
    /** @type {Map<number, any>} by agreement */
    this.rows = new Map();
    /** @type {Map<string, any[]>} */
    this.bySubject = new Map();
    this.part = new Part(
      () => allRows("/api/v1/standings?kind=link&kind=corridor"),
      () => this.#read(),
    );
    setInterval(() => this.isWanted() && this.load(), REFRESH_MS);
    setInterval(() => this.isWanted() && this.#look(), AGED_MS);
  }

  load() {
    return this.isWanted() ? this.part.load() : null;
  }

  /** @param {any} event of the hub */
  heard(event) {
    if (event.type !== "StandingChanged" || !this.isWanted()) return;
    /** @type {any[]} */
    const rows = event.rows;
    const ours = rows.filter(({ kind }) => kind === "link" || kind === "corridor");
    if (ours.some((row) => !this.rows.has(row.agreement))) this.load(); // one that is new
    for (const row of ours) {
      const known = this.rows.get(row.agreement);
      if (known && !isOlder(row.judged_at, known.judged_at)) Object.assign(known, row);
    }
    if (ours.length) this.#look();
  }

  /**
   * The agreements on something, each with its state as of now.
   * @param {string} kind @param {string} key @returns {any[]}
   */
  on(kind, key, nowMs = Date.now()) {
    return (this.bySubject.get(subject(kind, key)) || []).map((row) => ({ ...row, state: complianceAt(row, nowMs) }));
  }

  /**
   * The gravest of its agreements; "none" where there is none, unknown before anything was read.
   * @param {string} kind @param {string} key
   */
  of(kind, key, nowMs = Date.now()) {
    if (!this.part.data) return "unknown";
    const states = this.on(kind, key, nowMs).map(({ state }) => state);
    return COMPLIANCE_STATES.find((state) => states.includes(state)) || "none";
  }

  /**
   * What drawing and words need to know of one thing; of drawn features texts are kept only.
   * @param {string} kind @param {string} key
   */
  featureWords = (kind, key) => {
    const agreements = this.on(kind, key).map(({ name, state, budget_left_share: left }) => ({ name, state, left }));
    return { standing: this.of(kind, key), standings: JSON.stringify(agreements) };
  };

  /** When the newest was judged. @returns {number|null} seconds ago */
  ageS(nowMs = Date.now()) {
    const judged = [...this.rows.values()].map((row) => Date.parse(row.judged_at)).filter(Number.isFinite);
    return judged.length ? Math.max(0, nowMs - judged.reduce((a, b) => Math.max(a, b))) / 1000 : null;
  }

  #read() {
    if (this.part.data && this.part.state !== "loading") {
      /** @type {any[]} */
      const rows = this.part.data;
      this.rows = new Map(rows.map((row) => [row.agreement, newer(this.rows.get(row.agreement), row)]));
      this.bySubject = new Map();
      for (const row of this.rows.values()) {
        const key = subject(row.kind, row.key);
        this.bySubject.set(key, [...(this.bySubject.get(key) || []), row]);
      }
    }
    this.#look();
  }

  /** Draw anew when something looks otherwise, be it by age alone. */
  #look() {
    const nowMs = Date.now();
    const agreements = [
      this.part.state,
      Math.floor((this.ageS(nowMs) ?? 0) / SAID_S),
      ...[...this.rows.values()].map((row) => `${row.agreement} ${complianceAt(row, nowMs)} ${row.budget_left_share}`),
    ].join();
    if (agreements === this.told) return;
    this.told = agreements;
    this.redraw();
  }
}

/** A status judged too long ago is none. @param {any} row @param {number} nowMs */
export function complianceAt(row, nowMs) {
  const ageMs = nowMs - Date.parse(row.judged_at);
  return ageMs <= STALE_S * 1000 && COMPLIANCE_LINES[row.state] ? row.state : "unknown";
}

/** @param {string} kind @param {string} key */
// a link has no direction
const subject = (kind, key) => `${kind} ${kind === "link" ? key.split("~").sort().join("~") : key}`;
/** @param {any} known @param {any} row */
const newer = (known, row) =>
  known && Date.parse(known.judged_at) > Date.parse(row.judged_at) ? { ...row, ...known } : row;
