/** The map goes after the selected drone, as long as nobody takes it into their own hands. */
import { isOffCentre } from "./view.js";

export const FOLLOW_ZOOM = 13;

export class Following {
  /** @type {any} */
  map = null;
  selection = { drone: 0, follow: false };

  /** @param {{store: import("../tracking/state.js").DroneStore, told: () => void}} wiring `told`: it began or ended */
  constructor({ store, told }) {
    this.store = store;
    this.told = told;
  }

  /** A followed drone went on: the map comes once it is far off its middle. */
  come() {
    const live = this.selection.follow && this.store.get(this.selection.drone);
    if (live && isOffCentre(live, this.map.bounds())) this.map.goTo(live.lon, live.lat);
  }

  toggle() {
    this.set(!this.selection.follow);
    const live = this.store.get(this.selection.drone);
    if (this.selection.follow && live) this.map.goTo(live.lon, live.lat, FOLLOW_ZOOM);
  }

  /** @param {boolean} isOn */
  set(isOn) {
    if (this.selection.follow === isOn) return;
    this.selection.follow = isOn;
    this.told();
  }
}
