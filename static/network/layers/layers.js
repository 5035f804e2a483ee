/** The network over the live map: wires state, panel, legends, drawing and the sector's sliders together. */
import { formatTime, replace } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { CanvasNetwork } from "./canvasnetwork.js";
import { Coverage } from "./coverage.js";
import {
  NOTHING,
  beamFeatures,
  corridorFeatures,
  linkFeatures,
  pinFeatures,
  plannedFeatures,
  reachFeatures,
} from "./features.js";
import { GlNetwork } from "./glnetwork.js";
import { legendOf } from "./legend.js";
import { keysOf, Panel } from "./panel.js";
import { AGREED, Part, SOURCES, partsOf, readersOf } from "./parts.js";
import { PlaceLists, nearestSector } from "./places.js";
import { Rasters } from "./rasters.js";
import { Readout } from "./readout.js";
import { SectorPanel } from "./sector.js";
import { Standings } from "./standings.js";
import { LAYERS, LayerState, PRESENT } from "./state.js";
import { Swipe } from "./swipe.js";

/** @typedef {import("./parts.js").Layer} Layer */

const AGAIN_MS = 120_000; // as long as what was read counts as new
const REMEMBER_MS = 300; // browsers refuse an address that changes too often
const isChinese = document.documentElement.lang.startsWith("zh");

export class NetworkLayers {
  /**
   * @param {{map: any, holder: HTMLElement, sites: Map<string, any>, close: () => void, onLook: () => void,
   *   lend: (open: (node: HTMLElement) => void) => void}} wiring
   */
  constructor({ map, holder, sites, lend, close, onLook }) {
    const panel = /** @type {HTMLElement} */ (document.getElementById("network-layers"));
    const region = panel.dataset.region || "";
    this.map = map;
    this.holder = holder;
    this.sites = sites;
    this.lend = lend;
    this.onLook = onLook;
    this.beamTold = "";
    [this.isSectorOpen, this.areSitesKnown, this.timer] = [false, false, 0];
    this.state = new LayerState(location.search);
    this.drawing = map.kind === "webgl" ? new GlNetwork(map) : new CanvasNetwork(map);
    this.rasters = new Rasters(region);
    /** @type {Record<string, number>} */
    this.counts = {};
    this.lists = new PlaceLists(({ at: [lon, lat], zoom }) => map.goTo(lon, lat, zoom));
    const read = readersOf(region);
    this.sectors = new Part(read.sectors, (one) => one.problem && this.#tell("coverage", one));
    this.kpis = new Part(
      () => this.rasters.kpis(),
      () => this.#legends(),
    );
    this.parts = partsOf(read, this.state, (layer, part) => this.#tell(layer, part));
    this.standings = new Standings({
      isWanted: () => AGREED.some((layer) => this.state.isByStanding(layer)),
      redraw: () => this.#drawAgreed(),
    });
    this.swipe = new Swipe(holder, (split) => this.state.set({ split }));
    this.coverage = new Coverage({
      rasters: this.rasters,
      state: this.state,
      drawing: this.drawing,
      swipe: this.swipe,
      tell: (part) => this.#tell("coverage", part),
      onTried: (kpis, problem) => this.#tried(kpis, problem),
    });
    this.readout = this.#readout();
    this.sector = this.#sectorPanel(panel.dataset.mayAdopt === "true", close);
    this.panel = this.#panel(panel);
    this.state.onChange((what) => this.#changed(what));
    for (const layer of LAYERS) this.#switch(layer);
    setInterval(() => document.hidden || this.#again(), AGAIN_MS);
  }

  #readout() {
    return new Readout(/** @type {HTMLElement} */ (document.getElementById("readout")), {
      read: (at, heightM, signal) => this.rasters.at(at, heightM, signal),
      unitOf: (value) => this.rasters.valueOf(value)?.unit || "",
      onTry: (slug) => this.openSector(slug),
      onPin: (at) => this.drawing.show("pin", at ? pinFeatures(at) : NOTHING),
    });
  }

  /** @param {HTMLElement} node */
  #panel(node) {
    return new Panel(node, this.state, {
      onRetry: (layer) => this.#load(layer),
      onTry: () => this.#tryNearest(),
      siteOf: (slug) => this.sites.get(slug),
    });
  }

  /** @param {boolean} mayAdopt @param {() => void} close */
  #sectorPanel(mayAdopt, close) {
    return new SectorPanel({
      mayAdopt,
      state: this.state,
      onClose: () => close(),
      onPick: (slug) => this.openSector(slug),
      onAdopted: () => this.#adopted(),
    });
  }

  /** Once the sites are known, or known better. */
  sitesChanged() {
    for (const layer of /** @type {const} */ (["links", "circles", "planned"])) this.#draw(layer);
    this.standings.load(); // the line was opened anew
    if (this.areSitesKnown) this.#again();
    this.areSitesKnown = true;
    if (this.state.look.sector && !this.isSectorOpen) this.openSector(this.state.look.sector);
    else this.#drawBeam();
  }

  useTheme() {
    this.drawing.useTheme();
    this.coverage.useTheme();
    this.#legends();
  }

  /** @param {{at: [number, number], point: {x: number, y: number}}|null} over where the pointer is */
  hovered(over) {
    if (!over) return this.readout.hover(null);
    this.readout.hover({
      at: over.at,
      heightM: this.state.heightAt(over.point.x / this.holder.clientWidth),
      feature: () => this.drawing.pick(over.point),
      hasFigures: this.state.isShown("coverage"),
    });
  }

  /**
   * A click on nothing else: the figures of that place stay.
   * @param {[number, number]} at @param {{x: number, y: number}} point @returns {boolean} whether it was of use
   */
  clicked(at, point) {
    if (!this.state.isShown("coverage")) return false;
    this.readout.pin(at, this.state.heightAt(point.x / this.holder.clientWidth));
    return true;
  }

  /** Single keys: one per layer, and some for coverage. */
  keys() {
    return keysOf(this.state);
  }

  /** Show a sector's sliders in the inspector. @param {string} slug */
  async openSector(slug) {
    const sectors = await this.sectors.load();
    const sector = sectors?.get(slug);
    if (!sector) return;
    if (this.state.look.sector !== slug) this.state.set({ change: null });
    this.isSectorOpen = true;
    this.state.set({ sector: slug });
    if (!this.state.isShown("coverage")) this.state.toggle("coverage");
    this.lend((node) => this.sector.open(node, sector, sectors));
    this.#drawBeam();
  }

  /** The inspector is wanted for something else. */
  leave() {
    this.isSectorOpen = false;
    this.state.set({ change: null, sector: "" });
    this.#drawBeam();
  }

  /** @param {string} what */
  #changed(what) {
    if (LAYERS.includes(what)) this.#switch(what);
    else this.#relook(what);
    if (what !== "split") this.panel.refresh();
    if (what !== "split" && what !== "change") this.#legends(); // a slider being dragged leaves them as they are
    this.#remember();
  }

  /** @param {string} what */
  #relook(what) {
    if (what === "value" || what === "heightM" || what === "compare") this.coverage.refresh();
    if (what === "split" || what === "opacity") this.coverage.look();
    if (what === "change" || ((what === "value" || what === "heightM") && this.state.look.change))
      this.coverage.tryOut();
    if (what === "change") this.#drawBeam();
    if (what === "heightM") this.readout.again(this.state.look.heightM);
    if (what === "linksBy") this.drawing.paintLinksBy(this.state.look.linksBy);
    if (what === "linksBy" || what === "corridorsBy") {
      this.standings.load();
      this.#draw(what === "linksBy" ? "links" : "corridors");
    }
    if (what === "reading") this.#load("circles");
    if (what === "centre") this.#draw("circles");
  }

  /** @param {string} layer */
  #switch(layer) {
    const isShown = this.state.isShown(layer);
    if (layer === "coverage") {
      this.coverage.refresh();
      if (!isShown) this.readout.clear();
      return;
    }
    this.drawing.setShown(layer, isShown);
    if (isShown) this.#load(layer);
  }

  /** What is shown is read anew; coverage looks after itself. */
  #again() {
    for (const layer of Object.keys(SOURCES)) if (this.state.isShown(layer)) this.#load(layer);
  }

  /** @param {string} layer */
  async #load(layer) {
    if (layer === "coverage") return this.coverage.refresh();
    if (layer === "corridors") this.kpis.load();
    if (this.state.isByStanding(layer)) this.standings.load();
    if (layer === "planned") await this.sectors.load();
    await this.parts[/** @type {Layer} */ (layer)].load();
  }

  /** @param {string} layer @param {Part} part */
  #tell(layer, part) {
    this.panel?.note(
      layer,
      part,
      layer === "planned" && part.data ? interpolate(gettext("%(count)s to come"), { count: part.data.length }) : "",
    );
    if (part.data && part.state !== "loading" && layer !== "coverage") this.#draw(/** @type {Layer} */ (layer));
    if (part.data && layer === "circles") this.panel.showCentres(part.data.centres);
    this.#legends();
  }

  /** @param {Layer} layer */
  #draw(layer) {
    const { data } = this.parts[layer];
    if (!data) return;
    const { sites, state } = this;
    const sectors = this.sectors.data || new Map();
    const collection = {
      links: () => linkFeatures(data, sites, state.isByStanding("links") && this.standings.featureWords),
      circles: () => reachFeatures(data, this.state.look.centre),
      corridors: () =>
        corridorFeatures(data, isChinese, state.isByStanding("corridors") && this.standings.featureWords),
      planned: () => plannedFeatures(data, sites, sectors, (at) => formatTime(at)),
    }[layer]();
    this.counts[layer] = collection.features.length;
    this.drawing.show(SOURCES[layer], collection);
  }

  #drawAgreed() {
    for (const layer of AGREED) if (this.state.isByStanding(layer)) this.#draw(layer);
    this.#legends();
  }

  #drawBeam() {
    const sector = this.isSectorOpen && this.sectors.data?.get(this.state.look.sector);
    const triedDeg = sector && (this.state.look.change?.azimuth_deg ?? sector.azimuth_deg);
    const beam = sector ? beamFeatures(this.sites.get(sector.site), sector.azimuth_deg, triedDeg) : NOTHING;
    const told = JSON.stringify(beam);
    if (told === this.beamTold) return; // tilt and power turn no beam, and a map drawn anew costs time
    this.beamTold = told;
    this.drawing.show("beam", beam);
  }

  #legends() {
    for (const layer of LAYERS) {
      const block = this.state.isShown(layer) && legendOf(layer, this);
      if (layer === "coverage") replace(/** @type {HTMLElement} */ (document.getElementById("net-legends")), block);
      else this.panel?.showLegend(layer, block);
      if (layer === "circles" || layer === "corridors") this.#list(layer, Boolean(block));
    }
  }

  /** @param {"circles"|"corridors"} layer @param {boolean} isShown */
  #list(layer, isShown) {
    const { lists, parts, sites, state } = this;
    if (isShown) lists.show(layer, parts[layer].data, (slug) => sites.get(slug), state.look.centre);
    this.panel?.showPlaces(layer, isShown && lists[layer].node);
  }

  /** @param {any} kpis @param {any} problem */
  #tried(kpis, problem) {
    if (!this.isSectorOpen) return;
    if (problem) this.sector.fail(problem);
    else this.sector.show(kpis);
  }

  async #adopted() {
    const { sector } = this.state.look;
    if (this.state.look.compare === PRESENT) this.state.set({ compare: null });
    this.state.set({ change: null });
    await Promise.all([this.coverage.forget(), this.state.isShown("planned") ? this.parts.planned.load() : null]);
    await this.openSector(sector);
  }

  /** The sector nearest to the middle of the map: somewhere to begin. */
  async #tryNearest() {
    const sectors = await this.sectors.load();
    const nearest = nearestSector([...(sectors?.values() || [])], this.sites, this.map.view().centre);
    if (nearest) this.openSector(nearest.slug);
  }

  #remember() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onLook, REMEMBER_MS);
  }
}
