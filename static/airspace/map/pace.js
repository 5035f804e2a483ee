/** How often drones are drawn: as often as the machine can, and never so that pictures take all of its time. */

const FRAME_MS = 33;
const SLOW_MS = 60; // a picture that takes longer is drawn by software, and the page has other things to do
const REST = 3; // of a slow machine's time at most a third goes into pictures
const MOST_REST_MS = 1500;
const WATCHED = 3; // frames in which the cost of a picture may show

export class Pace {
  /** @param {number} [leastMs] between pictures, however quick the machine */
  constructor(leastMs = FRAME_MS) {
    this.leastMs = leastMs;
  }

  lastMs = 0;
  watched = WATCHED;
  slowestMs = 0;
  frameMs = 0;
  costMs = 0;

  /**
   * Frames come late while a picture is drawn, here or in the graphics process: the longest of the next is its cost.
   * @param {number} nowMs of a frame
   */
  frame(nowMs) {
    const sinceMs = Math.min(nowMs - this.frameMs, MOST_REST_MS); // a page that was hidden saw no frame for long
    this.frameMs = nowMs;
    if (this.watched >= WATCHED) return;
    this.slowestMs = Math.max(this.slowestMs, sinceMs);
    if (++this.watched === WATCHED) this.costMs += (this.slowestMs - this.costMs) * 0.3;
  }

  /** Whether the next picture may be drawn. @param {number} nowMs */
  isDue(nowMs) {
    const restMs = this.costMs > SLOW_MS ? Math.min(MOST_REST_MS, this.costMs * REST) : this.leastMs;
    return nowMs - this.lastMs >= restMs;
  }

  /** A picture is drawn. @param {number} nowMs */
  draw(nowMs) {
    this.lastMs = nowMs;
    if (this.watched >= WATCHED) this.watched = this.slowestMs = 0;
  }
}
