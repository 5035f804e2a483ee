/** The network's layers on MapLibre: sources, layers and their paint. What they show is decided elsewhere. */
import { tokenRgb } from "../gl.js";
import { CoverageLayer } from "./coveragelayer.js";
import { NOTHING } from "./features.js";
import { LAYER_IDS, SOURCES, layersOf, planImages } from "./glstyle.js";

const UNDER_ROADS = "road-3";
const BUILDING_OPACITY = 0.75, BUILDING_UNDER_COVERAGE = 0.3;

export class GlNetwork {
  /** @param {any} glMap our map on WebGL */
  constructor(glMap) {
    this.map = glMap.map;
    this.coverage = new CoverageLayer();
    this.linksBy = "rate";
    for (const id of SOURCES) this.map.addSource(id, { type: "geojson", data: NOTHING });
    this.map.addLayer(this.coverage, UNDER_ROADS);
    planImages(this.map);
    for (const { before, ...layer } of layersOf(this.linksBy)) this.map.addLayer(layer, before);
    this.useTheme();
  }

  /** @param {{left: any, right: any, lookup: Uint8Array, corners: number[][]}|null} shown */
  showCoverage(shown) {
    if (shown) this.coverage.show(shown.left, shown.right, shown.lookup, shown.corners);
    else this.coverage.clear();
    this.map.setPaintProperty("building", "fill-extrusion-opacity", shown ? BUILDING_UNDER_COVERAGE : BUILDING_OPACITY);
    this.map.triggerRepaint();
  }

  /** @param {{split?: number|null, opacity?: number, hasEdges?: boolean}} look */
  look(look) {
    Object.assign(this.coverage.look, look);
    this.map.triggerRepaint();
  }

  /** Called once when what was just shown is on the screen. @param {() => void} call */
  onceDrawn(call) {
    this.coverage.drawn = () => {
      this.coverage.drawn = null;
      call();
    };
    this.map.triggerRepaint();
  }

  /** @param {string} name "links", "reach", "corridors", "planned" or "beam" @param {any} collection */
  show(name, collection) {
    this.map.getSource(`net-${name}`).setData(collection);
  }

  /** @param {string} name @param {boolean} isShown */
  setShown(name, isShown) {
    for (const id of LAYER_IDS[name] || []) this.map.setLayoutProperty(id, "visibility", isShown ? "visible" : "none");
  }

  paintLinksBy(linksBy) {
    this.linksBy = linksBy;
    this.#paint();
  }

  useTheme() {
    this.coverage.look.hatch = tokenRgb("unknown");
    planImages(this.map);
    this.#paint();
  }

  #paint() {
    for (const { id, paint } of layersOf(this.linksBy)) for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(id, name, value);
    this.map.triggerRepaint();
  }

  /** What of the network is drawn at a point. @param {{x: number, y: number}} point @returns {any|null} its properties */
  pick({ x, y }) {
    const layers = ["links", "reach", "reach-marks", "corridors", "planned-lines", "planned"].map((id) => `net-${id}`);
    const [found] = this.map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers });
    return found ? found.properties : null;
  }
}
