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
    setText(this.button, interpolate(gettext("Bad links: %(count)s"), { count: formatNumber(count) }));
  }
}
