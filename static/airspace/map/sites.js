/** The sites of the network on the map: what the pages of the network know of them, as GeoJSON. */
import { getAll } from "../../console/api.js";
import { learn } from "../../console/names.js";
import { Sites as KnownSites, stateOf } from "../../network/sites/sites.js";
import { nameOf } from "../../network/words.js";

/** @type {Record<string, number>} */
const RANKS = { breached: 0, at_risk: 1, unknown: 2, met: 3 };

export class Sites extends KnownSites {
  drawn = "";

  /** Every site there is, page after page. */
  async read() {
    const rows = await getAll("/api/v1/sites");
    learn("site", Object.fromEntries(rows.map((site) => [site.slug, nameOf(site) || site.slug])));
    this.load(rows.filter((site) => Number.isFinite(site.lat_deg) && Number.isFinite(site.lon_deg)));
  }

  /**
   * Draw them when it makes a difference: without news a state turns unknown by its age alone.
   * @param {any} map @param {number|null} [nowMs] null: nothing is heard, so every state is unknown
   */
  drawOn(map, nowMs = Date.now()) {
    const drawn = [...this.bySlug.values()].map((site) => `${site.slug} ${stateAt(site, nowMs)}`).join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    map.showSites(this.geojson(nowMs));
  }

  /** @param {number|null} nowMs what was measured too long ago is unknown */
  geojson(nowMs) {
    const features = [...this.bySlug.values()].map((site) => {
      const state = stateAt(site, nowMs);
      return {
        type: "Feature",
        properties: {
          slug: site.slug,
          name: nameOf(site) || site.slug,
          state,
          rank: RANKS[state] ?? RANKS.unknown,
        },
        geometry: { type: "Point", coordinates: [site.lon_deg, site.lat_deg] },
      };
    });
    return { type: "FeatureCollection", features };
  }
}

/** @param {any} site @param {number|null} nowMs */
const stateAt = (site, nowMs) => (nowMs === null ? "unknown" : stateOf(site, nowMs));
