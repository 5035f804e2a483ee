/** What the map page hears: the picture, what the hub tells, and that the line was opened. */
import { gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";

/**
 * @typedef {object} Page what the page is made of, and what it does
 * @property {import("../tracking/state.js").DroneStore} store
 * @property {import("../drones/names.js").Names} names
 * @property {any} map
 * @property {import("./sites.js").Sites} sites
 * @property {import("../tracking/doubts.js").Doubts} doubts
 * @property {{drone: number, site: string, follow: boolean}} selection
 * @property {import("../tracking/inspector.js").Inspector} inspector
 * @property {import("../tracking/trail.js").Trail} trail
 * @property {import("../../network/layers/layers.js").NetworkLayers|null} layers
 * @property {import("./morelayers.js").MoreLayers} more
 * @property {() => void} drawTable
 * @property {() => void} followDrone
 * @property {(isForeign?: boolean) => unknown} loadTrail
 */

const SETTLE_MS = 500; // an import is told of in many pieces

export class Hearing {
  frames = 0;
  soon = 0;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {ArrayBuffer} message */
  frame(message) {
    const { store, doubts, map, drawTable, followDrone } = this.page;
    const wasEmpty = store.count === 0;
    this.frames++;
    if (store.apply(message)) doubts.begin();
    map.changed();
    if (wasEmpty && store.count) drawTable();
    followDrone();
  }

  /** @param {any} event */
  event(event) {
    const { sites, layers, more } = this.page;
    more.heard(event);
    if (event.topic === "drones") this.#drones(event);
    if (event.topic === "sla") sites.apply(event); // drawn with the next second: rounds come in many pieces
    if (event.topic === "inventory") this.soon ||= setTimeout(() => this.#inventory(), SETTLE_MS);
    layers?.compliance.heard(event);
    layers?.twins.heard(event);
  }

  /** Records changed: sites, links and coverage are read anew. */
  #inventory() {
    this.soon = 0;
    this.page.layers?.coverage.forget();
    this.#readSites();
  }

  /**
   * Whose drone it is, what it is called, or that it is gone: the panel reads it again, and the trail of another's or a
   * removed one goes at once.
   * @param {any} event
   */
  #drones(event) {
    const { store, names, map, selection, inspector } = this.page;
    store.hear(event);
    names.hear(event);
    map.changed();
    const drones = event.type === "DronesRemoved" ? event.drones : [event.drone?.id ?? event.drone];
    if (!selection.drone || !drones.includes(selection.drone)) return;
    if (event.type === "DroneLeft") this.anew({ isForeign: true });
    if (event.type === "DronesRemoved") this.anew(null);
    inspector.hurry();
  }

  /** The selected drone is another's from now on, or ours, or gone (null). @param {any} drone */
  anew(drone) {
    const { names, map, trail, loadTrail } = this.page;
    if (drone && !drone.isForeign) names.keep(drone);
    if (drone) return loadTrail(Boolean(drone.isForeign));
    trail.clear();
    map.showTrail(null);
    map.showLabel(null);
  }

  /** After every opening of the line: what was missed meanwhile is fetched. */
  async open() {
    const { doubts, selection, more, loadTrail } = this.page;
    doubts.begin();
    more.read();
    await this.#readSites();
    if (selection.drone) loadTrail();
  }

  async #readSites() {
    const { sites, map, layers } = this.page;
    try {
      await sites.read();
      sites.drawOn(map);
      layers?.sitesChanged();
    } catch (problem) {
      if (problem.status !== 403)
        toast(interpolate(gettext("The sites could not be read: %(reason)s"), { reason: problem.message }), "error");
    }
  }
}
