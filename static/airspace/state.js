/**
 * The drones in view: what the frames said, without any drawing. Columns of numbers, one slot a drone, densely packed.
 * Stale and lost are judged by age, by the same figures as on the server.
 */
import { distanceM } from "../network/mercator.js";
import { HEARTBEAT_TILE, OLDER, UNKNOWN, eachRow, framesOf } from "./wire.js";

export const STALE_S = 5;
export const LOST_S = 15;
export const STATES = ["normal", "warning", "emergency", "ground"];
export const HEARD = 0,
  STALE = 1,
  LOST = 2;
const UNVERIFIED_BIT = 8,
  LEFT_BIT = 16,
  FOREIGN_BIT = 32;
const JUMP_M = 1500; // farther than a drone flies between two reports: it was elsewhere, so it does not glide there
const GLIDE_MS = [120, 1600];
const OFFSET_DRIFT_MS = 0.02;
const REMOVED_MS = 90e3; // longer than a whole tile is kept that may still name who was removed

/**
 * @typedef {{id: number, lat: number, lon: number, altitudeM: number, trackDeg: number|null, speedMps: number|null,
 *   state: string, isUnverified: boolean, isForeign: boolean, link: number, ageS: number, isAgeKnown: boolean}} Drone
 */

export class DroneStore {
  ids = new Uint32Array(0);
  lat = new Float64Array(0);
  lon = new Float64Array(0);
  fromLat = new Float64Array(0);
  fromLon = new Float64Array(0);
  movedMs = new Float64Array(0); // steady, as toldMs
  glideMs = new Float32Array(0);
  heardMs = new Float64Array(0);
  toldMs = new Float64Array(0);
  altitude = new Int16Array(0);
  track = new Uint16Array(0);
  speed = new Uint16Array(0);
  state = new Uint8Array(0);
  unverified = new Uint8Array(0);
  older = new Uint8Array(0);
  foreign = new Uint8Array(0);
  tile = new Uint32Array(0);

  /** @param {() => number} [clockMs] epoch ms of this machine @param {() => number} [tickMs] steady ms */
  constructor(clockMs = Date.now, tickMs = () => performance.now()) {
    this.clockMs = clockMs;
    this.tickMs = tickMs;
    /** @type {number|null} */
    this.offsetMs = null; // this machine's clock minus the server's
    /** @type {number|null} */
    this.heartbeatMs = null;
    /** @type {number[]|null} */
    this.bounds = null;
    this.kept = 0; // the selected one stays, wherever it flies
    this.version = 0;
    this.count = 0;
    /** @type {Map<number, number>} by id */
    this.slots = new Map();
    /**
     * @type {Map<number, number>} retired or deleted, and until when (steady ms) a frame on its way may still name them
     */
    this.removed = new Map();
    this.clear();
    this.#grow(1024);
  }

  clear() {
    this.count = 0;
    this.slots = new Map();
    this.version++;
  }

  /** The server's clock now, as well as the frames tell. */
  nowMs() {
    return this.clockMs() - (this.offsetMs ?? 0);
  }

  /** @param {ArrayBuffer} message */
  apply(message) {
    for (const frame of framesOf(message)) {
      if (frame.tile === HEARTBEAT_TILE) this.heartbeatMs = frame.timeMs;
      if (!frame.isSnapshot) this.#learnOffset(frame.timeMs);
      if (frame.tile !== HEARTBEAT_TILE) this.#applyTile(frame);
    }
  }

  /** @param {number} timeMs */
  #learnOffset(timeMs) {
    const seen = this.clockMs() - timeMs;
    this.offsetMs = this.offsetMs === null ? seen : Math.min(seen, this.offsetMs + OFFSET_DRIFT_MS);
  }

  /** @param {import("./wire.js").Frame} frame */
  #applyTile(frame) {
    const named = frame.isSnapshot ? new Set() : null;
    eachRow(frame, (id, lat, lon, altitude, track, speed, state, age) => {
      named?.add(id);
      if (state & LEFT_BIT && !this.#isInView(lat, lon)) return this.remove(id);
      const slot = this.#slotFor(id, lat, lon, frame.timeMs - age * 100, age === OLDER);
      if (slot < 0) return;
      this.altitude[slot] = altitude;
      this.track[slot] = track;
      this.speed[slot] = speed;
      this.state[slot] = state & 7;
      this.unverified[slot] = state & UNVERIFIED_BIT ? 1 : 0;
      this.foreign[slot] = state & FOREIGN_BIT ? 1 : 0;
      if (!(state & LEFT_BIT)) this.tile[slot] = frame.tile;
    });
    if (named) this.#dropOthers(frame.tile, named);
    this.version++;
  }

  /** What the hub tells of drones. @param {any} event */
  hear(event) {
    if (event.type === "DroneChanged" && !event.drone.is_retired) this.removed.delete(event.drone.id);
    if (event.type !== "DronesRemoved") return;
    const nowMs = this.tickMs();
    for (const [id, untilMs] of this.removed) if (untilMs < nowMs) this.removed.delete(id);
    for (const id of event.drones) {
      this.removed.set(id, nowMs + REMOVED_MS);
      this.remove(id);
    }
  }

  /** @param {number} id */
  isRemoved(id) {
    const untilMs = this.removed.get(id);
    return untilMs !== undefined && untilMs > this.tickMs();
  }

  /**
   * Find the drone's slot and move it, or -1 when something newer is known already. `isOlder`: heard at that time or
   * before.
   * @param {number} id @param {number} lat @param {number} lon @param {number} heardMs @param {boolean} isOlder
   */
  #slotFor(id, lat, lon, heardMs, isOlder) {
    if (this.isRemoved(id)) return -1;
    const known = this.slots.get(id);
    const nowMs = this.tickMs();
    if (known !== undefined) this.toldMs[known] = nowMs;
    if (known !== undefined && heardMs < this.heardMs[known] - 1000) return -1;
    // its time is known better
    const isSame = known !== undefined && isOlder && lat === this.lat[known] && lon === this.lon[known];
    const slot = known ?? this.#newSlot(id);
    const glides = known !== undefined && distanceM(this.lat[slot], this.lon[slot], lat, lon) < JUMP_M;
    const [fromLon, fromLat] = glides ? this.positionAt(slot, nowMs) : [lon, lat];
    const gapMs = nowMs - this.movedMs[slot];
    this.glideMs[slot] = glides ? Math.max(GLIDE_MS[0], Math.min(GLIDE_MS[1], gapMs)) : 1;
    this.fromLon[slot] = fromLon;
    this.fromLat[slot] = fromLat;
    this.lon[slot] = lon;
    this.lat[slot] = lat;
    this.movedMs[slot] = this.toldMs[slot] = nowMs;
    if (!isSame) [this.heardMs[slot], this.older[slot]] = [heardMs, isOlder ? 1 : 0];
    return slot;
  }

  /** @param {number} id */
  #newSlot(id) {
    if (this.count === this.ids.length) this.#grow(this.count * 2);
    const slot = this.count++;
    this.ids[slot] = id;
    this.slots.set(id, slot);
    return slot;
  }

  /** By their names. @returns {Record<string, any>} */
  #columns() {
    return this;
  }

  /** @param {number} capacity */
  #grow(capacity) {
    const columns = this.#columns();
    for (const name of COLUMNS) {
      const bigger = new columns[name].constructor(capacity);
      bigger.set(columns[name]);
      columns[name] = bigger;
    }
  }

  /** Forget a drone; the last slot moves into its place. @param {number} id */
  remove(id) {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    const last = --this.count;
    this.slots.delete(id);
    if (slot !== last) {
      const columns = this.#columns();
      for (const name of COLUMNS) columns[name][slot] = columns[name][last];
      this.slots.set(this.ids[slot], slot);
    }
    this.version++;
  }

  /** @param {number} tile @param {any} named */
  #dropOthers(tile, named) {
    for (let slot = this.count - 1; slot >= 0; slot--) {
      if (this.tile[slot] === tile && !named.has(this.ids[slot])) this.remove(this.ids[slot]);
    }
  }

  /**
   * Keep only what lies in these bounds from now on: nothing is heard of drones beyond.
   * @param {number[]} bounds west, south, east, north @param {number} [kept] id to keep anyway
   */
  look(bounds, kept) {
    [this.bounds, this.kept] = [bounds, kept ?? 0];
    for (let slot = this.count - 1; slot >= 0; slot--) {
      if (this.ids[slot] !== kept && !this.#isInView(this.lat[slot], this.lon[slot])) this.remove(this.ids[slot]);
    }
  }

  /** Who was not told of since a steady time. @param {number} sinceMs @returns {number[]} ids */
  untold(sinceMs) {
    return [...this.ids.subarray(0, this.count)].filter((_, slot) => this.toldMs[slot] < sinceMs);
  }

  /**
   * Those who were not told of since a steady time are where the register says, or gone.
   * @param {number[]} ids @param {Map<number, {lat_deg: number, lon_deg: number, at: string}>} found
   * @param {number} sinceMs
   */
  reconcile(ids, found, sinceMs) {
    for (const id of ids) {
      const last = found.get(id);
      const slot = this.slots.get(id);
      if (slot === undefined || !(this.toldMs[slot] < sinceMs)) continue; // told of meanwhile, or gone
      if (!last || (id !== this.kept && !this.#isInView(last.lat_deg, last.lon_deg))) this.remove(id);
      else this.#slotFor(id, last.lat_deg, last.lon_deg, Date.parse(last.at), false);
    }
    this.version++;
  }

  /** @param {number} lat @param {number} lon */
  #isInView(lat, lon) {
    if (!this.bounds) return true;
    const [west, south, east, north] = this.bounds;
    return lon >= west && lon <= east && lat >= south && lat <= north;
  }

  /**
   * Where to draw a drone at a steady time: gliding to what was last reported. @returns {[number, number]} lon, lat
   * @param {number} slot @param {number} nowMs
   */
  positionAt(slot, nowMs) {
    const part = Math.min(1, Math.max(0, (nowMs - this.movedMs[slot]) / this.glideMs[slot]));
    return [
      this.fromLon[slot] + (this.lon[slot] - this.fromLon[slot]) * part,
      this.fromLat[slot] + (this.lat[slot] - this.fromLat[slot]) * part,
    ];
  }

  /** Seconds since the drone's last report. @param {number} slot */
  ageS(slot) {
    return Math.max(0, (this.nowMs() - this.heardMs[slot]) / 1000);
  }

  /** Another's drone that falls silent is its operator's concern: here it only grows stale. @param {number} slot */
  link(slot) {
    const age = this.ageS(slot);
    return age > LOST_S && !this.foreign[slot] ? LOST : age > STALE_S ? STALE : HEARD;
  }

  /** @param {number} id @returns {Drone|null} */
  get(id) {
    const slot = this.slots.get(id);
    return slot === undefined ? null : this.at(slot);
  }

  /** @param {number} slot @returns {Drone} */
  at(slot) {
    return {
      id: this.ids[slot],
      lat: this.lat[slot],
      lon: this.lon[slot],
      altitudeM: this.altitude[slot],
      trackDeg: this.track[slot] === UNKNOWN ? null : this.track[slot] / 100,
      speedMps: this.speed[slot] === UNKNOWN ? null : this.speed[slot] / 100,
      state: STATES[this.state[slot]] || "unknown",
      isUnverified: this.unverified[slot] === 1,
      isForeign: this.foreign[slot] === 1,
      link: this.link(slot),
      ageS: this.ageS(slot),
      isAgeKnown: this.older[slot] === 0,
    };
  }

  /** Drones inside bounds. @param {number[]} bounds @returns {Drone[]} */
  within([west, south, east, north]) {
    const found = [];
    for (let slot = 0; slot < this.count; slot++) {
      if (this.lon[slot] >= west && this.lon[slot] <= east && this.lat[slot] >= south && this.lat[slot] <= north)
        found.push(this.at(slot));
    }
    return found;
  }
}

const COLUMNS = [
  "ids",
  "lat",
  "lon",
  "fromLat",
  "fromLon",
  "movedMs",
  "glideMs",
  "heardMs",
  "toldMs",
  "altitude",
  "track",
  "speed",
  "state",
  "unverified",
  "older",
  "foreign",
  "tile",
];
