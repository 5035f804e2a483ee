/** The strip of sites by time on a canvas: only what is in view is drawn; arrow keys walk it, and a line says the cell. */
import { el } from "../console/dom.js";
import { gettext } from "../console/i18n.js";
import { clockOf, nameOf } from "./words.js";

const NAMED_PX = 18;
const DENSE_PX = 4;
const NAMES_PX = 132;
const HEAD_PX = 20;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [0, -20], PageDown: [0, 20] };

/**
 * @param {HTMLElement} node
 * @param {{said: (row: any, column: number) => void, open: (slug: string) => void}} calls
 */
export function heatStrip(node, calls) {
  const canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { "aria-hidden": "true" }));
  const spacer = el("div", { class: "heat-spacer" });
  const box = el("div", { class: "heat-box", tabindex: "0", role: "application", "aria-describedby": "heat-said", "aria-label": gettext("Sites by time. Arrow keys move from cell to cell, Enter opens the site.") }, canvas, spacer);
  const pen = canvas.getContext("2d");
  const seen = { heat: null, rows: [], row: 0, column: 0, isDense: false, selected: "", isAsked: false };
  node.replaceChildren(box);
  new ResizeObserver(ask).observe(box);
  box.addEventListener("scroll", ask, { passive: true });
  box.addEventListener("keydown", onKey);
  box.addEventListener("click", (event) => at(event, (row, column) => walkTo(row, column)));
  box.addEventListener("dblclick", (event) => at(event, (row) => calls.open(seen.rows[row].slug)));
  document.addEventListener("loft:theme", () => (patterns.clear(), ask()));

  function ask() {
    if (seen.isAsked) return;
    seen.isAsked = true;
    requestAnimationFrame(() => ((seen.isAsked = false), draw()));
  }

  function rowPx() {
    return seen.isDense ? DENSE_PX : NAMED_PX;
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !seen.rows.length) return;
    const step = STEPS[event.key];
    if (event.key === "Enter") calls.open(seen.rows[seen.row].slug);
    else if (event.key === "Home") walkTo(seen.row, 0);
    else if (event.key === "End") walkTo(seen.row, seen.heat.columns - 1);
    else if (step) walkTo(seen.row + step[1], seen.column + step[0]);
    else return;
    event.preventDefault();
  }

  function walkTo(row, column) {
    seen.row = Math.max(0, Math.min(seen.rows.length - 1, row));
    seen.column = Math.max(0, Math.min(seen.heat.columns - 1, column));
    seen.selected = seen.rows[seen.row].slug;
    const y = seen.row * rowPx();
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + rowPx() > box.scrollTop + box.clientHeight - HEAD_PX) box.scrollTop = y + rowPx() - box.clientHeight + HEAD_PX;
    calls.said(seen.rows[seen.row], seen.column);
    ask();
  }

  function at(event, call) {
    const frame = box.getBoundingClientRect();
    const row = Math.floor((event.clientY - frame.top - HEAD_PX + box.scrollTop) / rowPx());
    const column = Math.floor((event.clientX - frame.left - NAMES_PX) / cellPx());
    if (seen.rows[row]) call(row, Math.max(0, column));
  }

  function cellPx() {
    return Math.max(2, (box.clientWidth - NAMES_PX) / Math.max(1, seen.heat?.columns || 1));
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [box.clientWidth, box.clientHeight];
    if (!seen.heat || !width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    }
    spacer.style.height = `${Math.max(0, seen.rows.length * rowPx() + HEAD_PX - height)}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    drawRows(pen, seen, { width, height, top: box.scrollTop, rowPx: rowPx(), cellPx: cellPx(), ratio });
  }

  return {
    box,
    /** @param {import("./heat.js").Heat} heat @param {any[]} rows @param {{isDense: boolean, selected: string}} look */
    show(heat, rows, look) {
      Object.assign(seen, { heat, rows, ...look });
      const found = rows.findIndex((row) => row.slug === look.selected);
      if (found >= 0) seen.row = found;
      seen.row = Math.max(0, Math.min(rows.length - 1, seen.row));
      ask();
    },
  };
}

const patterns = new Map();
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Each state has its own height and filling, so that colour is never alone. */
function drawRows(pen, seen, view) {
  const inks = { m: token("normal"), r: token("minor"), b: token("critical"), u: hatch(pen, "muted"), x: token("accent-ground"), ink: token("ink"), muted: token("muted"), accent: token("accent"), raised: token("raised") };
  const first = Math.floor(view.top / view.rowPx);
  const last = Math.min(seen.rows.length, Math.ceil((view.top + view.height - HEAD_PX) / view.rowPx));
  pen.textBaseline = "middle";
  pen.font = '12px system-ui, "Noto Sans CJK SC", sans-serif';
  pen.save();
  pen.beginPath();
  pen.rect(0, HEAD_PX, view.width, view.height - HEAD_PX);
  pen.clip();
  for (let index = first; index < last; index++) drawRow(pen, seen, view, inks, index);
  pen.restore();
  drawHead(pen, seen.heat, view, inks.muted);
}

function drawRow(pen, seen, view, inks, index) {
  const row = seen.rows[index];
  const y = HEAD_PX + index * view.rowPx - view.top;
  if (row.slug === seen.selected) {
    pen.fillStyle = inks.raised;
    pen.fillRect(0, y, view.width, view.rowPx);
  }
  if (!seen.isDense) {
    pen.fillStyle = row.slug === seen.selected ? inks.ink : inks.muted;
    pen.fillText(shortened(nameOf(row)), 4, y + view.rowPx / 2, NAMES_PX - 10);
  }
  let from = 0;
  for (let column = 1; column <= row.states.length; column++) {
    if (column < row.states.length && row.states[column] === row.states[from]) continue;
    drawRun(pen, row.states[from], NAMES_PX + from * view.cellPx, y, (column - from) * view.cellPx, view.rowPx, inks);
    from = column;
  }
  if (index === seen.row && row.slug === seen.selected) {
    Object.assign(pen, { strokeStyle: inks.accent, lineWidth: 2 });
    pen.strokeRect(NAMES_PX + seen.column * view.cellPx + 1, y + 1, Math.max(3, view.cellPx - 2), Math.max(2, view.rowPx - 2));
  }
}

function drawRun(pen, letter, x, y, width, rowPx, inks) {
  const share = { m: 0.2, r: 0.55, b: 0.9, u: 0.9, x: 0.9 }[letter] ?? 0.9;
  const height = Math.max(1, rowPx * share);
  pen.fillStyle = inks[letter] || inks.u;
  pen.fillRect(x, y + (rowPx - height) / 2, Math.max(1, width - 0.5), height);
  if (letter !== "x" || rowPx < NAMED_PX) return;
  Object.assign(pen, { strokeStyle: inks.muted, lineWidth: 1 });
  pen.strokeRect(x + 0.5, y + 2, width - 1, rowPx - 4);
}

function drawHead(pen, heat, view, ink) {
  pen.fillStyle = ink;
  const every = Math.ceil(64 / view.cellPx);
  for (let column = 0; column < heat.columns; column += every) {
    const x = NAMES_PX + column * view.cellPx;
    if (x + 44 < view.width) pen.fillText(clockOf(heat.timesOf(column)[0], heat.spanMs >= 3_600_000), x, HEAD_PX / 2);
    pen.fillRect(x, HEAD_PX - 3, 1, 3);
  }
}

const shortened = (name) => (name.length > 20 ? `${name.slice(0, 19)}…` : name);

function hatch(pen, name) {
  const colour = token(name);
  if (!patterns.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const ink = tile.getContext("2d");
    Object.assign(ink, { strokeStyle: colour, lineWidth: 1 });
    ink.beginPath();
    for (const shift of [-3, 0, 3, 6]) {
      ink.moveTo(shift, 6);
      ink.lineTo(shift + 6, 0);
    }
    ink.stroke();
    patterns.set(colour, pen.createPattern(tile, "repeat"));
  }
  return patterns.get(colour);
}
