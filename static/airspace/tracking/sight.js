/**
 * Whether the picture is heard. It beats once a second, so a silence of it is ours: what drones did meanwhile is
 * unknown, and none of them is lost for it.
 */

const BLIND_MS = 5000;

export class Sight {
  /** @param {() => number} tickMs steady ms */
  constructor(tickMs) {
    this.tickMs = tickMs;
    /** @type {number|null} the newest frame of all */
    this.heardMs = null;
    this.backMs = -Infinity; // since then it is heard without a break
    /** @type {number|null} when it was heard last before the newest break */
    this.brokenMs = null;
  }

  /** A frame came. @returns {boolean} whether it is the first after a break */
  hear() {
    const nowMs = this.tickMs();
    const wasBlind = this.isBlind();
    if (wasBlind) [this.brokenMs, this.backMs] = [this.heardMs, nowMs];
    this.heardMs = nowMs;
    return wasBlind;
  }

  /** For how long nothing is heard of the picture; none before its first frame. */
  silenceMs() {
    return this.heardMs === null ? 0 : this.tickMs() - this.heardMs;
  }

  isBlind() {
    return this.silenceMs() > BLIND_MS;
  }

  /** Whether what was told then may have changed unheard. @param {number} toldMs steady */
  isUnseen(toldMs) {
    return this.isBlind() || toldMs < this.backMs;
  }

  /** How long ago the picture was heard last before it broke; null: it never did. @returns {number|null} */
  brokenAgoMs() {
    const lastMs = this.isBlind() ? this.heardMs : this.brokenMs;
    return lastMs === null ? null : this.tickMs() - lastMs;
  }
}
