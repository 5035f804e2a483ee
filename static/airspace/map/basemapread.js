/**
 * The basemap is read beside the map: while it is missing every layer is there, the page says so, and asks again.
 */
import { getJson } from "../../console/api.js";
import { backoffMs } from "../../console/backoff.js";
import { byId, setText } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";

const WAIT_MS = 3000; // so long a map waits for its ground
const LEAST_MS = 2000; // between two questions for it

export class Basemap {
  /** @type {any} what is drawn until it is read */
  data = { type: "FeatureCollection", features: [] };
  attempts = 0;
  isRead = false;
  /** @type {((data: any) => void)|null} */
  #show = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.first = this.#read();
  }

  /** Read, or asked for without an answer so far. */
  async begun() {
    await Promise.race([this.first, new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
    return this.data;
  }

  /** Draw it as soon as it is read, if that was not in time. @param {(data: any) => void} show */
  drawOn(show) {
    if (this.isRead) show(this.data);
    else this.#show = show;
  }

  async #read() {
    try {
      this.data = await getJson(this.url);
      this.isRead = true;
      this.#say("");
      this.#show?.(this.data);
    } catch (problem) {
      this.#say(problem.message);
      setTimeout(() => this.#read(), LEAST_MS + backoffMs(this.attempts++));
    }
  }

  /** @param {string} reason why it is missing; empty: it is not */
  #say(reason) {
    const banner = byId("no-basemap");
    banner.hidden = !reason;
    const words = gettext(
      "The basemap could not be read: %(reason)s Everything else is drawn; it is asked for again by itself.",
    );
    if (reason) setText(banner, interpolate(words, { reason }));
  }
}
