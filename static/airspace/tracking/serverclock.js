/** The server's clock, as well as the frames tell: they come in the order in which they were made. */
const OFFSET_DRIFT_MS = 0.02;
const AHEAD_MS = 2000; // no later than this after a frame is anything that it tells of

export class ServerClock {
  /** @param {() => number} clockMs epoch ms of this machine */
  constructor(clockMs) {
    this.clockMs = clockMs;
    /** @type {number|null} */
    this.offsetMs = null; // this machine's clock minus the server's
    /** @type {number|null} */
    this.frameMs = null; // of the newest frame, as the server's clock is set now
  }

  nowMs() {
    return this.clockMs() - (this.offsetMs ?? 0);
  }

  /**
   * A frame was made now; a time earlier than the last one's: the server's clock was set back.
   * @param {number} timeMs
   */
  learn(timeMs) {
    const seen = this.clockMs() - timeMs;
    const isSetBack = this.frameMs !== null && timeMs < this.frameMs - AHEAD_MS;
    this.offsetMs = this.offsetMs === null || isSetBack ? seen : Math.min(seen, this.offsetMs + OFFSET_DRIFT_MS);
    this.frameMs = timeMs;
  }

  /** Whether a time that is known came of a clock that was ahead, and was set back since. @param {number} atMs */
  isAhead(atMs) {
    return this.frameMs !== null && atMs > this.frameMs + AHEAD_MS;
  }
}
