/** The way a drone came: measured stretches solid, gaps dashed, never longer than its cap. */
import { getJson } from "../../console/api.js";
import { noneIfMissing } from "./traffic.js";

const GAP_S = 5;
const MOST_POINTS = 1500;
const SPAN_MS = 15 * 60e3;

/** @typedef {{at: number, lon: number, lat: number, afterGap?: boolean}} Point */

export class Trail {
  constructor() {
    this.id = 0;
    this.turn = 0;
    /** @type {Point[]} */
    this.points = [];
  }

  /**
   * @param {number} id @param {number} nowMs
   * @param {boolean} [isForeign] of another's drone only what is heard from now on is shown
   */
  async load(id, nowMs, isForeign = false) {
    const mine = ++this.turn;
    this.id = id;
    this.points = [];
    if (isForeign) return;
    const since = new Date(nowMs - SPAN_MS).toISOString();
    const answer = await getJson(`/api/v1/drones/${id}/trail?since=${encodeURIComponent(since)}&limit=1000`).catch(
      noneIfMissing,
    );
    if (mine !== this.turn || !answer) return; // let go of, or another operator's, meanwhile
    /** @type {Point[]} */
    const points = answer.points.map((/** @type {any} */ row) => ({
      at: Date.parse(row.at),
      lon: row.lon_deg,
      lat: row.lat_deg,
      afterGap: row.after_gap,
    }));
    const newest = points.at(-1)?.at ?? 0;
    this.points = [...points, ...this.points.filter((point) => point.at > newest)];
  }

  clear() {
    this.turn++;
    this.id = 0;
    this.points = [];
  }

  /** Go on with what is heard live. @param {number} at epoch ms @param {number} lon @param {number} lat */
  extend(at, lon, lat) {
    const last = this.points.at(-1);
    if (last && at - last.at < 250) return false;
    this.points.push({ at, lon, lat });
    if (this.points.length > MOST_POINTS) this.points.splice(0, this.points.length - MOST_POINTS);
    return true;
  }

  /** As GeoJSON: one feature per stretch, `isGap` where nothing was heard for more than five seconds. */
  geojson() {
    const features = [];
    /** @type {Point[]} */
    let run = [];
    const close = () => run.length > 1 && features.push(line(run, false));
    for (const [index, point] of this.points.entries()) {
      const before = this.points[index - 1];
      if (before && (point.afterGap ?? point.at - before.at > GAP_S * 1000)) {
        close();
        features.push(line([before, point], true));
        run = [];
      }
      run.push(point);
    }
    close();
    return { type: "FeatureCollection", features };
  }
}

/** @param {Point[]} points @param {boolean} isGap */
function line(points, isGap) {
  return {
    type: "Feature",
    properties: { isGap },
    geometry: { type: "LineString", coordinates: points.map(({ lon, lat }) => [lon, lat]) },
  };
}
