/** The network's layers on MapLibre: sources, layers and their paint. What they show is decided elsewhere. */
import { tokenRgb } from "../gl.js";
import { CoverageLayer } from "./coveragelayer.js";
import { NOTHING } from "./features.js";
import { QuickPicture } from "./quickpicture.js";
import { LAYER_IDS, SOURCES, layersOf } from "./glstyle.js";
import { fallImages } from "./glfalls.js";
import { planImages } from "./glplans.js";

const UNDER_ROADS = "road-3";
const SETTLE_MS = 350; // after the last trial the map itself is drawn with it
const BUILDING_OPACITY = 0.75,
  BUILDING_UNDER_COVERAGE = 0.3;

/** @typedef {import("./coverage.js").Shown} Shown */

export class GlNetwork {
  /** @param {any} glMap our map on WebGL */
  constructor(glMap) {
    this.map = glMap.map;
    this.coverage = new CoverageLayer();
    this.linksBy = "rate";
    this.quick = new QuickPicture(this.map);
    /** @type {Shown|null} */
    this.shown = null;
    /** @type {Shown|null} */
    this.waiting = null;
    this.timer = 0;
    this.map.on("movestart", () => this.waiting && this.showCoverage(this.waiting));
    for (const id of SOURCES) this.map.addSource(id, { type: "geojson", data: NOTHING });
    this.map.addLayer(this.coverage, UNDER_ROADS);
    planImages(this.map);
    fallImages(this.map);
    for (const { before, ...layer } of layersOf(this.linksBy)) this.map.addLayer(layer, before);
    this.useTheme();
  }

  /** @param {Shown|null} shown */
  showCoverage(shown) {
    clearTimeout(this.timer);
    this.shown = shown;
    this.waiting = null;
    if (shown) this.coverage.show(shown.left, shown.right, shown.lookup, shown.corners);
    else this.coverage.clear();
    this.coverage.drawn = () => this.quick.hide();
    this.map.setPaintProperty("building", "fill-extrusion-opacity", shown ? BUILDING_UNDER_COVERAGE : BUILDING_OPACITY);
    this.map.triggerRepaint();
  }

  /**
   * A trial while a slider moves: what differs at once, the whole map once the slider rests.
   * @param {Shown} shown @param {() => void} done
   */
  showTrial(shown, done) {
    if (!this.shown || shown.right || !this.quick.isPossible) {
      this.showCoverage(shown);
      this.coverage.drawn = () => {
        this.quick.hide();
        done();
      };
      return;
    }
    this.quick.show(this.shown.left, shown.left, shown.lookup, shown.corners, this.coverage.look.opacity);
    clearTimeout(this.timer);
    this.waiting = shown;
    this.timer = setTimeout(() => this.showCoverage(shown), SETTLE_MS);
    requestAnimationFrame(done);
  }

  /** @param {{split?: number|null, opacity?: number, hasEdges?: boolean}} look */
  look(look) {
    Object.assign(this.coverage.look, look);
    this.map.triggerRepaint();
  }

  /** @param {string} name of a source: "links", "falls" @param {any} collection */
  show(name, collection) {
    this.map.getSource(`net-${name}`).setData(collection);
  }

  /** @param {string} name @param {boolean} isShown */
  setShown(name, isShown) {
    for (const id of LAYER_IDS[name] || []) this.map.setLayoutProperty(id, "visibility", isShown ? "visible" : "none");
  }

  /** @param {string} linksBy */
  paintLinksBy(linksBy) {
    this.linksBy = linksBy;
    this.#paint();
  }

  useTheme() {
    this.coverage.look.hatch = tokenRgb("unknown");
    planImages(this.map);
    fallImages(this.map);
    this.#paint();
  }

  #paint() {
    for (const { id, paint } of layersOf(this.linksBy))
      for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(id, name, value);
    this.map.triggerRepaint();
  }

  /**
   * What of the network is drawn at a point.
   * @param {{x: number, y: number}} point @returns {any|null} its properties
   */
  pick({ x, y }) {
    const layers = Object.values(LAYER_IDS)
      .flat()
      .filter((id) => !/-(halo|names)$/.test(id));
    const [feature] = this.map.queryRenderedFeatures(
      [
        [x - 4, y - 4],
        [x + 4, y + 4],
      ],
      { layers },
    );
    return feature ? feature.properties : null;
  }
}
