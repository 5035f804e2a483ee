/** Which drones in view have a bad control link: how many, and they alone at a click. */
import { setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { fits } from "../map/view.js";

const FILTER = "badlink";

export class BadLinks {
  /**
   * @param {HTMLElement} button @param {HTMLSelectElement} filter of the table
   * @param {(state: string) => void} onFilter
   */
  constructor(button, filter, onFilter) {
    this.button = button;
    this.filter = filter;
    button.addEventListener("click", () => {
      filter.value = filter.value === FILTER ? "" : FILTER;
      onFilter(filter.value);
    });
  }

  /** @param {import("../tracking/state.js").Drone[]} inView before any filter */
  show(inView) {
    const count = inView.filter((drone) => fits(drone, FILTER)).length;
    this.button.dataset.some = String(count > 0);
    this.button.setAttribute("aria-pressed", String(this.filter.value === FILTER));
    setText(this.button, badLinksWord(count, inView.filter(isUnsure).length));
  }
}

/** Whether it should be known of a drone, and is not. @param {import("../tracking/state.js").Drone} drone */
export const isUnsure = (drone) => !drone.isForeign && drone.state !== "ground" && drone.control === "unknown";

/** What is not known is not good, so it is counted too. @param {number} bad @param {number} unknown */
export function badLinksWord(bad, unknown) {
  const values = { count: formatNumber(bad), unknown: formatNumber(unknown) };
  if (unknown) return interpolate(gettext("Bad links: %(count)s, unknown: %(unknown)s"), values);
  return interpolate(gettext("Bad links: %(count)s"), values);
}
