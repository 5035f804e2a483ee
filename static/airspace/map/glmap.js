/** The map on WebGL: MapLibre with our basemap, sites, trail and the drones' own layer. */
import { Map as MapLibre, setWorkerUrl } from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { baseStyle, mapColours, paintOf } from "./basemap.js";
import { tokenRgb } from "../../network/gl.js";
import { DroneCanvas } from "./dronecanvas.js";
import { addOverlays, paintOverlays, siteImages } from "./overlays.js";
import { Pace } from "./pace.js";
import { scaleBar } from "./scale.js";

const GLIDE_TAIL_MS = 1700;
const PEN_MS = 200; // between pictures that the page itself draws
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
    this.drones = new DroneCanvas(store, { isStill });
    this.layer = this.drones.drones;
    this.pace = new Pace();
    this.movingUntilMs = 0;
    this.isChanged = false;
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
    this.map.addLayer(this.drones, "selection");
    if (this.drones.pen) this.pace = new Pace(PEN_MS);
    this.useTheme();
    const loop = () => {
      this.#frame();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  /** Draw while drones glide or something changed, as often as the machine can, and never when nobody looks. */
  #frame() {
    const nowMs = performance.now();
    this.pace.frame(nowMs);
    const isGliding = !this.isStill && nowMs <= this.movingUntilMs;
    if (document.hidden || !(isGliding || this.isChanged) || !this.pace.isDue(nowMs)) return;
    this.isChanged = false;
    this.pace.draw(nowMs);
    this.drones.draw();
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
  }

  /** @param {((slot: number) => boolean)|null} filter */
  setFilter(filter) {
    this.layer.filter = filter;
    this.aged();
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

  /** The map is drawn, so that what lies over it moves along. @param {() => unknown} call */
  onDrawn(call) {
    this.map.on("render", call);
  }

  /** Where canvases over the map go. */
  holder() {
    return this.map.getCanvasContainer();
  }

  /** Where a place is on the map. @param {number} lon @param {number} lat @returns {[number, number]} */
  project(lon, lat) {
    const { x, y } = this.map.project([lon, lat]);
    return [x, y];
  }

  bearing() {
    return this.map.getBearing();
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
    if (group === "drones") this.drones.show(value === "visible");
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
