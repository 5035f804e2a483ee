/** The sites as the pages know them. No DOM: what the server said, what the hub told since, and which rows to show. */

import { isOlder } from "../../console/newest.js";

/** @type {Record<string, number>} */
const GRAVITY = { breached: 3, at_risk: 2, unknown: 1, met: 0 };

export class Sites {
  constructor() {
    /** @type {Map<string, any>} */
    this.bySlug = new Map();
  }

  /** Take the server's snapshot; an event that came meanwhile and is newer stays. @param {any[]} rows */
  load(rows) {
    const fresh = rows.map((row) => newer(this.bySlug.get(row.slug), row));
    this.bySlug.clear(); // the same map, which others hold
    for (const row of fresh) this.bySlug.set(row.slug, row);
  }

  /** @param {any} event @returns {boolean} whether anything that is known changed */
  apply(event) {
    const rows = event.type === "SitesMeasured" ? event.sites : event.type === "SlaChanged" ? [event.site] : [];
    let changed = false;
    for (const row of rows) {
      const known = row && this.bySlug.get(row.slug);
      if (!known || isOlder(row.measured_at, known.measured_at)) continue;
      Object.assign(known, row);
      changed = true;
    }
    return changed;
  }

  /** @param {{search?: string, kind?: string, state?: string, ordering?: string}} query @param {number} nowMs */
  shown(query, nowMs) {
    const words = (query.search || "").toLowerCase();
    const rows = [...this.bySlug.values()].filter(
      (row) =>
        (!query.kind || row.kind === query.kind) &&
        (!query.state || stateOf(row, nowMs) === query.state) &&
        (!words || [row.slug, row.name_en, row.name_zh].some((text) => text.toLowerCase().includes(words))),
    );
    return ordered(rows, query.ordering || "", nowMs);
  }

  /** @param {number} nowMs @returns {Record<string, number>} */
  tally(nowMs) {
    /** @type {Record<string, number>} */
    const counts = { breached: 0, at_risk: 0, unknown: 0, met: 0 };
    for (const row of this.bySlug.values()) counts[stateOf(row, nowMs)] += 1;
    return counts;
  }

  /** How old the newest measurement of any site is. @param {number} nowMs @returns {number|null} seconds */
  newestAge(nowMs) {
    let newest = "";
    for (const row of this.bySlug.values()) if (row.measured_at > newest) newest = row.measured_at;
    return newest ? ageOf({ measured_at: newest }, nowMs) : null;
  }
}

/** Old knowledge is none: the state by age. @param {any} row @param {number} nowMs */
export function stateOf(row, nowMs) {
  const age = ageOf(row, nowMs);
  return age === null || age > row.stale_after_s ? "unknown" : row.state;
}

/** @param {any} row @param {number} nowMs @returns {number|null} seconds */
export function ageOf(row, nowMs) {
  return row.measured_at ? Math.max(0, (nowMs - Date.parse(row.measured_at)) / 1000) : null;
}

/** A row as it was read, with what was heard of it since. @param {any} known @param {any} row */
export function newer(known, row) {
  const isNewer = known?.measured_at && (!row.measured_at || isOlder(row.measured_at, known.measured_at));
  if (!isNewer) return row;
  const { state, rtt_ms, lost, packets, measured_at, answered_at } = known;
  return { ...row, state, rtt_ms, lost, packets, measured_at, answered_at };
}

/**
 * Each row's key is worked out once, not at every comparison.
 * @param {any[]} rows @param {string} ordering @param {number} nowMs @returns {any[]}
 */
function ordered(rows, ordering, nowMs) {
  const sign = ordering.startsWith("-") ? -1 : 1;
  const name = ordering.replace("-", "");
  /** @type {Record<string, (row: any) => string|number>} */
  const keys = {
    state: (row) => GRAVITY[stateOf(row, nowMs)],
    rtt_ms: (row) => row.rtt_ms ?? Infinity,
    measured_at: (row) => row.measured_at || "",
  };
  const key = keys[name] || ((row) => row[name || "slug"]);
  const keyed = rows.map((row) => ({ key: key(row), row }));
  return keyed.sort((a, b) => sign * compare(a.key, b.key) || compare(a.row.slug, b.row.slug)).map(({ row }) => row);
}

/** @param {string|number} a @param {string|number} b */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
