/**
 * What is known of the drones in view now: columns of numbers, one slot a drone, densely packed. Stale and lost are
 * judged by age, by the same figures as on the server; while the picture itself is silent all of them are unseen.
 */
import { DroneColumns } from "../drones/columns.js";
import { isInside } from "./bounds.js";
import { ServerClock } from "./serverclock.js";
import { Sight } from "./sight.js";
import { UNKNOWN } from "./wire.js";

export const [STALE_S, LOST_S] = [5, 15];
export const STATES = ["normal", "warning", "emergency", "ground"];
export const CONTROL_LINKS = ["unknown", "met", "gap_ahead", "below"];
export const [HEARD, STALE, LOST, UNSEEN] = [0, 1, 2, 3];

/**
 * @typedef {{id: number, lat: number, lon: number, altitudeM: number, trackDeg: number|null, speedMps: number|null,
 *   state: string, isUnverified: boolean, isForeign: boolean, link: number, control: string, ageS: number,
 *   isAgeKnown: boolean}} Drone
 */

export class DroneReading extends DroneColumns {
  count = 0;
  /** @type {Map<number, number>} by id */
  slots = new Map();

  /** @param {() => number} clockMs epoch ms of this machine @param {() => number} tickMs steady ms */
  constructor(clockMs, tickMs) {
    super();
    this.clock = new ServerClock(clockMs);
    this.tickMs = tickMs;
    this.sight = new Sight(tickMs);
  }

  /** The server's clock now, as well as the frames tell. */
  nowMs() {
    return this.clock.nowMs();
  }

  /** Seconds since the drone's last report. @param {number} slot */
  ageS(slot) {
    return Math.max(0, (this.nowMs() - this.heardMs[slot]) / 1000);
  }

  /**
   * How it was when the picture was heard last. Another's drone that falls silent is its operator's concern: here it
   * only grows stale.
   * @param {number} slot
   */
  link(slot) {
    if (this.sight.isUnseen(this.toldMs[slot])) return UNSEEN;
    const age = this.ageS(slot) - this.sight.silenceMs() / 1000;
    return age > LOST_S && !this.foreign[slot] ? LOST : age > STALE_S ? STALE : HEARD;
  }

  /** @param {number} slot */
  stateOf(slot) {
    return (this.link(slot) !== UNSEEN && STATES[this.state[slot]]) || "unknown";
  }

  /** Whether its control link meets its need, as code; unknown of whoever is not heard. @param {number} slot */
  controlOf(slot) {
    return this.link(slot) === HEARD ? this.control[slot] : 0;
  }

  /** Since when what is not seen is unknown; null: everything always was. @returns {number|null} epoch ms */
  unseenSinceMs() {
    const agoMs = this.sight.brokenAgoMs();
    return agoMs === null ? null : this.nowMs() - agoMs;
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
      state: this.stateOf(slot),
      isUnverified: this.unverified[slot] === 1,
      isForeign: this.foreign[slot] === 1,
      link: this.link(slot),
      control: CONTROL_LINKS[this.controlOf(slot)],
      ageS: this.ageS(slot),
      isAgeKnown: this.older[slot] === 0,
    };
  }

  /** Drones inside bounds. @param {number[]} bounds @returns {Drone[]} */
  within(bounds) {
    const within = [];
    for (let slot = 0; slot < this.count; slot++)
      if (isInside(bounds, this.lat[slot], this.lon[slot])) within.push(this.at(slot));
    return within;
  }
}
