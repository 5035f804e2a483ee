/**
 * A map of the sites by state on a plain canvas: light enough for a thousand sites, redrawn only when something
 * changed.
 */
import { el } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { penOf } from "../gl.js";
import { latOf, lonOf, mercatorX, mercatorY } from "../mercator.js";
import { beginGround, continueGround, drawSites, pathsOf } from "./sitemapdrawing.js";

const TILE_PX = 512;
const PICK_PX = 14;
const PAN_PX = 60;
const [LEAST_ZOOM, MOST_ZOOM] = [4, 17];
/** @type {Record<string, number[]>} */
const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class SiteMap {
  /**
   * @param {HTMLElement} node
   * @param {{basemap: any, language: string, label?: string, pick: (slug: string) => void, over: (slug: string|null) =>
   *   void}} options `label` says what it shows, and where the same is said in words
   */
  constructor(node, options) {
    this.node = node;
    this.basemap = options.basemap;
    this.language = options.language;
    this.pick = options.pick;
    this.over = options.over;
    /** @type {Array<{slug: string, x: number, y: number, state: string, name: string}>} */
    this.sites = [];
    this.selected = "";
    this.zoom = 10;
    this.centre = [0, 0];
    this.isAsked = false;
    /** @type {any} */
    this.ground = null;
    /** @type {any} */
    this.paths = null;
    this.isFitted = false;
    this.key = "";
    this.width = 0;
    this.height = 0;
    this.canvas = /** @type {HTMLCanvasElement} */ (
      el("canvas", {
        tabindex: "0",
        role: "application",
        "aria-label":
          options.label ??
          gettext(
            "Map of the sites by state; the table below says the same in words. Arrow keys move it, plus and minus zoom, 0 shows all.",
          ),
      })
    );
    this.pen = penOf(this.canvas);
    node.replaceChildren(this.canvas);
    this.#listen();
    this.sizes = new ResizeObserver(() => this.#resize());
    this.sizes.observe(node);
    this.life = new AbortController();
    document.addEventListener("loft:theme", () => this.#moved(), { signal: this.life.signal });
    pathsOf(options.basemap).then((paths) => ((this.paths = paths), this.#moved()));
  }

  /** It is shown no longer: nothing is drawn any more, whatever changes. */
  close() {
    this.sizes.disconnect();
    this.life.abort();
    this.canvas.remove();
  }

  #listen() {
    this.canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    this.canvas.addEventListener("pointermove", (event) => event.buttons || this.over(this.#at(event)?.slug ?? null));
    this.canvas.addEventListener("pointerleave", () => this.over(null));
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        // the page scrolls unless the map was entered
        if (!event.ctrlKey && document.activeElement !== this.canvas) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 0.5 : -0.5);
      },
      { passive: false },
    );
    this.canvas.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = PANS[event.key];
    if (way) this.#shift(way[0] * PAN_PX, way[1] * PAN_PX);
    else if (event.key === "+" || event.key === "=") this.zoomBy(0.5);
    else if (event.key === "-") this.zoomBy(-0.5);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  /** @param {PointerEvent} down */
  #grab(down) {
    let [x, y] = [down.clientX, down.clientY];
    let isDrag = false;
    this.canvas.setPointerCapture(down.pointerId);
    const over = new AbortController(); // whether it ends well or the pointer is taken away
    /** @param {PointerEvent} event */
    const move = (event) => {
      if (!isDrag && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 4) return;
      isDrag = true;
      this.#shift(x - event.clientX, y - event.clientY);
      [x, y] = [event.clientX, event.clientY];
    };
    /** @param {PointerEvent} event */
    const up = (event) => {
      const site = isDrag ? null : this.#at(event);
      if (site) this.pick(site.slug);
    };
    this.canvas.addEventListener("pointermove", move, { signal: over.signal });
    this.canvas.addEventListener("pointerup", up, { signal: over.signal });
    this.canvas.addEventListener("lostpointercapture", () => over.abort(), { once: true });
  }

  /** @param {MouseEvent} event */
  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = PICK_PX ** 2;
    let nearest = null;
    const { world, left, top } = this.frame();
    for (const site of this.sites) {
      const [px, py] = [site.x * world + left, site.y * world + top];
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < best) [best, nearest] = [away, site];
    }
    return nearest;
  }

  get world() {
    return TILE_PX * 2 ** this.zoom;
  }

  /** Where the unit square lies on the canvas: its scale and origin. [px] */
  frame() {
    const world = this.world;
    return {
      world,
      left: this.width / 2 - mercatorX(this.centre[0]) * world,
      top: this.height / 2 - mercatorY(this.centre[1]) * world,
    };
  }

  /** @param {number} dx @param {number} dy */
  #shift(dx, dy) {
    this.centre = [
      lonOf(mercatorX(this.centre[0]) + dx / this.world),
      latOf(mercatorY(this.centre[1]) + dy / this.world),
    ];
    this.#moved();
  }

  /** @param {number} step */
  zoomBy(step) {
    this.zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.zoom + step));
    this.#moved();
  }

  /** Show every site. */
  fit() {
    if (!this.sites.length || !this.width) return;
    const [xs, ys] = [this.sites.map(({ x }) => x), this.sites.map(({ y }) => y)];
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.centre = [lonOf((west + east) / 2), latOf((north + south) / 2)];
    const side = Math.min(this.width / Math.max(east - west, 1e-6), this.height / Math.max(south - north, 1e-6)) * 0.88;
    this.zoom = Math.max(LEAST_ZOOM, Math.min(13, Math.log2(side / TILE_PX)));
    this.isFitted = true;
    this.#moved();
  }

  #moved() {
    this.ground = null;
    this.ask();
  }

  #resize() {
    const ratio = devicePixelRatio || 1;
    [this.width, this.height] = [this.node.clientWidth, this.node.clientHeight];
    [this.canvas.width, this.canvas.height] = [this.width * ratio, this.height * ratio];
    if (!this.isFitted) this.fit();
    this.#moved();
  }

  /** @param {any[]} sites with slug, x and y in the unit square, state, name @param {string} selected */
  show(sites, selected) {
    const key = sites.map((site) => site.slug + site.state).join() + selected;
    if (key === this.key) return;
    [this.key, this.sites, this.selected] = [key, sites, selected];
    if (!this.isFitted) this.fit();
    this.ask();
  }

  ask() {
    if (this.isAsked || !this.width || this.life.signal.aborted) return;
    this.isAsked = true;
    requestAnimationFrame(() => ((this.isAsked = false), this.#draw()));
  }

  #draw() {
    const ratio = devicePixelRatio || 1;
    this.ground ||= beginGround(this, this.paths || {}, ratio);
    if (continueGround(this.ground)) this.ask();
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.drawImage(this.ground.canvas, 0, 0);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawSites(this);
  }
}
