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

/**
 * What is read once for a region; what failed is asked for again.
 * @param {Map<string, Promise<any>>} held @param {string} region @param {() => Promise<any>} ask
 */
function keptIn(held, region, ask) {
  const known = held.get(region) ?? ask();
  held.set(region, known);
  known.catch(() => held.delete(region));
  return known;
}

/**
 * What the map shows, in words. Of a plan from scratch nobody knows from its sites which of them compute already. Pure.
 * @param {Proposal} proposal @param {{title: string, isFromScratch: boolean}} about
 */
export function noteOf({ sites, new_sites: fresh }, { title, isFromScratch }) {
  const words = isFromScratch
    ? gettext("%(title)s: %(fresh)s sites (✚), as if no computing stood anywhere yet. Modelled.")
    : gettext("%(title)s: %(fresh)s new sites (✚), %(standing)s that compute already (large squares). Modelled.");
  const standing = sites.length - fresh.length;
  return interpolate(words, { title, fresh: formatNumber(fresh.length), standing: formatNumber(standing) });
}

export class PlanMap {
  #turns = new Turns();
  /** @type {Map<string, Promise<any>>} by region */
  #sites = new Map();
  /** @type {Map<string, Promise<any>>} by region */
  #grounds = new Map();
  /** @type {SiteMap|null} */
  #map = null;
  #ground = ""; // the region, and whether its ground is under the map
  #words = "";

  constructor() {
    this.node = byId("plan-map");
    byId("plan-map-in").addEventListener("click", () => this.#map?.zoomBy(0.5));
    byId("plan-map-out").addEventListener("click", () => this.#map?.zoomBy(-0.5));
    byId("plan-map-all").addEventListener("click", () => this.#map?.fit());
    widget(this.node).loading();
  }

  /**
   * @param {Proposal} proposal @param {string} region
   * @param {{title: string, isFromScratch: boolean}} about the plan: its name, and whether it takes no site as given
   * @returns {Promise<void>}
   */
  async show(proposal, region, about) {
    try {
      const read = await this.#turns.answerTo(JSON.stringify([about, region, proposal]), () => this.#read(region));
      if (!read) return;
      const [sites, basemap] = read;
      const ground = JSON.stringify([region, Boolean(basemap)]);
      if (ground !== this.#ground || !this.#map) this.#make(sites, basemap ?? { features: [] });
      this.#ground = ground;
      this.#words = [noteOf(proposal, about), basemap ? "" : gettext("The ground could not be read.")].join(" ");
      setText(byId("plan-map-note"), this.#words);
      this.#map?.show(placesOf(sites, proposal), "");
    } catch (problem) {
      this.#forget();
      if (problem.status === 403) widget(this.node).forbidden("network.view_site");
      else widget(this.node).error(problem.message, () => this.show(proposal, region, about));
    }
  }

  /** There is no plan: what was drawn is of another. */
  nothing() {
    this.#turns.ask();
    this.#forget();
    widget(this.node).empty(gettext("No plan to draw: the preview says why."));
  }

  #forget() {
    this.#map?.close();
    this.#map = null;
    this.#words = "";
    setText(byId("plan-map-note"), "");
  }

  /** Sites on an empty ground are better than none. @param {string} region @returns {Promise<[any[], any]>} */
  #read(region) {
    const slug = encodeURIComponent(region);
    return Promise.all([
      keptIn(this.#sites, region, () => getAll(`/api/v1/sites?region=${slug}`)),
      keptIn(this.#grounds, region, () => getJson(`/api/v1/regions/${slug}/basemap`)).catch(() => null),
    ]);
  }

  /** @param {any[]} sites @param {any} basemap */
  #make(sites, basemap) {
    this.#map?.close();
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
}
