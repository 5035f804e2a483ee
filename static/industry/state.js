/** What the factory page knows, without DOM: machines, their risk over time, jobs. Newest wins. */

import { isOlder } from "../console/newest.js";

export const LEVELS = ["high", "elevated", "normal", "unknown"];
const MOST_POINTS = 400;
const MOST_JOBS = 60;
const OPEN = ["queued", "running"];

/** @param {string|null|undefined} at @param {number} nowMs @returns {number|null} seconds */
export function ageOf(at, nowMs) {
  return at ? (nowMs - Date.parse(at)) / 1000 : null;
}

/**
 * The level of a machine now; a risk made of an old reading says nothing of the present.
 * @param {any} machine @param {number} nowMs @param {number} staleAfterS
 */
export function levelOf(machine, nowMs, staleAfterS) {
  if (!machine.risk) return "unknown";
  const age = ageOf(machine.risk.at, nowMs);
  return age !== null && age > staleAfterS ? "stale" : machine.risk.level;
}

export class FactoryState {
  constructor() {
    /** @type {Map<string, any>} by name */
    this.machines = new Map();
    /** @type {Map<string, Array<{time: number, risk: number}>>} oldest first */
    this.series = new Map();
    /** @type {Map<string, any>} by id */
    this.jobs = new Map();
    /** @type {Map<string, boolean>} whether a machine is there, as was heard since the snapshot was asked for */
    this.heard = new Map();
  }

  /** A snapshot is asked for: what is heard until it comes is newer. */
  expect() {
    this.heard = new Map();
  }

  /** The machines that there are; those it does not name went while nobody listened. @param {any[]} machines */
  takeSnapshot(machines) {
    const named = new Set(machines.map((machine) => machine.name));
    for (const name of [...this.machines.keys(), ...this.series.keys()]) {
      if (!named.has(name) && !this.heard.get(name)) this.#let(name);
    }
    this.takeMachines(machines.filter((machine) => this.heard.get(machine.name) !== false));
  }

  /** @param {any[]} machines as an event brings them */
  hear(machines) {
    for (const machine of machines) this.heard.set(machine.name, true);
    this.takeMachines(machines);
  }

  /** @param {any[]} machines whole, from the snapshot or an event */
  takeMachines(machines) {
    for (const machine of machines) {
      const known = this.machines.get(machine.name);
      if (known && isOvertaken(machine, known)) continue;
      this.machines.set(machine.name, machine);
      if (machine.risk) this.addPoint(machine.name, machine.risk.at, machine.risk.value);
    }
  }

  /** @param {string} name of a machine that was deleted */
  forget(name) {
    this.heard.set(name, false);
    this.#let(name);
  }

  /** @param {string} name */
  #let(name) {
    this.machines.delete(name);
    this.series.delete(name);
  }

  /** @param {Array<{machine: string, at: string, risk: number}>} scores newest first, as the API lists them */
  takeScores(scores) {
    for (const score of [...scores].reverse()) this.addPoint(score.machine, score.at, score.risk);
  }

  /** @param {string} name @param {string} at @param {number} risk */
  addPoint(name, at, risk) {
    const points = this.series.get(name) || [];
    this.series.set(name, points);
    const time = Date.parse(at);
    let place = points.length;
    while (place > 0 && points[place - 1].time > time) place -= 1;
    if (points[place - 1]?.time === time) return;
    points.splice(place, 0, { time, risk });
    if (points.length > MOST_POINTS) points.shift();
  }

  /** The newest jobs; of older ones it is not known how they ended. @param {any[]} jobs */
  takeNewestJobs(jobs) {
    if (!jobs.length) return; // what is known was heard of since
    const oldest = Math.min(...jobs.map((job) => Date.parse(job.created_at)));
    for (const [id, job] of this.jobs) if (Date.parse(job.created_at) < oldest) this.jobs.delete(id);
    this.takeJobs(jobs);
  }

  /** @param {any[]} jobs */
  takeJobs(jobs) {
    for (const job of jobs) {
      const known = this.jobs.get(job.id);
      if (known && !OPEN.includes(known.state) && OPEN.includes(job.state)) continue; // an end is never undone
      this.jobs.set(job.id, job);
    }
    const oldest = [...this.jobs.values()].sort(newestFirst).slice(MOST_JOBS);
    for (const job of oldest) this.jobs.delete(job.id);
  }

  /** @param {{search: string, level: string, sort: string}} filter @param {number} nowMs @param {number} staleAfterS */
  machineRows(filter, nowMs, staleAfterS) {
    const wanted = filter.search.trim().toLowerCase();
    const rows = [...this.machines.values()].filter(
      (machine) =>
        (!wanted || machine.name.toLowerCase().includes(wanted)) &&
        (!filter.level || levelOf(machine, nowMs, staleAfterS) === filter.level),
    );
    /** @param {any} a @param {any} b */
    const byName = (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true });
    return rows.sort(
      filter.sort === "risk" ? (a, b) => (b.risk?.value ?? -1) - (a.risk?.value ?? -1) || byName(a, b) : byName,
    );
  }

  /** @param {string} state empty: all */
  jobRows(state) {
    return [...this.jobs.values()].filter((job) => !state || job.state === state).sort(newestFirst);
  }

  /** @param {number} nowMs @param {number} staleAfterS @returns {Record<string, number>} machines by level, now */
  counts(nowMs, staleAfterS) {
    /** @type {Record<string, number>} */
    const counts = { high: 0, elevated: 0, normal: 0, stale: 0, unknown: 0 };
    for (const machine of this.machines.values()) counts[levelOf(machine, nowMs, staleAfterS)] += 1;
    return counts;
  }
}

/** @param {any} machine @param {any} known */
function isOvertaken(machine, known) {
  /** @param {{at: string}|null} a @param {{at: string}|null} b */
  const before = (a, b) => (a ? Boolean(b) && isOlder(a.at, b?.at ?? "") : Boolean(b));
  return before(machine.reading, known.reading) || before(machine.risk, known.risk);
}

/** @param {any} a @param {any} b */
function newestFirst(a, b) {
  return b.created_at < a.created_at ? -1 : b.created_at > a.created_at ? 1 : a.id < b.id ? 1 : -1;
}
