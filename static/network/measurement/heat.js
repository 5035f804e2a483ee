/** How sites did by the minute or hour, without DOM: rows of letters, put in order, brought up to date. */

/** @type {Record<string, string>} */
export const LETTERS = { m: "met", r: "at_risk", b: "breached", u: "unknown", x: "excluded" };
/**
 * A breach weighs as much as it lost, so that a minute of silence outweighs eight blips.
 * @type {Record<string, number>}
 */
const WEIGHT = { b: 1e6, r: 1e3, u: 1, x: 0, m: 0 };
export const DEEPEST = 9;

/**
 * @typedef {{slug: string, name_en: string, name_zh: string, states: string, lost: string}} Told a site's row as the
 *   API tells it: a letter and a digit per column, the digit in ninths of the events
 * @typedef {Told & {weight: number, now: string}} Row `now`: the letter and the digit of this moment; "" not told
 * @typedef {{span_s: number, since: string, columns: number, sites: Told[]}} Answer
 */

const MOST_MINUTES_S = 168 * 60; // as many columns as the API gives at once
const MINUTES_KEPT_S = 8 * 3_600;
const BEHIND_COLUMNS = 4; // so many of the newest may not be counted yet

/**
 * By what a time is told: by the minute where that is not too much, and minutes are still kept. Pure.
 * @param {import("../../console/timerange.js").TimeRange} time
 */
export const spanOf = (time) => (time.lengthS <= MOST_MINUTES_S && !time.isBeyond(MINUTES_KEPT_S) ? "minute" : "hour");

/**
 * Whether counts of a time may have come since it was read: it goes on, or had hardly ended. Pure.
 * @param {import("../../console/timerange.js").TimeRange} time @param {number} spanMs of a column
 * @param {number} readMs when it was read
 */
export const mayGrow = (time, spanMs, readMs) => time.shownS[1] * 1000 > readMs - BEHIND_COLUMNS * spanMs;

/**
 * The columns that lie between two places on the strip. Pure.
 * @param {number} fromPx @param {number} untilPx from where the columns begin, in any order
 * @param {number} cellPx @param {number} columns
 * @returns {[first: number, last: number]|null} null: both are among the names
 */
export function columnsBetween(fromPx, untilPx, cellPx, columns) {
  if (Math.max(fromPx, untilPx) < 0) return null;
  /** @param {number} px */
  const at = (px) => Math.max(0, Math.min(columns - 1, Math.floor(px / cellPx)));
  return [at(Math.min(fromPx, untilPx)), at(Math.max(fromPx, untilPx))];
}

export class Heat {
  constructor() {
    /** @type {Map<string, Row>} */
    this.bySlug = new Map();
    this.sinceMs = 0;
    this.spanMs = 60_000;
    this.columns = 0;
    /** Rows in the order of the time that is shown, which stands until another is. @type {Map<string, Row[]>} */
    this.orders = new Map();
  }

  /** Take a whole answer. @param {Answer} answer */
  load(answer) {
    this.spanMs = answer.span_s * 1000;
    this.sinceMs = Date.parse(answer.since);
    this.columns = answer.columns;
    this.bySlug = new Map(answer.sites.map((row) => [row.slug, weighed(row, row.states, row.lost)]));
    this.orders.clear();
  }

  /** Take an answer for the newest columns alone; as many of the oldest go. @param {Answer} answer */
  extend(answer) {
    const gone = Math.round((Date.parse(answer.since) - this.sinceMs) / this.spanMs) + answer.columns - this.columns;
    if (answer.span_s * 1000 !== this.spanMs || gone < 0 || gone > this.columns) return false;
    this.sinceMs += gone * this.spanMs;
    this.orders.clear();
    this.bySlug = new Map(
      answer.sites.map((row) => {
        const before = this.bySlug.get(row.slug);
        /** @param {string|undefined} told @param {string} unknown */
        const kept = (told, unknown) =>
          ((told ?? unknown.repeat(this.columns)).slice(gone) + unknown.repeat(gone)).slice(
            0,
            this.columns - answer.columns,
          );
        return [row.slug, weighed(row, kept(before?.states, "u") + row.states, kept(before?.lost, "0") + row.lost)];
      }),
    );
    return true;
  }

  /** From when on the newest columns have to be asked for: counts of the last ones may still come. @returns {string} */
  askSince(overlap = 3) {
    return new Date(this.sinceMs + (this.columns - overlap) * this.spanMs).toISOString();
  }

  /**
   * Take how each site does at this moment.
   * @param {(slug: string) => string} nowOf letter and digit; "" not told
   * @returns whether any does otherwise than it did
   */
  hear(nowOf) {
    let isOther = false;
    for (const row of this.bySlug.values()) {
      const now = nowOf(row.slug);
      isOther ||= now !== row.now;
      row.now = now;
    }
    return isOther;
  }

  /**
   * The rows to draw: those of these sites, by name or the worst first: what loses most of its service now, before
   * what lost most of it in the time that is shown. Asked every second of a whole city: only what loses any is sorted.
   * @param {Set<string>} slugs @param {"worst"|"name"} order
   */
  rows(slugs, order) {
    const rows = this.#inOrder(order).filter(({ slug }) => slugs.has(slug));
    const losing = order === "name" ? [] : rows.filter((row) => lostNow(row) > 0);
    if (!losing.length) return rows;
    losing.sort((a, b) => lostNow(b) - lostNow(a)); // those alike stay as they were
    return [...losing, ...rows.filter((row) => lostNow(row) === 0)];
  }

  /** @param {"worst"|"name"} order */
  #inOrder(order) {
    let rows = this.orders.get(order);
    if (!rows) {
      /** @param {Row} a @param {Row} b */
      const byName = (a, b) => (a.slug < b.slug ? -1 : 1);
      rows = [...this.bySlug.values()].sort(order === "name" ? byName : (a, b) => b.weight - a.weight || byName(a, b));
      this.orders.set(order, rows);
    }
    return rows;
  }

  /** @param {number} column @returns {[number, number]} when it begins and ends [ms] */
  timesOf(column) {
    const start = this.sinceMs + column * this.spanMs;
    return [start, start + this.spanMs];
  }
}

/** @param {Told} row @param {string} states @param {string} lost @returns {Row} */
function weighed(row, states, lost) {
  let weight = 0;
  for (let at = 0; at < states.length; at++) weight += weightOf(states[at], lost[at]);
  return { ...row, states, lost, weight, now: "" };
}

/** What a column weighs. @param {string} letter @param {string} digit */
const weightOf = (letter, digit) => (WEIGHT[letter] ?? 0) * (letter === "b" ? Math.max(1, Number(digit)) : 1);

/** What a site loses at this moment. @param {Row} row */
const lostNow = ({ now }) => (now[0] === "b" || now[0] === "r" ? weightOf(now[0], now[1]) : 0);

/** @type {Record<string, string>} */
const LETTER_OF = Object.fromEntries(Object.entries(LETTERS).map(([letter, state]) => [state, letter]));

/**
 * How a site does at this moment, as a column tells it: by its last round, which the alarms go by as well. A breach is
 * no blank, also where no packet was lost: then it is late.
 * @param {{lost: number|null, packets: number|null}} site @param {string} state
 */
export function nowOf(site, state) {
  const letter = LETTER_OF[state] || "u";
  const share = site.packets ? (site.lost || 0) / site.packets : 0;
  const digit = letter === "u" ? 0 : Math.min(DEEPEST, Math.ceil(share * DEEPEST - 1e-6));
  return `${letter}${letter === "b" ? Math.max(1, digit) : digit}`;
}

/** The share of the events that was bad at most in a column. @param {Row} row @param {number} column */
export const lostShare = (row, column) =>
  Number(row.lost[column] || (column < row.lost.length ? 0 : row.now[1]) || 0) / DEEPEST;

/** The letter of a column; that of now comes after the last. @param {Row} row @param {number} column */
export const letterOf = (row, column) => row.states[column] || row.now[0] || "u";

/**
 * The column furthest to the right: that of this moment, where it is told. Pure.
 * @param {number} columns @param {Array<{now: string}>} rows
 */
export const lastColumnOf = (columns, rows) => Math.max(0, columns - (rows[0]?.now ? 0 : 1));

/** How often each state occurs in a row. @param {string} states @returns {Record<string, number>} */
export function tallyOf(states) {
  /** @type {Record<string, number>} */
  const counts = { met: 0, at_risk: 0, breached: 0, unknown: 0, excluded: 0 };
  for (const letter of states) counts[LETTERS[letter] || "unknown"] += 1;
  return counts;
}
