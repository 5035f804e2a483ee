/** The network's layers on the plain canvas: the same answers as GlNetwork. */
import { NOTHING } from "./features.js";
import { drawCoverage, drawFeatures, pictureOf } from "./canvasnetworkdrawing.js";

/**
 * @typedef {import("./canvasnetworkdrawing.js").Picture} Picture
 * @typedef {import("./features.js").Collection} Collection
 */

/** @type {Record<string, string>} */
const SHOWN_AS = { circles: "reach" };
const PICK_PX = 7;
const SILENT = ["beam", "pin", "falls"]; // they mark what is told elsewhere, and lie over what tells of itself

export class CanvasNetwork {
  /** @param {any} canvasMap */
  constructor(canvasMap) {
    this.map = canvasMap;
    this.shown = new Set(SILENT);
    /** @type {Record<string, Collection>} */
    this.collections = Object.fromEntries(
      ["links", "corridors", "reach", "planned", ...SILENT].map((name) => [name, NOTHING]),
    );
    /** @type {{left: Picture, right: Picture|null, corners: number[][]}|null} */
    this.coverage = null;
    /** @type {{split: number|null, opacity: number, hasEdges: boolean}} */
    this.settings = { split: null, opacity: 0.5, hasEdges: false };
    this.linksBy = "rate";
    /** @type {(() => void)|null} */
    this.drawn = null;
    canvasMap.underlay = () => this.#drawUnder();
  }

  /** @param {import("./coverage.js").Shown|null} shown */
  showCoverage(shown) {
    this.coverage = shown && {
      left: pictureOf(shown.left, shown.lookup),
      right: shown.right && pictureOf(shown.right, shown.lookup),
      corners: shown.corners,
    };
    this.map.aged();
  }

  /** @param {{split?: number|null, opacity?: number, hasEdges?: boolean}} look */
  look(look) {
    Object.assign(this.settings, look);
    this.map.aged();
  }

  /** @param {import("./coverage.js").Shown} shown @param {() => void} done */
  showTrial(shown, done) {
    this.showCoverage(shown);
    this.drawn = done;
  }

  /** @param {string} name @param {Collection} collection */
  show(name, collection) {
    this.collections[name] = collection;
    this.map.aged();
  }

  /** @param {string} name @param {boolean} isShown */
  setShown(name, isShown) {
    const held = SHOWN_AS[name] || name;
    if (isShown) this.shown.add(held);
    else this.shown.delete(held);
    this.map.aged();
  }

  /** @param {string} linksBy */
  paintLinksBy(linksBy) {
    this.linksBy = linksBy;
    this.map.aged();
  }

  useTheme() {
    this.map.aged();
  }

  #drawUnder() {
    if (this.coverage) drawCoverage(this.map, this.coverage, this.settings);
    for (const [name, { features }] of Object.entries(this.collections))
      if (this.shown.has(name)) drawFeatures(this.map, features, this.linksBy);
    const call = this.drawn;
    this.drawn = null;
    call?.();
  }

  /** @param {{x: number, y: number}} point @returns {any|null} properties of what is drawn there */
  pick({ x, y }) {
    for (const [name, { features }] of Object.entries(this.collections)) {
      if (!this.shown.has(name) || SILENT.includes(name)) continue;
      const feature = features.find(
        ({ geometry }) => geometry.type !== "Polygon" && this.#away(geometry, x, y) < PICK_PX,
      );
      if (feature) return feature.properties;
    }
    return null;
  }

  /** @param {import("./features.js").Geometry} geometry @param {number} x @param {number} y */
  #away({ type, coordinates }, x, y) {
    /** @type {number[][]} */
    const points = type === "Point" ? [coordinates] : coordinates;
    const places = points.map(([lon, lat]) => this.map.project(lon, lat));
    if (places.length === 1) return Math.hypot(places[0][0] - x, places[0][1] - y);
    return Math.min(...places.slice(1).map((end, index) => fromLine(places[index], end, x, y)));
  }
}

/** @param {number[]} from @param {number[]} to @param {number} x @param {number} y */
function fromLine([ax, ay], [bx, by], x, y) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + along * dx - x, ay + along * dy - y);
}
