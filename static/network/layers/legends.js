/** The legends of the layers that are shown, and lists of places beside them. */
import { byId, replace } from "../../console/dom.js";
import { legendOf } from "./legend.js";
import { LAYERS } from "./state.js";

/** @typedef {import("./layers.js").NetworkLayers} NetworkLayers */

/** @param {NetworkLayers} network */
export function showLegends(network) {
  for (const layer of LAYERS) {
    const block = network.state.isShown(layer) && legendOf(layer, network);
    if (layer === "coverage") replace(byId("net-legends"), block);
    else network.panel?.showLegend(layer, block);
    if (layer === "circles" || layer === "corridors") list(network, layer, Boolean(block));
  }
}

/** @param {NetworkLayers} network @param {"circles"|"corridors"} layer @param {boolean} isShown */
function list(network, layer, isShown) {
  const { lists, parts, sites, state } = network;
  if (isShown) lists.show(layer, parts[layer].data, (slug) => sites.get(slug), state.look.centre);
  network.panel?.showPlaces(layer, isShown && lists[layer].node);
}
