/** The sites of the network with their SLA state, kept up to date by events. */
import { getJson } from "../console/api.js";

const RANKS = { breached: 0, at_risk: 1, unknown: 2, met: 3 };
const PAGE = 500;

export class Sites {
  constructor() {
    /** @type {Map<string, any>} */
    this.bySlug = new Map();
  }

  async load() {
    const answer = await getJson(`/api/v1/sites?limit=${PAGE}`);
    for (const site of answer.results) if (Number.isFinite(site.lat_deg) && Number.isFinite(site.lon_deg)) this.bySlug.set(site.slug, site);
  }

  /** Take an event of the topic `sla`; returns whether something on the map changed. @param {any} event */
  apply(event) {
    const changed = event.type === "SitesMeasured" ? event.sites : event.site ? [event.site] : [];
    let isNews = false;
    for (const fresh of changed) {
      const site = this.bySlug.get(fresh.slug);
      if (!site) continue;
      isNews ||= fresh.state !== undefined && fresh.state !== site.state;
      Object.assign(site, fresh);
    }
    return isNews;
  }

  geojson() {
    const isChinese = document.documentElement.lang.startsWith("zh");
    const features = [...this.bySlug.values()].map((site) => ({
      type: "Feature",
      properties: { slug: site.slug, name: (isChinese ? site.name_zh : site.name_en) || site.slug, state: site.state in RANKS ? site.state : "unknown", rank: RANKS[site.state] ?? 2 },
      geometry: { type: "Point", coordinates: [site.lon_deg, site.lat_deg] },
    }));
    return { type: "FeatureCollection", features };
  }
}
