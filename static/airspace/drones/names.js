/** Names of drones by id, fetched in batches as they are asked for, and kept within a bound. */
import { getJson } from "../../console/api.js";

const WAIT_MS = 120;
const BATCH = 100;
const MOST_KEPT = 20000;
const RETRY_MS = 5000;

export class Names {
  /** @param {() => void} onNews */
  constructor(onNews) {
    this.onNews = onNews;
    /** @type {Map<number, {name: string, serial: string}>} */
    this.known = new Map();
    /** @type {Set<number>} */
    this.wanted = new Set();
    this.timer = 0;
    this.isFetching = false;
  }

  /**
   * The drone's name; null while it is being fetched, and of another's drone.
   * @param {number} id @param {boolean} [isForeign]
   */
  of(id, isForeign = false) {
    if (isForeign) return null;
    const result = this.known.get(id);
    if (result) return result.name || result.serial;
    this.wanted.add(id);
    this.timer ||= setTimeout(() => this.#fetch(), WAIT_MS);
    return null;
  }

  /** As `of`, without fetching what is not known. @param {number} id @param {boolean} [isForeign] */
  peek(id, isForeign = false) {
    const result = isForeign ? null : this.known.get(id);
    return result ? result.name || result.serial : null;
  }

  async #fetch() {
    this.timer = 0;
    if (this.isFetching || !this.wanted.size) return;
    this.isFetching = true;
    const batch = [...this.wanted].slice(0, BATCH);
    try {
      const answer = await getJson(`/api/v1/drones?id=${batch.join(",")}&limit=${BATCH}`);
      for (const drone of answer.results) this.keep(drone);
      for (const id of batch) this.wanted.delete(id);
      this.onNews();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // ids stay readable meanwhile
    }
    this.isFetching = false;
    if (this.wanted.size) this.timer ||= setTimeout(() => this.#fetch(), WAIT_MS);
  }

  /** What the hub tells of drones. @param {any} event */
  hear(event) {
    if (event.type === "DroneChanged" && this.known.has(event.drone.id)) this.keep(event.drone);
    if (event.type === "DroneLeft") this.known.delete(event.drone);
    if (event.type === "DronesRemoved") for (const id of event.drones) this.known.delete(id);
  }

  /** @param {any} drone */
  keep(drone) {
    if (drone.isForeign) return;
    const [oldest] = this.known.keys();
    if (this.known.size >= MOST_KEPT) this.known.delete(oldest);
    this.known.set(drone.id, { name: drone.name || "", serial: drone.serial });
  }
}
