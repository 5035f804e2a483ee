/** Keys and buttons of the map page. */
import { byId } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { bindKeys } from "../../console/keyboard.js";

const LAYERS = ["drones", "sites", "names", "streets", "trail"];
/** @param {string} group @returns {any} */
const layerButton = (group) => document.querySelector(`[data-layer="${group}"]`);

/**
 * @param {any} map
 * @param {{clear: () => void, walk: (step: 1|-1) => void, follow: () => void, toggleTable: () => void,
 *   keys: Record<string, {word: string, run: () => void}>}} actions
 */
export function bindControls(map, actions) {
  /** @param {string} group */
  const toggleLayer = (group) => layerButton(group).setAttribute("aria-pressed", String(map.toggle(group)));
  for (const group of LAYERS) layerButton(group).addEventListener("click", () => toggleLayer(group));
  byId("table-toggle").addEventListener("click", actions.toggleTable);
  byId("zoom-in").addEventListener("click", () => map.zoomBy(1));
  byId("zoom-out").addEventListener("click", () => map.zoomBy(-1));
  bindKeys({
    Escape: { word: gettext("Clear the selection"), run: actions.clear },
    j: { word: gettext("Next drone in the table"), run: () => actions.walk(1) },
    k: { word: gettext("Drone before it in the table"), run: () => actions.walk(-1) },
    f: { word: gettext("Follow the selected drone"), run: actions.follow },
    "+": { word: gettext("Nearer"), run: () => map.zoomBy(1) },
    "-": { word: gettext("Farther"), run: () => map.zoomBy(-1) },
    t: { word: gettext("Table"), run: actions.toggleTable },
    ...layerKeys(toggleLayer),
    ...actions.keys,
  });
}

/** @param {any} toggleLayer */
function layerKeys(toggleLayer) {
  return Object.fromEntries(
    LAYERS.map((group, index) => [
      String(index + 1),
      { word: layerButton(group).textContent.trim(), run: () => toggleLayer(group) },
    ]),
  );
}
