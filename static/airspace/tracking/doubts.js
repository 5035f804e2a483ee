/** Who was shown before the line broke and is told of no more: the register says whether they still fly. */
import { getJson } from "../../console/api.js";

const WAIT_MS = 5000; // within it whole tiles tell of everyone in view
const BATCH = 100;

export class Doubts {
  /** @param {import("./state.js").DroneStore} store */
  constructor(store) {
    this.store = store;
    /** @type {number|null} since when (steady ms) the whole view is told anew */
    this.sinceMs = null;
    this.nextMs = 0;
  }

  /** The line was opened: what changed meanwhile went unheard. */
  begin() {
    this.sinceMs = this.store.tickMs();
    this.nextMs = this.sinceMs + WAIT_MS;
  }

  /** Ask after some of those of whom nothing was told since; to be called now and then. */
  async settle() {
    const { store, sinceMs } = this;
    if (sinceMs === null || store.tickMs() < this.nextMs) return;
    const ids = store.untold(sinceMs).slice(0, BATCH);
    if (!ids.length) return void (this.sinceMs = null);
    this.nextMs = store.tickMs() + WAIT_MS;
    try {
      const { results } = await getJson(`/api/v1/traffic?id=${ids.join(",")}&limit=${BATCH}`);
      store.reconcile(ids, new Map(results.map((/** @type {any} */ result) => [result.id, result])), sinceMs);
      if (sinceMs === this.sinceMs) this.nextMs = 0;
    } catch {
      // nothing is known, so they stay, and grow old; asked again after a while
    }
  }
}
