/** The network over the live map: wires state, panel, legends, drawing and the sector's sliders together. */
import { gettext, interpolate } from "../../console/i18n.js";
import { CanvasNetwork } from "./canvasnetwork.js";
import { Coverage } from "./coverage.js";
import { Failure } from "./failure.js";
import { FeatureDrawing } from "./featuredrawing.js";
import { GlNetwork } from "./glnetwork.js";
import { showLegends } from "./legends.js";
import { keysOf, Panel } from "./panel.js";
import { AGREED, Part, SOURCES, kpisOf, partsOf, readersOf } from "./parts.js";
import { PlaceLists, nearestSector } from "./places.js";
import { Rasters } from "./rasters.js";
import { readoutOf } from "./readout.js";
import { sectorPanelOf } from "./sector.js";
import { ComplianceStatuses } from "./compliance.js";
import { LAYERS, LayerState, PRESENT } from "./state.js";
import { Swipe } from "./swipe.js";
import { Twins } from "./twin.js";

/** @typedef {import("./parts.js").Layer} Layer */

const AGAIN_MS = 120_000; // as long as what was read counts as new
const REMEMBER_MS = 300; // browsers refuse an address that changes too often

export class NetworkLayers {
  isSectorOpen = false;
  areSitesKnown = false;
  timer = 0;
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
    this.state = new LayerState(location.search);
    this.drawing = map.kind === "webgl" ? new GlNetwork(map) : new CanvasNetwork(map);
    this.rasters = new Rasters(region);
    this.lists = new PlaceLists(({ at: [lon, lat], zoom }) => map.goTo(lon, lat, zoom));
    const read = readersOf(region);
    this.sectors = new Part(read.sectors, (part) => part.problem && this.#tell("coverage", part));
    this.kpis = kpisOf(this.rasters, this.state.look, () => showLegends(this));
    this.parts = partsOf(read, this.state, (layer, part) => this.#tell(layer, part));
    this.compliance = new ComplianceStatuses({
      isWanted: () => AGREED.some((layer) => this.state.isByCompliance(layer)),
      redraw: () => (this.drawn.agreed(), showLegends(this)),
    });
    this.drawn = new FeatureDrawing(this);
    this.counts = this.drawn.counts;
    this.swipe = new Swipe(holder, (split) => this.state.set({ split }));
    this.coverage = new Coverage({
      rasters: this.rasters,
      state: this.state,
      drawing: this.drawing,
      swipe: this.swipe,
      tell: (part) => this.#tell("coverage", part),
      onTried: (kpis, problem) => this.isSectorOpen && (problem ? this.sector.fail(problem) : this.sector.show(kpis)),
    });
    this.readout = readoutOf(this);
    this.failure = new Failure({ ...this, close });
    this.sector = sectorPanelOf(this, panel.dataset.mayAdopt === "true", close);
    this.panel = new Panel(panel, this.state, {
      onRetry: (layer) => this.#load(layer),
      onTry: () => this.#tryNearest(),
      onSector: (slug) => this.openSector(slug),
      siteOf: (slug) => this.sites.get(slug),
    });
    this.twins = new Twins(read.live, this, () => this.#anew());
    this.state.onChange((what) => this.#changed(what));
    this.#begin();
  }

  #begin() {
    for (const layer of LAYERS) this.#switch(layer);
    setInterval(() => document.hidden || this.#again(), AGAIN_MS);
  }

  /** Once the sites are known, or known better. */
  sitesChanged() {
    for (const layer of /** @type {const} */ (["links", "circles", "planned"])) this.drawn.draw(layer);
    this.compliance.load(); // the line was opened anew
    this.twins.read();
    if (this.areSitesKnown) this.#again();
    this.areSitesKnown = true;
    if (this.failure.again()) return;
    if (this.state.look.sector && !this.isSectorOpen) this.openSector(this.state.look.sector);
    else this.drawn.beam(this.isSectorOpen);
  }

  useTheme() {
    this.drawing.useTheme();
    this.coverage.useTheme();
    showLegends(this);
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
   * A click on nothing else: what falls without the link that is there, or the figures of that place stay.
   * @param {[number, number]} at @param {{x: number, y: number}} point @returns {boolean} whether it was of use
   */
  clicked(at, point) {
    const { kind, key } = this.drawing.pick(point) ?? {};
    if (kind === "link" || kind === "reach") return this.without("link", key);
    if (!this.state.isShown("coverage")) return false;
    this.readout.pin(at, this.state.heightAt(point.x / this.holder.clientWidth));
    return true;
  }

  /** Show what falls without it. @param {import("./failure.js").Kind} kind @param {string} key */
  without(kind, key) {
    this.leave();
    this.state.set({ without: `${kind}:${key}` });
    return true;
  }

  /** Single keys: one per layer, and some for coverage. */
  keys = () => keysOf(this.state);

  /** Show a sector's sliders in the inspector. @param {string} slug */
  async openSector(slug) {
    const sectors = await this.sectors.load();
    const sector = sectors?.get(slug);
    if (!sector) return;
    if (this.state.look.sector !== slug) this.state.set({ change: null });
    this.isSectorOpen = true;
    this.state.set({ sector: slug, without: "" });
    if (!this.state.isShown("coverage")) this.state.toggle("coverage");
    this.lend((node) => this.sector.open(node, sector, sectors));
    this.drawn.beam(this.isSectorOpen);
  }

  /** The inspector is wanted for something else. */
  leave() {
    this.isSectorOpen = false;
    this.state.set({ change: null, sector: "", without: "" });
    this.drawn.beam(this.isSectorOpen);
  }

  /** @param {string} what */
  #changed(what) {
    if (LAYERS.includes(what)) this.#switch(what);
    else this.#relook(what);
    if (what !== "split") this.panel.refresh();
    if (what !== "split" && what !== "change") showLegends(this); // a slider being dragged leaves them as they are
    this.#remember();
  }

  /** @param {string} what */
  #relook(what) {
    if (what === "twin") this.#anew();
    if (what === "value" || what === "heightM" || what === "compare") this.coverage.refresh();
    if (what === "split" || what === "opacity") this.coverage.look();
    if (what === "change" || ((what === "value" || what === "heightM") && this.state.look.change))
      this.coverage.tryOut();
    if (what === "change") this.drawn.beam(this.isSectorOpen);
    if (what === "heightM") this.readout.again(this.state.look.heightM);
    if (what === "linksBy") this.drawing.paintLinksBy(this.state.look.linksBy);
    if (what === "linksBy" || what === "corridorsBy") {
      this.compliance.load();
      this.drawn.draw(what === "linksBy" ? "links" : "corridors");
    }
    if (what === "reading") this.#load("circles");
    if (what === "centre") this.drawn.draw("circles");
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

  /** The network that is shown is another, or stands otherwise. */
  #anew() {
    this.twins.show();
    this.coverage.refresh();
    this.readout.again(this.state.look.heightM);
    this.#again();
  }

  /** What is shown is read anew; coverage looks after itself. */
  #again() {
    for (const layer of Object.keys(SOURCES)) if (this.state.isShown(layer)) this.#load(layer);
  }

  /** @param {string} layer */
  async #load(layer) {
    if (layer === "coverage") return this.coverage.refresh();
    if (layer === "corridors") this.kpis.load();
    if (this.state.isByCompliance(layer)) this.compliance.load();
    if (layer === "planned") await this.sectors.load();
    await this.parts[/** @type {Layer} */ (layer)].load();
  }

  /** @param {string} layer @param {Part} part */
  #tell(layer, part) {
    const coming = layer === "planned" && part.data && gettext("%(count)s to come");
    this.panel?.note(layer, part, coming ? interpolate(coming, { count: part.data.length }) : "");
    if (part.state !== "loading" && layer !== "coverage") this.drawn.draw(/** @type {Layer} */ (layer));
    if (part.data && layer === "circles") this.panel.showCentres(part.data.centres);
    showLegends(this);
  }

  /** The tried change of the open sector was adopted. */
  async adopted() {
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
