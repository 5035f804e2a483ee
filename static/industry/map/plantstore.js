/** What the map knows of factories and their vehicles, without DOM. Newest wins; what is old says nothing of now. */
import { isOlder } from "../../console/newest.js";

export const UNKNOWN_S = 60; // a vehicle reports at least every 30 s (VDA 5050): after two missed, nothing is known
const READ_OLD_S = 60; // a list that was not read anew for so long says nothing of now
const FAULTS = ["URGENT", "CRITICAL", "FATAL"];
/** @type {Record<string, number>} the gravest first */
const GRAVITY = { fault: 0, warning: 1, unknown: 2, stale: 3, standing: 4, driving: 5 };

/** @typedef {"fault"|"warning"|"unknown"|"stale"|"standing"|"driving"} VehicleState */

export class Plants {
  /** @type {Map<string, any>} by slug */
  factories = new Map();
  /** @type {Map<number, any>} by id */
  vehicles = new Map();
  readMs = 0;

  /**
   * The factories as they are; the vehicles of one that is gone are gone.
   * @param {any[]} rows @param {number} askedMs
   */
  loadFactories(rows, askedMs) {
    this.factories = new Map(rows.map((row) => [row.slug, row]));
    this.readMs = askedMs;
    for (const [id, { factory }] of this.vehicles) if (!this.factories.has(factory)) this.vehicles.delete(id);
  }

  /** The vehicles that there are; what was heard meanwhile and is newer stays. @param {any[]} rows */
  loadVehicles(rows) {
    this.vehicles = new Map(rows.map((row) => [row.id, newer(this.vehicles.get(row.id), row)]));
  }

  /** What the hub tells. @param {any} event @returns {boolean} whether something of it is shown otherwise now */
  hear(event) {
    if (event.topic !== "vehicles") return false;
    if (event.type === "VehicleRemoved") return this.vehicles.delete(event.vehicle);
    for (const row of event.vehicles) this.vehicles.set(row.id, newer(this.vehicles.get(row.id), row));
    return true;
  }

  /**
   * The vehicles of a factory, the gravest first.
   * @param {string} slug @param {number} nowMs @param {boolean} isBlind
   */
  vehiclesOf(slug, nowMs, isBlind) {
    const order = (/** @type {any} */ vehicle) => GRAVITY[vehicleState(vehicle, nowMs, isBlind)];
    return [...this.vehicles.values()]
      .filter(({ factory }) => factory === slug)
      .sort((a, b) => order(a) - order(b) || a.serial.localeCompare(b.serial, undefined, { numeric: true }));
  }
}

/** @param {any} known @param {any} row */
const newer = (known, row) => (known && isOlder(row.received_at, known.received_at) ? known : row);

/** How old the newest state of a vehicle is. @param {any} vehicle @param {number} nowMs @returns {number} seconds */
export const ageOf = (vehicle, nowMs) => Math.max(0, (nowMs - Date.parse(vehicle.received_at)) / 1000);

/**
 * How a vehicle is now.
 * @param {any} vehicle @param {number} nowMs @param {boolean} isBlind whether nothing is heard @returns {VehicleState}
 */
export function vehicleState(vehicle, nowMs, isBlind) {
  const ageS = ageOf(vehicle, nowMs);
  if (isBlind || ageS > UNKNOWN_S) return "unknown";
  const levels = vehicle.errors.map((/** @type {any} */ error) => error.level);
  if (levels.some((/** @type {string} */ level) => FAULTS.includes(level))) return "fault";
  if (ageS > vehicle.stale_after_s) return "stale";
  if (levels.length) return "warning";
  return vehicle.is_driving ? "driving" : "standing";
}

/**
 * How a factory's machines are now: the gravest of their risks. One of which nothing is known may be worse than normal.
 * @param {any} factory @param {number} readMs when it was read @param {number} nowMs @param {boolean} isBlind
 * @returns {"high"|"elevated"|"normal"|"stale"|"unknown"}
 */
export function factoryState({ levels, newest_reading_at: at, stale_after_s: staleS }, readMs, nowMs, isBlind) {
  if (isBlind || !at || (nowMs - readMs) / 1000 > READ_OLD_S) return "unknown";
  if ((readMs - Date.parse(at)) / 1000 > staleS) return "stale";
  if (levels.high) return "high";
  if (levels.elevated) return "elevated";
  return levels.normal && !levels.unknown ? "normal" : "unknown";
}

/** Whether a vehicle knows where it is. @param {any} vehicle */
export const hasPlace = (vehicle) => Number.isFinite(vehicle.lon_deg) && Number.isFinite(vehicle.lat_deg);

/** The way that is still before a vehicle, from where it is. @param {any} vehicle @returns {number[][]} lon, lat */
export const wayOf = (vehicle) =>
  hasPlace(vehicle) && vehicle.path_lon_lat_deg.length
    ? [[vehicle.lon_deg, vehicle.lat_deg], ...vehicle.path_lon_lat_deg]
    : [];
