/**
 * A chart in a node: it is made with its first values, follows the node's width and the theme, and is made anew where
 * something else (a message) was put in its place.
 */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { plotLook } from "./plot.js";

const LEAST_PX = 320; // of a node that has no width yet

/** @typedef {Pick<uPlot.Options, "scales"|"axes"|"series"|"hooks">} Parts what a chart says of itself */

/**
 * @param {HTMLElement} node
 * @param {number} heightPx
 * @param {(look: import("./plot.js").Look) => Parts} partsOf
 */
export function chartIn(node, heightPx, partsOf) {
  /** @type {uPlot|null} */
  let plot = null;
  /** @type {uPlot.AlignedData} */
  let shown = [[]];
  /** @type {[number, number]|null} */
  let spanS = null;
  const onPage = () => (plot && node.contains(plot.root) ? plot : null);
  const make = () => {
    plot?.destroy();
    node.replaceChildren(...node.querySelectorAll(".widget-stale")); // it is as old in another theme
    const look = plotLook(() => spanS);
    const size = { width: node.clientWidth || LEAST_PX, height: heightPx };
    plot = new uPlot({ ...size, tzDate: look.tzDate, ...partsOf(look) }, shown, node);
  };
  new ResizeObserver(() => onPage()?.setSize({ width: node.clientWidth, height: heightPx })).observe(node);
  document.addEventListener("loft:theme", () => onPage() && make());
  return {
    /**
     * @param {uPlot.AlignedData} columns times [s] and a row of values for each line
     * @param {[number, number]|null} [newSpanS] from when to when is shown [s]; null: as far as there is data
     */
    draw(columns, newSpanS = null) {
      [shown, spanS] = [columns, newSpanS];
      const known = onPage();
      if (known) known.setData(shown);
      else make();
    },
  };
}
