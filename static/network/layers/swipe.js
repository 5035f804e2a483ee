/** The divider between two rasters: dragged, or moved by keys. */
import { el, setText } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";

/** @type {Record<string, number>} */
const STEPS = {
  ArrowLeft: -0.02,
  ArrowRight: 0.02,
  ArrowDown: -0.02,
  ArrowUp: 0.02,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

export class Swipe {
  /**
   * @param {HTMLElement} holder what it divides @param {(split: number) => void} onMove the wanted share of the width
   */
  constructor(holder, onMove) {
    this.holder = holder;
    this.split = 0.5;
    this.left = el("span", { class: "swipe-tag left" });
    this.right = el("span", { class: "swipe-tag right" });
    this.grip = el(
      "div",
      {
        class: "swipe-grip",
        role: "slider",
        tabindex: "0",
        "aria-orientation": "horizontal",
        "aria-valuemin": "2",
        "aria-valuemax": "98",
      },
      el("span", { "aria-hidden": "true" }, "◂ ▸"),
    );
    this.node = el("div", { class: "swipe", hidden: true }, this.left, this.right, this.grip);
    holder.append(this.node);
    this.grip.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      event.stopPropagation();
      onMove(this.split + STEPS[event.key]);
    });
    this.grip.addEventListener("pointerdown", (event) => this.#drag(event, onMove));
  }

  /** @param {PointerEvent} event @param {(split: number) => void} onMove */
  #drag(event, onMove) {
    event.preventDefault();
    this.grip.focus();
    this.grip.setPointerCapture(event.pointerId);
    const box = this.holder.getBoundingClientRect();
    /** @param {PointerEvent} event */
    const move = ({ clientX }) => onMove((clientX - box.left) / box.width);
    this.grip.addEventListener("pointermove", move);
    this.grip.addEventListener("lostpointercapture", () => this.grip.removeEventListener("pointermove", move), {
      once: true,
    });
  }

  /** @param {number} split @param {string} left what is left of it, in words @param {string} right */
  show(split, left, right) {
    this.split = split;
    this.node.hidden = false;
    this.node.style.left = `${split * 100}%`;
    setText(this.left, left);
    setText(this.right, right);
    const percent = Math.round(split * 100);
    this.grip.setAttribute(
      "aria-label",
      interpolate(gettext("Divider: %(left)s on the left, %(right)s on the right"), { left, right }),
    );
    this.grip.setAttribute("aria-valuenow", String(percent));
    this.grip.setAttribute(
      "aria-valuetext",
      interpolate(gettext("%(percent)s % of the map shows %(left)s"), { percent, left }),
    );
  }

  hide() {
    this.node.hidden = true;
  }
}
