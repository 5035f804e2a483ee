/**
 * The time that all charts of a page show: a span that ends now, or a part of the past. No DOM; the address remembers
 * it.
 */
import { nowMs } from "./api.js";
import { gettext } from "./i18n.js";

/** @type {Record<string, {lengthS: number, word: string}>} what any page offers, the shortest first */
export const SPANS = {
  "5m": { lengthS: 300, word: gettext("5 minutes") },
  "15m": { lengthS: 900, word: gettext("15 minutes") },
  "1h": { lengthS: 3_600, word: gettext("1 hour") },
  "3h": { lengthS: 10_800, word: gettext("3 hours") },
  "8h": { lengthS: 28_800, word: gettext("8 hours") },
  "24h": { lengthS: 86_400, word: gettext("24 hours") },
  "7d": { lengthS: 604_800, word: gettext("7 days") },
  "30d": { lengthS: 2_592_000, word: gettext("30 days") },
  "400d": { lengthS: 34_560_000, word: gettext("400 days") },
};
const LEAST_S = 10;
const SLACK_S = 60; // what passes between the choice of a time and now

/** @typedef {[fromS: number, untilS: number]} Times since 1970 [s] */

export class TimeRange {
  /** @type {Times|null} */
  #partS = null;
  /** @type {Array<() => void>} */
  #calls = [];

  /**
   * @param {string[]} names of the spans that the page offers, the shortest first
   * @param {string} plain the span that is shown unless the address says otherwise
   * @param {{search?: string, nowS?: () => number}} [given] the query string of the address, and the clock,
   *   which is the server's: of a computer that is ahead, charts would end in what is yet to come
   */
  constructor(names, plain, { search = "", nowS = () => nowMs() / 1000 } = {}) {
    this.names = names;
    this.plain = plain;
    this.nowS = nowS;
    const query = new URLSearchParams(search);
    const asked = query.get("span") || "";
    this.name = names.includes(asked) ? asked : plain;
    const [fromS, untilS] = ["from", "until"].map((end) => Date.parse(query.get(end) || "") / 1000);
    if (fromS < untilS) this.#partS = this.#held(fromS, untilS);
  }

  /** Whether what is shown ends now and moves on. */
  get isLive() {
    return this.#partS === null;
  }

  /** How long a time is shown. [s] */
  get lengthS() {
    return this.#partS ? this.#partS[1] - this.#partS[0] : SPANS[this.name].lengthS;
  }

  /** From when to when is shown. @returns {Times} */
  get shownS() {
    const nowS = this.nowS();
    return this.#partS ?? [nowS - this.lengthS, nowS];
  }

  /** What tells this time from any other; of a span that ends now always the same. */
  get key() {
    return JSON.stringify([this.name, this.query()]);
  }

  /**
   * Whether rows of a time are deleted by now, or in part.
   * @param {number} keptS how long they are kept @param {number} [fromS] when the time begins [s]
   */
  isBeyond(keptS, fromS = this.shownS[0]) {
    return fromS < this.nowS() - keptS - SLACK_S;
  }

  /** How an API is asked for what is shown; live there is no end. @returns {Record<string, string>} */
  get asked() {
    const [since, until] = this.shownS.map((atS) => new Date(atS * 1000).toISOString());
    return this.isLive ? { since } : { since, until };
  }

  /**
   * The same for rows that stand for a time each: those as well that begin before, or end after what is shown.
   * @param {number} stepS how long a row stands for @returns {Record<string, string>}
   */
  askedBy(stepS) {
    const [since, until] = this.shownS.map((atS, end) => new Date((atS + (end ? stepS : -stepS)) * 1000).toISOString());
    return this.isLive ? { since } : { since, until };
  }

  /** @param {() => void} call hears that another time is shown */
  onChange(call) {
    this.#calls.push(call);
  }

  /** A span that ends now. @param {string} name */
  choose(name) {
    this.name = name;
    this.#show(null);
  }

  /** The chosen span again, up to now. */
  live() {
    this.#show(null);
  }

  /** A part of the past. @param {number} fromS @param {number} untilS */
  zoomTo(fromS, untilS) {
    this.#show(this.#held(fromS, untilS));
  }

  /** Earlier or later by a share of what is shown; what would reach beyond now ends now. @param {number} share */
  move(share) {
    const [fromS, untilS] = this.shownS;
    const stepS = share * this.lengthS;
    if (untilS + stepS >= this.nowS() && Math.abs(this.lengthS - SPANS[this.name].lengthS) < 1) return this.live();
    return this.zoomTo(fromS + stepS, untilS + stepS);
  }

  /** Nearer: the middle half of what is shown. */
  closer() {
    const [fromS, untilS] = this.shownS;
    const quarterS = this.lengthS / 4;
    this.zoomTo(fromS + quarterS, untilS - quarterS);
  }

  /** Farther: twice as long a time; the next longer span where what is shown ends now. */
  farther() {
    const next = this.names[this.names.indexOf(this.name) + 1];
    if (this.isLive) return next ? this.choose(next) : undefined;
    const [fromS, untilS] = this.shownS;
    const halfS = this.lengthS / 2;
    return this.zoomTo(fromS - halfS, untilS + halfS);
  }

  /** What brings this time back by the address; what is plain is left out. @returns {Record<string, string>} */
  query() {
    const [from, until] = this.shownS.map((atS) => new Date(Math.round(atS) * 1000).toISOString());
    return { ...(this.name !== this.plain && { span: this.name }), ...(!this.isLive && { from, until }) };
  }

  /** Neither beyond now, nor shorter or longer than can be shown. @param {number} fromS @param {number} untilS */
  #held(fromS, untilS) {
    const mostS = SPANS[/** @type {string} */ (this.names.at(-1))].lengthS;
    const lengthS = Math.max(LEAST_S, Math.min(mostS, untilS - fromS));
    const middleS = (fromS + untilS) / 2;
    const endS = Math.min(this.nowS(), middleS + lengthS / 2);
    return /** @type {Times} */ ([endS - lengthS, endS]);
  }

  /** @param {Times|null} partS */
  #show(partS) {
    this.#partS = partS;
    for (const call of this.#calls) call();
  }
}
