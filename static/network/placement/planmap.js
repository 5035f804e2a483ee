/** Where a plan puts computing, on a map: what stands already, and what is new. */
import { getAll, getJson } from "../../console/api.js";
import { byId, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { Turns } from "../../console/turns.js";
import { mercatorX, mercatorY } from "../mercator.js";
import { SiteMap } from "../sites/sitemap.js";
import { isChinese, nameOf } from "../words.js";

/** @typedef {{sites: string[], new_sites: string[]}} Proposal all that computes by it, and what of that is new */

/**
 * The sites of a map as a plan sees them. Pure.
 * @param {any[]} sites @param {Proposal} proposal
 */
export function placesOf(sites, proposal) {
  const [all, fresh] = [new Set(proposal.sites), new Set(proposal.new_sites)];
  return sites.map((site) => ({
    slug: site.slug,
    x: mercatorX(site.lon_deg),
    y: mercatorY(site.lat_deg),
    state: fresh.has(site.slug) ? "proposed" : all.has(site.slug) ? "computing" : "met",
    name: nameOf(site),
  }));
}

export class PlanMap {
  #turns = new Turns();
  /** @type {Map<string, Promise<[any[], any]>>} sites and ground by region */
  #regions = new Map();
  /** @type {SiteMap|null} */
  #map = null;
  #region = "";
  #words = "";

  constructor() {
    this.node = byId("plan-map");
    byId("plan-map-in").addEventListener("click", () => this.#map?.zoomBy(0.5));
    byId("plan-map-out").addEventListener("click", () => this.#map?.zoomBy(-0.5));
    byId("plan-map-all").addEventListener("click", () => this.#map?.fit());
    widget(this.node).loading();
  }

  /**
   * @param {Proposal} proposal @param {string} region @param {string} title the name of the plan
   * @returns {Promise<void>}
   */
  async show(proposal, region, title) {
    const turn = this.#turns.ask(JSON.stringify([title, region, proposal]));
    try {
      const [sites, basemap] = await this.#read(region);
      if (!this.#turns.take(turn)) return;
      if (region !== this.#region || !this.#map) this.#make(sites, basemap);
      this.#region = region;
      this.#say(proposal, title);
      this.#map?.show(placesOf(sites, proposal), "");
    } catch (problem) {
      if (!this.#turns.take(turn)) return;
      this.#map = null;
      if (problem.status === 403) widget(this.node).forbidden("network.view_site");
      else widget(this.node).error(problem.message, () => this.show(proposal, region, title));
    }
  }

  /** @param {string} region */
  #read(region) {
    const known =
      this.#regions.get(region) ??
      Promise.all([
        getAll(`/api/v1/sites?region=${encodeURIComponent(region)}`),
        // sites on an empty ground are better than none
        getJson(`/api/v1/regions/${encodeURIComponent(region)}/basemap`).catch(() => ({ features: [] })),
      ]);
    this.#regions.set(region, known);
    known.catch(() => this.#regions.delete(region));
    return known;
  }

  /** @param {any[]} sites @param {any} basemap */
  #make(sites, basemap) {
    const names = new Map(sites.map((site) => [site.slug, nameOf(site)]));
    this.node.removeAttribute("aria-busy");
    this.#map = new SiteMap(this.node, {
      basemap,
      language: isChinese ? "zh" : "en",
      label: gettext(
        "Map of the plan; the preview and the list say the same in words. Arrow keys move it, plus and minus zoom, 0 shows all.",
      ),
      pick: (slug) => location.assign(`/network/sites/${slug}`),
      over: (slug) => setText(byId("plan-map-note"), (slug && names.get(slug)) || this.#words),
    });
  }

  /** @param {Proposal} proposal @param {string} title */
  #say(proposal, title) {
    this.#words = interpolate(
      gettext("%(title)s: %(fresh)s new sites (✚), %(standing)s that compute already (large squares). Modelled."),
      {
        title,
        fresh: formatNumber(proposal.new_sites.length),
        standing: formatNumber(proposal.sites.length - proposal.new_sites.length),
      },
    );
    setText(byId("plan-map-note"), this.#words);
  }
}
