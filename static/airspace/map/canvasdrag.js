/** A pointer on a canvas: dragging once it went some way, else a click; and its arrow keys. */

const LEAST_PX = 4;
/** @type {Record<string, number[]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @typedef {{grabbed: () => void, shift: (dx: number, dy: number) => void, moved: () => void,
 *   click: (event: PointerEvent) => void}} Calls
 */

/** @param {HTMLCanvasElement} canvas @param {PointerEvent} down @param {Calls} calls */
export function dragOrClick(canvas, down, { grabbed, shift, moved, click }) {
  let [x, y] = [down.clientX, down.clientY];
  let isDrag = false;
  canvas.setPointerCapture(down.pointerId);
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!isDrag && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < LEAST_PX) return;
    if (!isDrag) grabbed();
    isDrag = true;
    shift(x - event.clientX, y - event.clientY);
    [x, y] = [event.clientX, event.clientY];
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    canvas.removeEventListener("pointermove", move);
    if (isDrag) moved();
    else click(event);
  };
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up, { once: true });
}

/** A canvas that has the focus and says what it is. @param {HTMLElement} node where it goes */
export function canvasIn(node) {
  const canvas = document.createElement("canvas");
  canvas.className = "canvas-map";
  canvas.tabIndex = 0;
  canvas.setAttribute("aria-label", node.dataset.label || "");
  canvas.setAttribute("role", "application");
  node.append(canvas);
  return canvas;
}

/**
 * Arrow keys shift the map by a step.
 * @param {HTMLCanvasElement} canvas @param {(dx: number, dy: number) => void} shift
 */
export function onArrows(canvas, shift) {
  canvas.addEventListener("keydown", (event) => {
    const [dx, dy] = WAYS[event.key] || [0, 0];
    if (dx || dy) shift(dx, dy);
  });
}
