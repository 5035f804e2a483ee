/** What the layers draw as features: links, circles, corridors, what is planned, and a sector's beam. */
import { formatTime } from "../../console/dom.js";
import { beamFeatures, corridorFeatures, linkFeatures, NOTHING, plannedFeatures, reachFeatures } from "./features.js";
import { AGREED, SOURCES } from "./parts.js";
import { linkStanding } from "./linkstates.js";

const isChinese = document.documentElement.lang.startsWith("zh");

/**
 * @typedef {import("./parts.js").Layer} Layer
 * @typedef {Pick<import("./layers.js").NetworkLayers,
 *   "state"|"parts"|"sites"|"sectors"|"compliance"|"drawing">} Network
 */

export class FeatureDrawing {
  #beamTold = "";
  /** @type {Record<string, number>} how many features a layer has */
  counts = {};

  /** @param {Network} network */
  constructor({ state, parts, sites, sectors, compliance, drawing }) {
    this.state = state;
    this.parts = parts;
    this.sites = sites;
    this.sectors = sectors;
    this.compliance = compliance;
    this.drawing = drawing;
  }

  /** @param {Layer} layer */
  draw(layer) {
    const { data } = this.parts[layer];
    if (!data) return this.drawing.show(SOURCES[layer], NOTHING);
    const { sites, state } = this;
    const sectors = this.sectors.data || new Map();
    const collection = {
      links: () => linkFeatures(data, sites, this.#linkStandings()),
      circles: () => reachFeatures(data, this.state.look.centre),
      corridors: () =>
        corridorFeatures(data, isChinese, state.isByCompliance("corridors") && this.compliance.featureWords),
      planned: () => plannedFeatures(data, sites, sectors, (at) => formatTime(at)),
    }[layer]();
    this.counts[layer] = collection.features.length;
    this.drawing.show(SOURCES[layer], collection);
  }

  /** By what links stand out: their agreements where these are asked for, else how the live twin knows them to be. */
  #linkStandings() {
    if (this.state.isByCompliance("links")) return this.compliance.featureWords;
    return this.state.look.twin === "live" && linkStanding;
  }

  agreed() {
    for (const layer of AGREED) if (this.state.isByCompliance(layer)) this.draw(layer);
  }

  /** The beam of the sector whose sliders are open. @param {boolean} isOpen */
  beam(isOpen) {
    const sector = isOpen && this.sectors.data?.get(this.state.look.sector);
    const triedDeg = sector && (this.state.look.change?.azimuth_deg ?? sector.azimuth_deg);
    const beam = sector ? beamFeatures(this.sites.get(sector.site), sector.azimuth_deg, triedDeg) : NOTHING;
    const drawn = JSON.stringify(beam);
    if (drawn === this.#beamTold) return; // tilt and power turn no beam, and a map drawn anew costs time
    this.#beamTold = drawn;
    this.drawing.show("beam", beam);
  }
}
