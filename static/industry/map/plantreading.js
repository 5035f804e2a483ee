/** Reads what the map shows of factories: these again and again, the vehicles once, for the hub tells of them. */
import { getAll } from "../../console/api.js";

export class PlantReading {
  isMissing = true; // nobody told of the vehicles so far, or the line was broken

  /** @param {import("./plantstore.js").Plants} plants @param {() => number} nowMs the server's clock */
  constructor(plants, nowMs) {
    this.plants = plants;
    this.nowMs = nowMs;
  }

  /** Vehicles may have moved unheard: the next reading is of them as well. */
  missed() {
    this.isMissing = true;
  }

  /** @returns {Promise<{factories: any[]}>} what was read, which the store has by then */
  async read() {
    const askedMs = this.nowMs();
    const wasMissing = this.isMissing;
    this.isMissing = false;
    try {
      const [factories, vehicles] = await Promise.all([
        getAll("/api/v1/factories"),
        wasMissing ? getAll("/api/v1/vehicles") : null,
      ]);
      if (askedMs >= this.plants.readMs) this.plants.loadFactories(factories, askedMs);
      if (vehicles) this.plants.loadVehicles(vehicles);
      return { factories };
    } catch (problem) {
      this.isMissing ||= wasMissing;
      throw problem;
    }
  }
}
