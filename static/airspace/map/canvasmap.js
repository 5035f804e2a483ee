/** The map without WebGL: one canvas, the same answers as GlMap, fewer details. */
import { mapColours } from "./basemap.js";
import { drawAll } from "./canvasdrawing.js";
import { MapCalls } from "./mapcalls.js";
import { canvasIn, dragOrClick, onArrows } from "./canvasdrag.js";
import { penOf } from "../../network/gl.js";
import { latOf, lonOf, mercatorX, mercatorY } from "../../network/mercator.js";

const TILE_PX = 512;
const FRAME_MS = 66;
const PICK_PX = 16;

export class CanvasMap extends MapCalls {
  /** @type {Set<string>} */
  hidden = new Set();
  /** @type {any} */
  sites = { features: [] };
  /** @type {any} */
  trail = { features: [] };
  /** @type {{at: number[], text: string}|null} */
  label = null;
  selected = 0;
  /** @type {((slot: number) => boolean)|null} */
  filter = null;
  /** @type {(() => void)|null} */
  underlay = null; // drawn between the ground and the sites
  isDirty = true;
  lastMs = 0;
  movingUntilMs = 0;
  ready = Promise.resolve();
  colours = mapColours();
  width = 0;
  height = 0;

  /** @param {HTMLElement} node @param {import("./mapchoice.js").Options} options */
  constructor(node, { store, basemap, language, view, isStill }) {
    super();
    this.node = node;
    this.store = store;
    this.basemap = basemap;
    this.language = language;
    this.isStill = isStill;
    this.canvas = canvasIn(node);
    this.pen = penOf(this.canvas);
    /** @type {number[]} */
    this.centre = view.centre;
    this.zoom = view.zoom;
    this.#listen();
    this.useTheme();
    this.resize();
    this.#run();
  }

  #run() {
    requestAnimationFrame(() => {
      this.#frame();
      this.#run();
    });
  }

  #listen() {
    this.canvas.addEventListener("pointerdown", (event) => dragOrClick(this.canvas, event, this.#drags()));
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 0.5 : -0.5);
      },
      { passive: false },
    );
    this.canvas.addEventListener("pointermove", (event) => this.calls.hover.forEach((call) => call(this.#over(event))));
    this.canvas.addEventListener("pointerleave", () => this.calls.hover.forEach((call) => call(null)));
    onArrows(this.canvas, (dx, dy) => this.#shift(dx * 80, dy * 80, true));
  }

  /** What dragging and clicking do. @returns {import("./canvasdrag.js").Calls} */
  #drags() {
    return {
      grabbed: () => this.calls.grabbed.forEach((call) => call()),
      shift: (dx, dy) => this.#shift(dx, dy, false),
      moved: () => this.#told(),
      click: (event) => {
        const over = this.#over(event);
        this.calls.pick.forEach((call) => call({ ...this.#at(over.point.x, over.point.y), ...over }));
      },
    };
  }

  /** @param {PointerEvent} event */
  #over(event) {
    const box = this.canvas.getBoundingClientRect();
    const point = { x: event.clientX - box.left, y: event.clientY - box.top };
    const world = this.#world();
    const x = mercatorX(this.centre[0]) + (point.x - this.width / 2) / world;
    const y = mercatorY(this.centre[1]) + (point.y - this.height / 2) / world;
    return { point, at: [lonOf(x), latOf(y)] };
  }

  /** @param {number} dx @param {number} dy @param {boolean} isDone */
  #shift(dx, dy, isDone) {
    const world = this.#world();
    this.centre = [lonOf(mercatorX(this.centre[0]) + dx / world), latOf(mercatorY(this.centre[1]) + dy / world)];
    this.isDirty = true;
    if (isDone) this.#told();
  }

  #told() {
    this.calls.moved.forEach((call) => call());
  }

  #world() {
    return TILE_PX * 2 ** this.zoom;
  }

  /** Where a place is on the canvas. @param {number} lon @param {number} lat @returns {[number, number]} */
  project(lon, lat) {
    const world = this.#world();
    return [
      (mercatorX(lon) - mercatorX(this.centre[0])) * world + this.width / 2,
      (mercatorY(lat) - mercatorY(this.centre[1])) * world + this.height / 2,
    ];
  }

  /** @param {number} x @param {number} y */
  #at(x, y) {
    let best = PICK_PX ** 2;
    let result = {};
    /** @param {number} lon @param {number} lat @param {any} what */
    const consider = (lon, lat, what) => {
      const [px, py] = this.project(lon, lat);
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < best) [best, result] = [away, what];
    };
    if (this.isShown("sites"))
      for (const site of this.sites.features)
        consider(site.geometry.coordinates[0], site.geometry.coordinates[1], { site: site.properties.slug });
    for (let slot = 0; this.isShown("drones") && slot < this.store.count; slot++) {
      if (!this.filter || this.filter(slot))
        consider(this.store.lon[slot], this.store.lat[slot], { drone: this.store.ids[slot] });
    }
    return result;
  }

  #frame() {
    const nowMs = performance.now();
    if (document.hidden || nowMs - this.lastMs < FRAME_MS || (!this.isDirty && nowMs > this.movingUntilMs)) return;
    this.lastMs = nowMs;
    this.isDirty = false;
    const ratio = devicePixelRatio || 1;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawAll(this, nowMs);
    this.calls.drawn.forEach((call) => call());
  }

  changed() {
    if (this.isStill) this.isDirty = true;
    else this.movingUntilMs = performance.now() + 1700;
  }
  aged() {
    this.isDirty = true;
  }
  /** @param {number} id */
  select(id) {
    this.selected = id;
    this.aged();
  }
  /** @param {((slot: number) => boolean)|null} filter */
  setFilter(filter) {
    this.filter = filter;
    this.aged();
  }
  holder() {
    return this.node;
  }
  bearing() {
    return 0; // north is up
  }
  bounds() {
    const [dx, dy] = [this.width / 2 / this.#world(), this.height / 2 / this.#world()];
    const [x, y] = [mercatorX(this.centre[0]), mercatorY(this.centre[1])];
    return [lonOf(x - dx), latOf(y + dy), lonOf(x + dx), latOf(y - dy)];
  }
  view() {
    return { centre: this.centre, zoom: this.zoom };
  }
  /** @param {number} lon @param {number} lat @param {number} [zoom] */
  goTo(lon, lat, zoom) {
    this.centre = [lon, lat];
    this.zoom = Math.max(zoom || 0, this.zoom);
    this.aged();
    this.#told();
  }
  /** @param {number} step */
  zoomBy(step) {
    this.zoom = Math.max(6, Math.min(18, this.zoom + step));
    this.aged();
    this.#told();
  }
  /** @param {any} basemap */
  showBasemap(basemap) {
    this.basemap = basemap;
    this.aged();
  }
  /** @param {any} collection */
  showSites(collection) {
    this.sites = collection;
    this.aged();
  }
  /** @param {any} collection */
  showTrail(collection) {
    this.trail = collection || { features: [] };
    this.aged();
  }
  /** @param {number[]|null} at @param {string} [text] */
  showLabel(at, text = "") {
    this.label = at && { at, text };
    this.aged();
  }
  /** @param {string} group */
  toggle(group) {
    if (!this.hidden.delete(group)) this.hidden.add(group);
    this.aged();
    return this.isShown(group);
  }
  /** @param {string} group */
  isShown(group) {
    return !this.hidden.has(group);
  }
  useTheme() {
    this.colours = mapColours();
    this.aged();
  }
  resize() {
    const ratio = devicePixelRatio || 1;
    [this.width, this.height] = [this.node.clientWidth, this.node.clientHeight];
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.aged();
  }
}
