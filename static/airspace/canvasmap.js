/** The map without WebGL: one canvas, the same answers as GlMap, fewer details. */
import { mapColours } from "./basemap.js";
import { drawBase, drawDrones, drawSites, drawTrail } from "./canvasdrawing.js";
import { latOf, lonOf, mercatorX, mercatorY } from "../network/mercator.js";

const TILE_PX = 512;
const FRAME_MS = 66;
const PICK_PX = 16;

export class CanvasMap {
  constructor(node, { store, basemap, language, view, isStill }) {
    Object.assign(this, { node, store, basemap, language, isStill });
    this.canvas = document.createElement("canvas");
    this.canvas.className = "canvas-map";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("aria-label", node.dataset.label || "");
    this.canvas.setAttribute("role", "application");
    node.append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    this.centre = view.centre;
    this.zoom = view.zoom;
    this.hidden = new Set();
    this.sites = this.trail = { features: [] };
    this.label = null;
    this.selected = 0;
    this.filter = null;
    this.underlay = null; // drawn between the ground and the sites
    this.calls = { moved: [], pick: [], grabbed: [], hover: [] };
    this.isDirty = true;
    this.lastMs = 0;
    this.movingUntilMs = 0;
    this.ready = Promise.resolve();
    this.#listen();
    this.useTheme();
    this.resize();
    const loop = () => {
      this.#frame();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  #listen() {
    this.canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 0.5 : -0.5);
    }, { passive: false });
    this.canvas.addEventListener("pointermove", (event) => this.calls.hover.forEach((call) => call(this.#over(event))));
    this.canvas.addEventListener("pointerleave", () => this.calls.hover.forEach((call) => call(null)));
    this.canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (way) this.#shift(way[0] * 80, way[1] * 80, true);
    });
  }

  #grab(down) {
    let [x, y, isDrag] = [down.clientX, down.clientY, false];
    this.canvas.setPointerCapture(down.pointerId);
    const move = (event) => {
      if (!isDrag && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 4) return;
      if (!isDrag) this.calls.grabbed.forEach((call) => call());
      isDrag = true;
      this.#shift(x - event.clientX, y - event.clientY, false);
      [x, y] = [event.clientX, event.clientY];
    };
    const up = (event) => {
      this.canvas.removeEventListener("pointermove", move);
      if (isDrag) return this.#told();
      const over = this.#over(event);
      this.calls.pick.forEach((call) => call({ ...this.#at(over.point.x, over.point.y), ...over }));
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", up, { once: true });
  }

  #over(event) {
    const box = this.canvas.getBoundingClientRect();
    const point = { x: event.clientX - box.left, y: event.clientY - box.top };
    const world = this.#world();
    const x = mercatorX(this.centre[0]) + (point.x - this.width / 2) / world;
    const y = mercatorY(this.centre[1]) + (point.y - this.height / 2) / world;
    return { point, at: [lonOf(x), latOf(y)] };
  }

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

  /** Where a place is on the canvas. @returns {[number, number]} */
  project(lon, lat) {
    const world = this.#world();
    return [
      (mercatorX(lon) - mercatorX(this.centre[0])) * world + this.width / 2,
      (mercatorY(lat) - mercatorY(this.centre[1])) * world + this.height / 2,
    ];
  }

  #at(x, y) {
    let best = PICK_PX ** 2;
    let found = {};
    const consider = (lon, lat, what) => {
      const [px, py] = this.project(lon, lat);
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < best) [best, found] = [away, what];
    };
    if (this.isShown("sites")) for (const site of this.sites.features) consider(...site.geometry.coordinates, { site: site.properties.slug });
    for (let slot = 0; this.isShown("drones") && slot < this.store.count; slot++) {
      if (!this.filter || this.filter(slot)) consider(this.store.lon[slot], this.store.lat[slot], { drone: this.store.ids[slot] });
    }
    return found;
  }

  #frame() {
    const nowMs = performance.now();
    if (document.hidden || nowMs - this.lastMs < FRAME_MS || (!this.isDirty && nowMs > this.movingUntilMs)) return;
    this.lastMs = nowMs;
    this.isDirty = false;
    const ratio = devicePixelRatio || 1;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawBase(this);
    this.underlay?.();
    if (this.isShown("trail")) drawTrail(this);
    if (this.isShown("sites")) drawSites(this);
    if (this.isShown("drones")) drawDrones(this, nowMs);
  }

  changed() {
    if (this.isStill) this.isDirty = true;
    else this.movingUntilMs = performance.now() + 1700;
  }
  aged() {
    this.isDirty = true;
  }
  select(id) {
    this.selected = id;
    this.aged();
  }
  setFilter(filter) {
    this.filter = filter;
    this.aged();
  }
  bounds() {
    const [dx, dy] = [this.width / 2 / this.#world(), this.height / 2 / this.#world()];
    const [x, y] = [mercatorX(this.centre[0]), mercatorY(this.centre[1])];
    return [lonOf(x - dx), latOf(y + dy), lonOf(x + dx), latOf(y - dy)];
  }
  view() {
    return { centre: this.centre, zoom: this.zoom };
  }
  onMoved(call) {
    this.calls.moved.push(call);
  }
  onPick(call) {
    this.calls.pick.push(call);
  }
  onHover(call) {
    this.calls.hover.push(call);
  }
  onGrabbed(call) {
    this.calls.grabbed.push(call);
  }
  goTo(lon, lat, zoom) {
    this.centre = [lon, lat];
    this.zoom = Math.max(zoom || 0, this.zoom);
    this.aged();
    this.#told();
  }
  zoomBy(step) {
    this.zoom = Math.max(6, Math.min(18, this.zoom + step));
    this.aged();
    this.#told();
  }
  showSites(collection) {
    this.sites = collection;
    this.aged();
  }
  showTrail(collection) {
    this.trail = collection || { features: [] };
    this.aged();
  }
  showLabel(at, text) {
    this.label = at && { at, text };
    this.aged();
  }
  toggle(group) {
    if (!this.hidden.delete(group)) this.hidden.add(group);
    this.aged();
    return this.isShown(group);
  }
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
