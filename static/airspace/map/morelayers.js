/** Layers of other apps over the map: the page names a script for each, which draws them and answers for them. */
import { gettext } from "../../console/i18n.js";

/**
 * @typedef {object} More what a script's `open` gives back
 * @property {Record<string, {word: string, run: () => void}>} keys
 * @property {() => Record<string, string>} query what the address remembers of them
 * @property {(event: any) => void} heard
 * @property {() => unknown} read what was missed while the line was broken
 * @property {() => void} aged
 * @property {(point: {x: number, y: number}) => boolean} clicked whether something of theirs is there
 * @property {() => void} left the inspector is wanted for something else
 */

/**
 * @typedef {object} Wiring
 * @property {any} map
 * @property {() => number} nowMs the server's clock
 * @property {() => boolean} isBlind whether nothing is heard
 * @property {(draw: (node: HTMLElement) => void) => void} lend draws in the inspector
 * @property {() => void} close the inspector
 * @property {() => void} onLook what the address remembers changed
 */

export class MoreLayers {
  /** @type {More[]} */
  opened = [];

  /** Load them all; one that cannot be loaded says so in its place. @param {Wiring} wiring */
  async open(wiring) {
    const places = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-more]")]);
    await Promise.all(
      places.map(async (node) => {
        try {
          const { open } = await import(node.dataset.script || "");
          this.opened.push(open({ ...wiring, node }));
        } catch (reason) {
          console.warn("layers failed", reason);
          node.textContent = gettext("These layers cannot be loaded. Reload the page.");
        }
      }),
    );
    return this;
  }

  keys = () => Object.assign({}, ...this.opened.map(({ keys }) => keys));
  query = () => Object.assign({}, ...this.opened.map((more) => more.query()));
  /** @param {any} event */
  heard = (event) => this.opened.forEach((more) => more.heard(event));
  read = () => Promise.all(this.opened.map((more) => more.read()));
  aged = () => this.opened.forEach((more) => more.aged());
  left = () => this.opened.forEach((more) => more.left());
  /** @param {{x: number, y: number}} point */
  clicked = (point) => this.opened.some((more) => more.clicked(point));
}
