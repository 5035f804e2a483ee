/**
 * The drones by pen, looking as the shader draws them. Where WebGL is drawn by software, the browser waits for each of
 * its pictures to be read back from the graphics process; a plain canvas it draws itself.
 */
import { penOf } from "../../network/gl.js";

/** @type {[number, number][]} an arrow in units of its size, y down, pointing up */
const ARROW = [
  [0, -0.86],
  [0.6, 0.74],
  [0, 0.4],
  [-0.6, 0.74],
];
const [LOST_R, ROUND_R, RING_R] = [0.72, 0.42, 1.98];
const BAR = { x: 0.86, y: 1.32, width: 0.23 };
const [LINE, HALO, RING] = [0.18, 0.32, 0.23];
const [STALE, LOST, UNSEEN] = [1, 2, 3];
const [WARNING, EMERGENCY, GROUND] = [1, 2, 3];
const [UNVERIFIED_BIT, SELECTED_BIT, NO_TRACK_BIT, BELOW_BIT] = [8, 64, 128, 256];
const [LOST_INK, ACCENT_INK, UNSEEN_INK] = [4, 5, 6]; // places in the layer's colours
const REACH = { bar: 1.9, ring: 2.2 }; // how far from its place a drone is drawn
const PAD_PX = 30;
const HEADINGS = 64;
const MOST_SPRITES = 4096;

/** @typedef {{ink: number, isHollow: boolean, isFaint: boolean}} Look */
/** @typedef {{x: number, y: number, turn: number, unit: number, code: number}} Mark */

/** Whether what is drawn on a context is drawn by the processor. @param {WebGL2RenderingContext} gl */
export function isSoftware(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(name));
}

/** How a drone looks, by its code. @param {number} code @returns {Look} */
export function lookOf(code) {
  const [state, link] = [code & 7, (code >> 4) & 3];
  const isLost = link === LOST || (Boolean(code & BELOW_BIT) && state !== EMERGENCY && link !== UNSEEN);
  const ink = isLost ? LOST_INK : link === UNSEEN ? UNSEEN_INK : state;
  const isHollow = link !== 0 || Boolean(code & UNVERIFIED_BIT);
  return { ink, isHollow, isFaint: link === STALE || link === UNSEEN };
}

/** Whether a drone is drawn larger than those that are well. @param {number} code */
function isLoud(code) {
  const [state, link] = [code & 7, (code >> 4) & 3];
  const isAbnormal = link !== UNSEEN && (state === WARNING || state === EMERGENCY);
  return isAbnormal || link === LOST || Boolean(code & (SELECTED_BIT | BELOW_BIT));
}

export class DronePen {
  /** @type {Map<number, HTMLCanvasElement>} by code and heading: a drone is drawn once for all that look like it */
  sprites = new Map();
  look = "";
  unit = 0;

  /** @param {HTMLCanvasElement} canvas @param {import("./layer.js").DroneLayer} layer */
  constructor(canvas, layer) {
    this.screen = penOf(canvas);
    this.pen = this.screen;
    this.layer = layer;
  }

  /** @param {{width: number, height: number, ratio: number, bearing: number}} size in CSS pixels, degrees */
  draw({ width, height, ratio, bearing }) {
    const { screen, layer } = this;
    this.#dress(ratio);
    screen.clearRect(0, 0, width * ratio, height * ratio);
    /** @type {[HTMLCanvasElement, number, number][]} */
    const loud = [];
    for (let slot = 0; slot < layer.store.count; slot++) {
      if (layer.filter && !layer.filter(slot)) continue;
      const [x, y, depth] = layer.project(slot, width, height);
      if (depth <= 0 || x < -PAD_PX || y < -PAD_PX || x > width + PAD_PX || y > height + PAD_PX) continue;
      const code = layer.codeOf(slot);
      const sprite = this.#sprite(code, layer.trackOf(slot) - (bearing * Math.PI) / 180);
      if (isLoud(code)) loud.push([sprite, x * ratio, y * ratio]);
      else this.#stamp(sprite, x * ratio, y * ratio);
    }
    for (const stamp of loud) this.#stamp(...stamp);
  }

  /**
   * On whole pixels, so that nothing is sampled.
   * @param {HTMLCanvasElement} sprite @param {number} x @param {number} y
   */
  #stamp(sprite, x, y) {
    this.screen.drawImage(sprite, Math.round(x - sprite.width / 2), Math.round(y - sprite.height / 2));
  }

  /** In another size or other colours every sprite is another. @param {number} ratio */
  #dress(ratio) {
    const { layer } = this;
    const unit = ((Math.round(layer.sizePx() * 4) / 4) * ratio) / 1.15; // as the shader has it
    const look = `${unit} ${layer.colours} ${layer.halo}`;
    if (look === this.look && this.sprites.size < MOST_SPRITES) return;
    Object.assign(this, { look, unit });
    this.sprites.clear();
  }

  /** @param {number} code @param {number} turn [rad] */
  #sprite(code, turn) {
    const heading = ((Math.round((turn / (2 * Math.PI)) * HEADINGS) % HEADINGS) + HEADINGS) % HEADINGS;
    const key = code * HEADINGS + heading;
    const known = this.sprites.get(key);
    if (known) return known;
    const unit = this.unit * (isLoud(code) ? 1.3 : 1);
    const sprite = document.createElement("canvas");
    sprite.width = sprite.height = 2 * Math.ceil((code & SELECTED_BIT ? REACH.ring : REACH.bar) * unit);
    this.pen = penOf(sprite);
    this.#draw({ x: sprite.width / 2, y: sprite.width / 2, turn: (heading / HEADINGS) * 2 * Math.PI, unit, code });
    this.sprites.set(key, sprite);
    return sprite;
  }

  /** @param {Mark} mark */
  #draw(mark) {
    const { pen } = this;
    const { ink, isHollow, isFaint } = lookOf(mark.code);
    this.#trace(mark);
    pen.lineJoin = "round";
    this.#stroke(this.#halo(), (isHollow ? LINE + HALO : HALO) * mark.unit, isFaint ? 0.5 : 0.75);
    pen.globalAlpha = isHollow ? 0.55 : isFaint ? 0.75 : 1;
    pen.fillStyle = isHollow ? this.#halo() : this.#colour(ink);
    pen.fill();
    if (isHollow) this.#stroke(this.#colour(ink), LINE * mark.unit, isFaint ? 0.75 : 1);
    this.#extras(mark, ink);
  }

  /** The bar of a link below its need, and the ring of the selected. @param {Mark} mark @param {number} ink */
  #extras({ x, y, turn, unit, code }, ink) {
    const { pen } = this;
    if (code & BELOW_BIT) {
      pen.beginPath();
      for (const side of [-BAR.x, BAR.x]) pen.lineTo(...turned(side * unit, BAR.y * unit, turn, x, y));
      this.#stroke(this.#colour(ink), BAR.width * unit);
    }
    if (!(code & SELECTED_BIT)) return;
    pen.beginPath();
    pen.arc(x, y, RING_R * unit, 0, 2 * Math.PI);
    this.#stroke(this.#colour(ACCENT_INK), RING * unit);
  }

  /** @param {Mark} mark */
  #trace({ x, y, turn, unit, code }) {
    const { pen } = this;
    const isLost = ((code >> 4) & 3) === LOST;
    pen.beginPath();
    if (isLost || code & NO_TRACK_BIT || (code & 7) === GROUND) {
      const r = (isLost ? LOST_R : ROUND_R) * unit;
      pen.arc(x, y, r, 0, 2 * Math.PI);
      if (isLost) this.#cross(x, y, r * Math.SQRT1_2);
      return;
    }
    for (const [dx, dy] of ARROW) pen.lineTo(...turned(dx * unit, dy * unit, turn, x, y));
    pen.closePath();
  }

  /** @param {number} x @param {number} y @param {number} d */
  #cross(x, y, d) {
    for (const side of [-1, 1]) {
      this.pen.moveTo(x - d, y - d * side);
      this.pen.lineTo(x + d, y + d * side);
    }
  }

  /** @param {string} ink @param {number} width @param {number} [alpha] */
  #stroke(ink, width, alpha = 1) {
    Object.assign(this.pen, { strokeStyle: ink, lineWidth: width, globalAlpha: alpha });
    this.pen.stroke();
  }

  /** @param {number} ink */
  #colour(ink) {
    return rgb([...this.layer.colours.subarray(ink * 3, ink * 3 + 3)]);
  }

  #halo = () => rgb(this.layer.halo);
}

/** @param {number[]} parts from 0 to 1 */
const rgb = (parts) => `rgb(${parts.map((part) => Math.round(part * 255)).join(" ")})`;

/**
 * A point turned clockwise, and put at a place.
 * @param {number} dx @param {number} dy @param {number} turn [rad] @param {number} x @param {number} y
 * @returns {[number, number]}
 */
function turned(dx, dy, turn, x, y) {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return [x + dx * cos - dy * sin, y + dx * sin + dy * cos];
}
