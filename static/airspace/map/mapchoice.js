/** Which map this browser gets: WebGL where it is to be had, else a plain canvas, and the page says so. */
import { byId } from "../../console/dom.js";
import { Basemap } from "./basemapread.js";
import { CanvasMap } from "./canvasmap.js";
import { GlMap } from "./glmap.js";

/**
 * @typedef {{store: import("../tracking/state.js").DroneStore, basemap: any, language: string,
 *   view: {centre: [number, number], zoom: number}, workerUrl: string, isStill: boolean}} Options of a map
 */

/**
 * @param {HTMLElement} node
 * @param {{store: import("../tracking/state.js").DroneStore,
 *   view: {centre: number[]|null, zoom: number|null}, isStill: boolean}}
 *   options
 */
export async function openMap(node, { store, view, isStill }) {
  const ground = new Basemap(node.dataset.basemap || "");
  const basemap = await ground.begun();
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const start = {
    centre: view.centre || JSON.parse(node.dataset.centre || "[0, 0]"),
    zoom: view.zoom ?? Number(node.dataset.zoom),
  };
  const options = { store, basemap, language, view: start, workerUrl: node.dataset.worker || "", isStill };
  const map = tryGl(node, options) || fallBack(node, options);
  await map.ready;
  if (!basemap.features.length) ground.drawOn((data) => map.showBasemap(data));
  return map;
}

/** @param {HTMLElement} node @param {Options} options */
function tryGl(node, options) {
  if (!canWebGl()) return null;
  try {
    return Object.assign(new GlMap(node, options), { kind: "webgl" });
  } catch (reason) {
    console.warn("WebGL map failed", reason);
    node.replaceChildren();
    return null;
  }
}

/** @param {HTMLElement} node @param {Options} options */
function fallBack(node, options) {
  byId("no-webgl").hidden = false;
  return Object.assign(new CanvasMap(node, options), { kind: "canvas" });
}

/** Whether this browser can draw with WebGL 2. */
function canWebGl() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}
