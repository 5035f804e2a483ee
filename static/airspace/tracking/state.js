/** The drones in view: what the frames said, without any drawing. */
import { distanceM } from "../../network/mercator.js";
import { isInside } from "./bounds.js";
import { DroneReading } from "./reading.js";
import { HEARTBEAT_TILE, OLDER, eachRow, framesOf } from "./wire.js";

export { CONTROL_LINKS, HEARD, LOST, LOST_S, STALE, STALE_S, STATES, UNSEEN } from "./reading.js";

const [UNVERIFIED_BIT, LEFT_BIT, FOREIGN_BIT] = [8, 16, 32];
const CONTROL_SHIFT = 6;
const JUMP_M = 1500; // farther than a drone flies between two reports: it was elsewhere, so it does not glide there
const GLIDE_MS = [120, 1600];
const REMOVED_MS = 90e3; // longer than a whole tile is kept that may still name who was removed

/** @typedef {import("./reading.js").Drone} Drone */

export class DroneStore extends DroneReading {
  /** @param {() => number} [clockMs] epoch ms of this machine @param {() => number} [tickMs] steady ms */
  constructor(clockMs = Date.now, tickMs = () => performance.now()) {
    super(clockMs, tickMs);
    /** @type {number|null} */
    this.heartbeatMs = null;
    /** @type {number[]|null} */
    this.bounds = null;
    this.kept = 0; // the selected one stays, wherever it flies
    this.version = 0;
    /**
     * @type {Map<number, number>} retired or deleted, and until when (steady ms) a frame on its way may still name them
     */
    this.removed = new Map();
    this.clear();
    this.grow(1024);
  }

  clear() {
    this.count = 0;
    this.slots = new Map();
    this.version++;
  }

  /** @param {ArrayBuffer} message @returns {boolean} whether it is the first after a break */
  apply(message) {
    let isBack = false;
    for (const frame of framesOf(message)) {
      // whole tiles are at hand even while nothing comes from the engine
      if (!frame.isSnapshot) isBack = this.sight.hear() || isBack;
      if (frame.tile === HEARTBEAT_TILE) this.heartbeatMs = frame.timeMs;
      if (!frame.isSnapshot) this.clock.learn(frame.timeMs);
      if (frame.tile !== HEARTBEAT_TILE) this.#applyTile(frame);
    }
    return isBack;
  }

  /** @param {import("./wire.js").Frame} frame */
  #applyTile(frame) {
    const named = frame.isSnapshot ? new Set() : null;
    eachRow(frame, (id, lat, lon, altitude, track, speed, state, age) => {
      named?.add(id);
      if (state & LEFT_BIT && !isInside(this.bounds, lat, lon)) return this.remove(id);
      const slot = this.#slotFor(id, lat, lon, frame.timeMs - age * 100, age === OLDER);
      if (slot < 0) return;
      this.altitude[slot] = altitude;
      this.track[slot] = track;
      this.speed[slot] = speed;
      this.state[slot] = state & 7;
      this.unverified[slot] = state & UNVERIFIED_BIT ? 1 : 0;
      this.foreign[slot] = state & FOREIGN_BIT ? 1 : 0;
      this.control[slot] = state >> CONTROL_SHIFT;
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
    const isOld = known !== undefined && heardMs < this.heardMs[known] - 1000;
    if (isOld && !this.clock.isAhead(this.heardMs[known])) return -1;
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
    if (this.count === this.ids.length) this.grow(this.count * 2);
    const slot = this.count++;
    this.ids[slot] = id;
    this.slots.set(id, slot);
    return slot;
  }

  /** Forget a drone; the last slot moves into its place. @param {number} id */
  remove(id) {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    const last = --this.count;
    this.slots.delete(id);
    if (slot !== last) {
      this.copy(last, slot);
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
      if (this.ids[slot] !== kept && !isInside(this.bounds, this.lat[slot], this.lon[slot]))
        this.remove(this.ids[slot]);
    }
  }

  /** Who was not told of since a steady time. @param {number} sinceMs @returns {number[]} ids */
  untold(sinceMs) {
    return [...this.ids.subarray(0, this.count)].filter((_, slot) => this.toldMs[slot] < sinceMs);
  }

  /**
   * Those who were not told of since a steady time are where the register says, or gone.
   * @param {number[]} ids @param {Map<number, {lat_deg: number, lon_deg: number, at: string}>} positions
   * @param {number} sinceMs
   */
  reconcile(ids, positions, sinceMs) {
    for (const id of ids) {
      const last = positions.get(id);
      const slot = this.slots.get(id);
      if (slot === undefined || !(this.toldMs[slot] < sinceMs)) continue; // told of meanwhile, or gone
      if (!last || (id !== this.kept && !isInside(this.bounds, last.lat_deg, last.lon_deg))) this.remove(id);
      else this.#slotFor(id, last.lat_deg, last.lon_deg, Date.parse(last.at), false);
    }
    this.version++;
  }
}
