/** The map on WebGL: MapLibre with our basemap, sites, trail and the drones' own layer. */
import { Map as MapLibre, setWorkerUrl } from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { baseStyle, mapColours, paintOf } from "./basemap.js";
import { tokenRgb } from "../../network/gl.js";
import { DroneLayer } from "./layer.js";
import { addOverlays, paintOverlays, siteImages } from "./overlays.js";
import { scaleBar } from "./scale.js";

const FRAME_MS = 33;
const SLOW_MS = 60; // a picture that takes longer is drawn by software, and the page has other things to do
const REST = 3; // of a slow machine's time at most a third goes into pictures
const MOST_REST_MS = 1500;
const WATCHED = 3; // frames in which the cost of a picture may show
const GLIDE_TAIL_MS = 1700;
const NO_FEATURES = { type: "FeatureCollection", features: [] };
/** @type {Record<string, any>} */
const GROUPS = {
  sites: ["sites"],
  names: ["places", "waters", "border"],
  streets: ["road-1", "road-2", "road-3", "building"],
  trail: ["trail", "trail-gap"],
  drones: ["drones", "selection"],
};

export class GlMap {
  /** @param {HTMLElement} node @param {import("./mapchoice.js").Options} options */
  constructor(node, { store, basemap, language, view, workerUrl, isStill }) {
    setWorkerUrl(new URL(workerUrl, location.href).href);
    this.store = store;
    this.isStill = isStill;
    this.layer = new DroneLayer(store, { isStill });
    this.lastMs = 0;
    this.movingUntilMs = 0;
    this.isChanged = false;
    this.watched = WATCHED;
    this.slowestMs = 0;
    this.frameMs = 0;
    this.costMs = 0;
    this.map = new MapLibre({
      container: node,
      style: baseStyle(basemap, language),
      center: view.centre,
      zoom: view.zoom,
      attributionControl: false,
      minZoom: 6,
      maxZoom: 18,
      maxPitch: 65,
      fadeDuration: isStill ? 0 : 120,
      localIdeographFontFamily: "sans-serif",
      dragRotate: true,
    });
    this.map.keyboard.disableRotation?.();
    this.map.addControl(scaleBar(), "bottom-right");
    this.map.getCanvas().setAttribute("aria-label", node.dataset.label || "");
    this.ready = new Promise((resolve) => this.map.once("load", () => resolve(this.#dress())));
  }

  #dress() {
    addOverlays(this.map);
    this.map.addLayer(this.layer, "selection");
    this.useTheme();
    const loop = () => {
      this.#frame();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  /** Repaint while drones glide or something changed, as often as the machine can, and never when nobody looks. */
  #frame() {
    const nowMs = performance.now();
    this.#noteCost(nowMs);
    const restMs = this.costMs > SLOW_MS ? Math.min(MOST_REST_MS, this.costMs * REST) : FRAME_MS;
    const isGliding = !this.isStill && nowMs <= this.movingUntilMs;
    if (document.hidden || !(isGliding || this.isChanged) || nowMs - this.lastMs < restMs) return;
    [this.lastMs, this.isChanged] = [nowMs, false];
    if (this.watched >= WATCHED) this.watched = this.slowestMs = 0;
    this.map.triggerRepaint();
  }

  /**
   * Frames come late while a picture is drawn, here or in the graphics process: the longest of the next is its cost.
   * @param {number} nowMs
   */
  #noteCost(nowMs) {
    const sinceMs = Math.min(nowMs - this.frameMs, MOST_REST_MS); // a page that was hidden saw no frame for long
    this.frameMs = nowMs;
    if (this.watched >= WATCHED) return;
    this.slowestMs = Math.max(this.slowestMs, sinceMs);
    if (++this.watched === WATCHED) this.costMs += (this.slowestMs - this.costMs) * 0.3;
  }

  /** Something new to draw. */
  changed() {
    this.movingUntilMs = performance.now() + GLIDE_TAIL_MS;
    this.isChanged = true;
  }

  /** Ages moved on: stale and lost drones look it. */
  aged() {
    this.layer.invalidate();
    this.isChanged = true;
  }

  /** @param {number} id */
  select(id) {
    this.layer.selected = id;
    this.aged();
    this.map.triggerRepaint();
  }

  /** @param {((slot: number) => boolean)|null} filter */
  setFilter(filter) {
    this.layer.filter = filter;
    this.aged();
    this.map.triggerRepaint();
  }

  bounds() {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  view() {
    const { lng, lat } = this.map.getCenter();
    return { centre: [lng, lat], zoom: this.map.getZoom() };
  }

  /** @param {(...given: any[]) => unknown} call */
  onMoved(call) {
    this.map.on("moveend", call);
  }

  /**
   * `call` receives {drone} or {site} or neither for what was clicked, and where.
   * @param {(...given: any[]) => unknown} call
   */
  onPick(call) {
    this.map.on("click", (event) => call({ ...this.#at(event.point), ...placeOf(event) }));
    this.map.on("mousemove", (event) => {
      const result = this.#at(event.point);
      this.map.getCanvas().style.cursor = result.drone || result.site ? "pointer" : "";
    });
  }

  /**
   * `call` receives where the pointer is, null once it left the map or is over a drone.
   * @param {(...given: any[]) => unknown} call
   */
  onHover(call) {
    this.map.on("mousemove", (event) => call(this.map.getCanvas().style.cursor === "pointer" ? null : placeOf(event)));
    this.map.on("mouseout", () => call(null));
  }

  /** @param {any} point */
  #at(point) {
    const drone = this.isShown("drones") ? this.layer.pick(point) : 0;
    if (drone) return { drone };
    const [site] = this.map.getLayer("sites")
      ? this.map.queryRenderedFeatures(
          [
            [point.x - 8, point.y - 8],
            [point.x + 8, point.y + 8],
          ],
          { layers: ["sites"] },
        )
      : [];
    return site ? { site: site.properties.slug } : {};
  }

  /** The person took the map into their own hands. @param {(...given: any[]) => unknown} call */
  onGrabbed(call) {
    this.map.on("dragstart", call);
  }

  /** @param {number} lon @param {number} lat @param {number} [zoom] */
  goTo(lon, lat, zoom) {
    this.map.easeTo({
      center: [lon, lat],
      zoom: Math.max(zoom || 0, this.map.getZoom()),
      duration: this.isStill ? 0 : 300,
    });
  }

  /** @param {number} step */
  zoomBy(step) {
    this.map.easeTo({ zoom: this.map.getZoom() + step, duration: this.isStill ? 0 : 150 });
  }

  /** @param {string} id @returns {any} what its features are set in, once the map is dressed */
  #source(id) {
    return this.map.getSource(id);
  }

  /** @param {any} basemap */
  showBasemap(basemap) {
    this.#source("base")?.setData(basemap);
  }

  /** @param {any} collection */
  showSites(collection) {
    this.#source("sites")?.setData(collection);
  }

  /** @param {any} collection */
  showTrail(collection) {
    this.#source("trail")?.setData(collection || NO_FEATURES);
  }

  /** The name beside the selected thing. @param {number[]|null} at @param {string} [label] */
  showLabel(at, label = "") {
    const features = at
      ? [{ type: "Feature", properties: { label }, geometry: { type: "Point", coordinates: at } }]
      : [];
    this.#source("selection")?.setData({ type: "FeatureCollection", features });
  }

  /** @param {string} group */
  toggle(group) {
    const value = this.isShown(group) ? "none" : "visible";
    for (const id of GROUPS[group]) this.map.setLayoutProperty(id, "visibility", value);
    return value === "visible";
  }

  /** @param {string} group */
  isShown(group) {
    return this.map.getLayer(GROUPS[group][0]) && this.map.getLayoutProperty(GROUPS[group][0], "visibility") !== "none";
  }

  useTheme() {
    const colours = mapColours();
    for (const { id } of this.map.getStyle().layers) {
      for (const [name, value] of Object.entries(paintOf(id, colours)))
        this.map.setPaintProperty(id, /** @type {any} */ (name), value);
    }
    this.layer.colours = new Float32Array(
      ["drone", "minor", "critical", "drone-ground", "major", "accent", "unknown"].flatMap(tokenRgb),
    );
    this.layer.halo = tokenRgb("map-halo");
    siteImages(this.map);
    paintOverlays(this.map, colours);
    this.aged();
  }

  resize = () => void this.map.resize();
}

/** @param {any} given */
const placeOf = ({ point, lngLat }) => ({ at: [lngLat.lng, lngLat.lat], point });
