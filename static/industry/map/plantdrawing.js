/**
 * Factories, their plans and vehicles, on a canvas of its own over the map: neither WebGL nor the plain canvas draws
 * the ground anew when a vehicle moves.
 */
import { penOf } from "../../network/gl.js";
import { nameOf } from "../drawing.js";
import { isInside, tracePath, vehicleShape, worksShape } from "./plantshapes.js";
import { factoryState, hasPlace, vehicleState, wayOf } from "./plantstore.js";

const PLAN_ZOOM = 13.5; // from here on a hall is larger than its mark
const VEHICLE_ZOOM = 12.5;
const [FACTORY_PX, VEHICLE_PX, PICK_PX] = [9, 7, 14];
const PAD_PX = 400; // what is farther out of sight is not drawn
/** @type {Record<string, string>} */
const INKS = {
  high: "major",
  elevated: "minor",
  normal: "normal",
  stale: "unknown",
  unknown: "unknown",
  fault: "major",
  warning: "minor",
  driving: "drone",
  standing: "drone-ground",
};
/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @typedef {{factory: string, vehicle: number}} Selected */

export class PlantDrawing {
  isShown = false;
  width = 0;
  height = 0;

  /** @param {any} map @param {import("./plantstore.js").Plants} plants */
  constructor(map, plants) {
    this.map = map;
    this.plants = plants;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "plants-canvas";
    this.canvas.hidden = true;
    this.pen = penOf(this.canvas);
    map.holder().append(this.canvas);
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.isShown = isShown;
    this.canvas.hidden = !isShown;
  }

  /** @param {Selected} selected @param {number} nowMs @param {boolean} isBlind */
  draw(selected, nowMs, isBlind) {
    if (!this.isShown) return;
    this.#clear();
    const { zoom } = this.map.view();
    const inks = Object.fromEntries(
      [...new Set([...Object.values(INKS), "map-halo", "planned", "accent", "ink", "muted", "panel"])].map((name) => [
        name,
        token(name),
      ]),
    );
    const how = { zoom, inks, nowMs, isBlind, selected };
    for (const factory of this.plants.factories.values()) this.#factory(factory, how);
    if (zoom >= VEHICLE_ZOOM) for (const vehicle of this.plants.vehicles.values()) this.#vehicle(vehicle, how);
  }

  #clear() {
    const ratio = globalThis.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== width * ratio || this.canvas.height !== height * ratio)
      [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    [this.width, this.height] = [width, height];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
  }

  /** @param {number[]} place lon, lat @returns {[number, number]} */
  #at([lon, lat]) {
    return this.map.project(lon, lat);
  }

  /** @param {number} x @param {number} y */
  #isNear(x, y) {
    return x > -PAD_PX && y > -PAD_PX && x < this.width + PAD_PX && y < this.height + PAD_PX;
  }

  /** @param {any} factory @param {any} how */
  #factory(factory, { zoom, inks, nowMs, isBlind, selected }) {
    const [x, y] = this.#at([factory.lon_deg, factory.lat_deg]);
    if (!this.#isNear(x, y)) return;
    const state = factoryState(factory, this.plants.readMs, nowMs, isBlind);
    const isSelected = selected.factory === factory.slug;
    const hasPlan = zoom >= PLAN_ZOOM && factory.plan;
    if (hasPlan) this.#plan(factory.plan, inks, isSelected);
    else this.#mark(x, y, inks, INKS[state], isSelected);
    if (zoom >= 10 || isSelected) this.#label(nameOf(factory) ?? factory.slug, x, y + (hasPlan ? 0 : 22), inks);
  }

  /** @param {any} plan @param {Record<string, string>} inks @param {boolean} isSelected */
  #plan(plan, inks, isSelected) {
    const { pen } = this;
    for (const line of plan.outline_lon_lat_deg) {
      this.#trace(line);
      Object.assign(pen, { fillStyle: inks.panel, globalAlpha: 0.55 });
      pen.fill();
      this.#stroke(isSelected ? inks.accent : inks.muted, isSelected ? 2 : 1.2);
    }
    for (const line of plan.aisles_lon_lat_deg) {
      this.#trace(line);
      this.#stroke(inks.muted, 0.8, [1, 3]);
    }
  }

  /**
   * @param {number} x @param {number} y @param {Record<string, string>} inks @param {string} ink
   * @param {boolean} isSelected
   */
  #mark(x, y, inks, ink, isSelected) {
    const { pen } = this;
    tracePath(pen, worksShape(x, y, FACTORY_PX));
    this.#stroke(inks["map-halo"], 4);
    Object.assign(pen, { fillStyle: inks[ink], globalAlpha: ink === "unknown" ? 0.25 : 1 });
    pen.fill();
    this.#stroke(inks[ink], 1.4, ink === "unknown" ? [2, 2] : []);
    if (isSelected) this.#ring(x, y, FACTORY_PX * 1.9, inks.accent);
  }

  /** @param {any} vehicle @param {any} how */
  #vehicle(vehicle, { inks, nowMs, isBlind, selected }) {
    if (!hasPlace(vehicle)) return;
    const [x, y] = this.#at([vehicle.lon_deg, vehicle.lat_deg]);
    if (!this.#isNear(x, y)) return;
    const state = vehicleState(vehicle, nowMs, isBlind);
    const isOld = state === "unknown" || state === "stale";
    const isSelected = selected.vehicle === vehicle.id;
    const way = wayOf(vehicle);
    if (way.length && state !== "unknown") {
      this.#trace(way);
      this.#stroke(inks.planned, isSelected ? 2.4 : 1.2, [5, 4], isSelected ? 1 : 0.6);
    }
    const { heading_deg: headingDeg } = vehicle;
    tracePath(this.pen, vehicleShape(x, y, VEHICLE_PX, headingDeg === null ? null : headingDeg - this.map.bearing()));
    this.#stroke(inks["map-halo"], 3.5);
    Object.assign(this.pen, { fillStyle: inks[INKS[state]], globalAlpha: isOld ? 0.25 : 1 });
    this.pen.fill();
    this.#stroke(inks[INKS[state]], 1.4, state === "unknown" ? [2, 2] : [], isOld ? 0.8 : 1);
    if (isSelected) this.#ring(x, y, VEHICLE_PX * 2, inks.accent);
  }

  /** @param {number[][]} places */
  #trace(places) {
    this.pen.beginPath();
    for (const place of places) this.pen.lineTo(...this.#at(place));
  }

  /** @param {string} ink @param {number} px @param {number[]} [dash] @param {number} [alpha] */
  #stroke(ink, px, dash = [], alpha = 1) {
    Object.assign(this.pen, { strokeStyle: ink, lineWidth: px, lineJoin: "round", globalAlpha: alpha });
    this.pen.setLineDash(dash);
    this.pen.stroke();
    this.pen.setLineDash([]);
    this.pen.globalAlpha = 1;
  }

  /** @param {number} x @param {number} y @param {number} r @param {string} ink */
  #ring(x, y, r, ink) {
    this.pen.beginPath();
    this.pen.arc(x, y, r, 0, 2 * Math.PI);
    this.#stroke(ink, 2);
  }

  /** @param {string} text @param {number} x @param {number} y @param {Record<string, string>} inks */
  #label(text, x, y, inks) {
    Object.assign(this.pen, { font: "11px sans-serif", textAlign: "center", lineWidth: 3, globalAlpha: 1 });
    this.pen.strokeStyle = inks["map-halo"];
    this.pen.strokeText(text, x, y);
    this.pen.fillStyle = inks.ink;
    this.pen.fillText(text, x, y);
  }

  /**
   * What is drawn at a point: a vehicle before the hall it is in.
   * @param {{x: number, y: number}} point @returns {Selected|null}
   */
  pick({ x, y }) {
    if (!this.isShown) return null;
    let best = PICK_PX;
    /** @type {Selected|null} */
    let pick = null;
    const consider = (/** @type {any} */ row, /** @type {any} */ what) => {
      const [px, py] = this.#at([row.lon_deg, row.lat_deg]);
      const away = Math.hypot(px - x, py - y);
      if (away < best) [best, pick] = [away, what];
    };
    const isNear = this.map.view().zoom >= VEHICLE_ZOOM;
    if (isNear)
      for (const row of this.plants.vehicles.values())
        if (hasPlace(row)) consider(row, { factory: row.factory, vehicle: row.id });
    if (pick) return pick;
    for (const row of this.plants.factories.values()) consider(row, { factory: row.slug, vehicle: 0 });
    return pick ?? this.#hallAt(x, y);
  }

  /** @param {number} x @param {number} y @returns {Selected|null} */
  #hallAt(x, y) {
    if (this.map.view().zoom < PLAN_ZOOM) return null;
    for (const { slug, plan } of this.plants.factories.values())
      if (
        plan?.outline_lon_lat_deg.some((/** @type {number[][]} */ line) =>
          isInside(
            line.map((place) => this.#at(place)),
            x,
            y,
          ),
        )
      )
        return { factory: slug, vehicle: 0 };
    return null;
  }
}
