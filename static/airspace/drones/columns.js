/** Columns of numbers, one slot a drone, densely packed. */

export class DroneColumns {
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
  control = new Uint8Array(0); // code of CONTROL_LINKS
  tile = new Uint32Array(0);

  #names = Object.keys(this);

  /** Room for so many. @param {number} capacity */
  grow(capacity) {
    const columns = this.#columns();
    for (const name of this.#names) {
      const bigger = new columns[name].constructor(capacity);
      bigger.set(columns[name]);
      columns[name] = bigger;
    }
  }

  /** What is known in one slot is from now on known in another. @param {number} from @param {number} to */
  copy(from, to) {
    const columns = this.#columns();
    for (const name of this.#names) columns[name][to] = columns[name][from];
  }

  /** By their names. @returns {Record<string, any>} */
  #columns() {
    return this;
  }

  /**
   * Where to draw a drone at a steady time: gliding to what was last reported.
   * @param {number} slot @param {number} nowMs @returns {[number, number]} lon, lat
   */
  positionAt(slot, nowMs) {
    const part = Math.min(1, Math.max(0, (nowMs - this.movedMs[slot]) / this.glideMs[slot]));
    return [
      this.fromLon[slot] + (this.lon[slot] - this.fromLon[slot]) * part,
      this.fromLat[slot] + (this.lat[slot] - this.fromLat[slot]) * part,
    ];
  }
}
