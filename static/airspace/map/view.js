/** What of the picture is wanted: which part of the world, and which drones. */
import { CONTROL_LINKS, LOST, STALE, UNSEEN } from "../tracking/state.js";

/** A little more than is seen. @param {number[]} bounds west, south, east, north */
export function padded([west, south, east, north]) {
  const [x, y] = [(east - west) * 0.1, (north - south) * 0.1];
  return [Math.max(-540, west - x), Math.max(-89, south - y), Math.min(540, east + x), Math.min(89, north + y)];
}

/**
 * Whether a followed drone went so far that the map has to come after it.
 * @param {{lat: number, lon: number}} drone @param {number[]} bounds
 */
export function isOffCentre({ lat, lon }, [west, south, east, north]) {
  return (
    Math.abs(lon - (west + east) / 2) > (east - west) * 0.15 ||
    Math.abs(lat - (south + north) / 2) > (north - south) * 0.15
  );
}

/**
 * Whether a drone fits the table's filter. Of another's drone it is not told whether it is well, so it never counts as
 * normal.
 * @param {{state: string, link: number, control: string, isUnverified: boolean, isForeign: boolean}} drone
 * @param {string} wanted empty: any
 */
export function fits(drone, wanted) {
  if (!wanted) return true;
  if (wanted === "abnormal")
    return (
      !drone.isForeign &&
      (drone.state === "warning" ||
        drone.state === "emergency" ||
        drone.link !== 0 ||
        drone.control === "below" ||
        drone.isUnverified)
    );
  if (wanted === "normal" && (drone.isForeign || drone.link === UNSEEN)) return false;
  /** @type {Record<string, boolean>} */
  const kinds = {
    stale: drone.link === STALE,
    lost: drone.link === LOST,
    unverified: drone.isUnverified,
    traffic: drone.isForeign,
    badlink: drone.control === "below" || drone.control === "gap_ahead",
  };
  return kinds[wanted] ?? drone.state === wanted;
}

/**
 * The same of the drones of a store, by slot.
 * @param {import("../tracking/state.js").DroneStore} store @param {string} wanted
 */
export function slotFilter(store, wanted) {
  return (/** @type {number} */ slot) => {
    const drone = {
      state: store.stateOf(slot),
      link: store.link(slot),
      control: CONTROL_LINKS[store.controlOf(slot)],
      isUnverified: store.unverified[slot] === 1,
      isForeign: store.foreign[slot] === 1,
    };
    return fits(drone, wanted);
  };
}
