/**
 * A chart in a node: it is made with its first values, follows the node's width and the theme, and is made anew where
 * something else (a message) was put in its place. All charts of a page have one crosshair, and those that are given
 * the page's time follow it; what is drawn across one of them is looked at nearer on all.
 */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { drawMarks } from "./chartmarks.js";
import { drawLevels, drawNames } from "./chartover.js";
import { watch } from "./lineunknown.js";
import { plotLook } from "./plot.js";

const LEAST_PX = 320; // of a node that has no width yet

const LEAST_DRAG_PX = 6; // less is a click
/** @type {uPlot.Cursor} */
const CROSSHAIR = {
  sync: {
    key: "page",
    scales: ["x", null],
    setSeries: false,
    filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true },
  },
};
/** @type {uPlot.Cursor} */
const CROSSHAIR_THAT_ZOOMS = { ...CROSSHAIR, drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX } };

/**
 * @typedef {Pick<uPlot.Options, "scales"|"axes"|"series"|"hooks">} Parts what a chart says of itself
 * @typedef {{time?: import("./timerange.js").TimeRange|null, levels?: () => import("./chartover.js").Level[],
 *   marks?: import("./chartmarks.js").Marks|null}} Extras
 *   the page's time that it follows, thresholds in the unit of the scale `y`, and what happened
 */

/**
 * @param {HTMLElement} node
 * @param {number} heightPx
 * @param {(look: import("./plot.js").Look) => Parts} partsOf
 * @param {Extras} [extras]
 */
export function chartIn(node, heightPx, partsOf, { time = null, levels = () => [], marks = null } = {}) {
  /** @type {uPlot|null} */
  let plot = null;
  /** @type {uPlot.AlignedData} */
  let shown = [[]];
  /** @type {[number, number]|null} */
  let spanS = null;
  const onPage = () => (plot && node.contains(plot.root) ? plot : null);
  const make = () => {
    plot?.destroy();
    node.replaceChildren(...node.querySelectorAll(".widget-stale, .line-unknown")); // it is as old in another theme
    const look = plotLook(() => spanS);
    const size = { width: node.clientWidth || LEAST_PX, height: heightPx };
    const parts = partsOf(look);
    const over = (/** @type {uPlot} */ drawn) => {
      drawMarks(drawn, marks?.list ?? [], look.colour);
      drawLevels(drawn, levels(), look.colour);
      drawNames(drawn, look.colour);
    };
    const hooks = { ...parts.hooks, draw: [...(parts.hooks?.draw ?? []), over], ...(time && zooming(time)) };
    const cursor = time ? CROSSHAIR_THAT_ZOOMS : CROSSHAIR;
    plot = new uPlot({ ...size, tzDate: look.tzDate, cursor, ...parts, hooks }, shown, node);
    if (time) plot.over.addEventListener("dblclick", () => time.live());
  };
  marks?.onChange(() => onPage()?.redraw(false));
  const follow = () => {
    spanS = time?.shownS ?? spanS;
    onPage()?.setData(shown);
  };
  time?.onChange(follow); // with what is there already, until the rest was fetched
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
      watch(node);
    },
    /** The page's time has moved on: the same values, as old as they are. */
    follow,
  };
}

/** What is drawn across a chart becomes the time that is shown. @param {import("./timerange.js").TimeRange} time */
function zooming(time) {
  /** @param {uPlot} plot */
  const selected = (plot) => {
    const { left, width } = plot.select;
    if (width < LEAST_DRAG_PX) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    time.zoomTo(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  };
  return { setSelect: [selected] };
}
