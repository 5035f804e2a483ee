/** Inspector and drawer: resized by pointer or arrow keys, and remembered in this browser. */
import { el } from "./dom.js";
import { gettext } from "./i18n.js";

const STEP_PX = 24;
/** @typedef {typeof PANELS[number]} Panel */
const PANELS = /** @type {const} */ ([
  {
    id: "inspector",
    variable: "--inspector-w",
    least: 280,
    most: 720,
    axis: "clientX",
    edge: "right",
    grow: "ArrowLeft",
    shrink: "ArrowRight",
  },
  {
    id: "drawer",
    variable: "--drawer-h",
    least: 96,
    most: 640,
    axis: "clientY",
    edge: "bottom",
    grow: "ArrowUp",
    shrink: "ArrowDown",
  },
]);

/** Give each panel that has content its splitter. */
export function startPanels() {
  for (const panel of PANELS) {
    const node = document.getElementById(panel.id);
    if (node?.firstElementChild) addSplitter(node, panel);
  }
}

/** @param {HTMLElement} node @param {Panel} panel */
function addSplitter(node, panel) {
  const key = `loft.panel.${panel.id}`;
  const splitter = el("div", {
    class: "splitter",
    role: "separator",
    tabindex: "0",
    "aria-label": gettext("Resize the panel"),
    "aria-orientation": panel.axis === "clientX" ? "vertical" : "horizontal",
    "aria-valuemin": panel.least,
    "aria-valuemax": panel.most,
    "aria-valuenow": panel.least,
  });
  /** @param {number} px */
  const resize = (px) => {
    const size = Math.round(Math.max(panel.least, Math.min(panel.most, px)));
    document.documentElement.style.setProperty(panel.variable, `${size}px`);
    splitter.setAttribute("aria-valuenow", String(size));
    localStorage.setItem(key, String(size));
    dispatchEvent(new Event("resize"));
  };
  const size = () => (panel.axis === "clientX" ? node.offsetWidth : node.offsetHeight);
  splitter.addEventListener("keydown", (event) => {
    if (event.key !== panel.grow && event.key !== panel.shrink) return;
    event.preventDefault();
    resize(size() + (event.key === panel.grow ? STEP_PX : -STEP_PX));
  });
  splitter.addEventListener("pointerdown", (event) =>
    follow(event, splitter, (move) => resize(node.getBoundingClientRect()[panel.edge] - move[panel.axis])),
  );
  node.prepend(splitter);
  const kept = Number(localStorage.getItem(key));
  if (kept) resize(kept);
}

/** @param {PointerEvent} event @param {HTMLElement} splitter @param {(move: PointerEvent) => void} onMove */
function follow(event, splitter, onMove) {
  event.preventDefault();
  splitter.setPointerCapture(event.pointerId);
  splitter.addEventListener("pointermove", onMove);
  splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", onMove), {
    once: true,
  });
}
