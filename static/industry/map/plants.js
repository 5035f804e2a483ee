/** Factories, their plans, vehicles and ways on the live map: wires store, drawing, panel, inspector and address. */
import { Part } from "../../network/layers/parts.js";
import { PlantDrawing } from "./plantdrawing.js";
import { PlantInspector } from "./plantinspector.js";
import { KEY, PlantPanel, WORD } from "./plantpanel.js";
import { PlantReading } from "./plantreading.js";
import { hasPlace, Plants } from "./plantstore.js";

const AGAIN_MS = 15_000; // risks are told by nobody to the map
const FACTORY_ZOOM = 15.5;
const VEHICLE_ZOOM = 16.5;
const SLUG = /^[\w-]{1,48}$/;

/**
 * What the address says of the layer. Pure.
 * @param {string} search @returns {{isShown: boolean, isPlaced: boolean, factory: string, vehicle: number}}
 */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  const vehicle = Number(query.get("vehicle"));
  const factory = query.get("factory") || "";
  const known = {
    factory: SLUG.test(factory) ? factory : "",
    vehicle: Number.isInteger(vehicle) && vehicle > 0 ? vehicle : 0,
    isPlaced: query.has("at"),
  };
  return { ...known, isShown: query.get("plants") === "1" || Boolean(known.factory || known.vehicle) };
}

/** @param {any} wiring what the map gives its layers, and the `node` of their panel @returns {PlantLayer} */
export const open = (wiring) => new PlantLayer(wiring);

class PlantLayer {
  /** @param {any} wiring what the map gives its layers, and the `node` of their panel */
  constructor(wiring) {
    this.wiring = wiring;
    const { isShown, isPlaced, factory, vehicle } = readQuery(location.search);
    this.willDraw = false;
    this.isPlaced = isPlaced; // where the map is, the address says
    this.isShown = isShown;
    this.selected = { factory, vehicle };
    this.isWanted = Boolean(factory || vehicle); // shown once it is read
    this.plants = new Plants();
    this.drawing = new PlantDrawing(wiring.map, this.plants);
    this.panel = new PlantPanel(wiring.node, this.plants, {
      onToggle: () => this.toggle(),
      onGo: (slug) => this.select({ factory: slug, vehicle: 0 }),
    });
    this.inspector = new PlantInspector(this.plants, {
      close: wiring.close,
      select: (what) => this.select(what),
      now: () => this.now(),
    });
    this.reading = new PlantReading(this.plants, wiring.nowMs);
    this.part = new Part(
      () => this.reading.read(),
      (part) => this.panel.tell(part),
      ({ factories }) => factories.length === 0,
    );
    this.keys = { [KEY]: { word: WORD, run: () => this.toggle() } };
    wiring.map.onDrawn(() => this.draw());
    setInterval(() => document.hidden || this.#readShown(), AGAIN_MS);
    this.#switch();
  }

  now() {
    return { nowMs: this.wiring.nowMs(), isBlind: this.wiring.isBlind() };
  }

  /** Read what was missed while the line was broken. */
  read() {
    this.reading.missed();
    return this.#readShown();
  }

  async #readShown() {
    if (!this.isShown) return;
    await this.part.load();
    if (!this.part.data || this.part.problem) return;
    this.aged();
    if (this.isWanted) this.select(this.selected, !this.isPlaced);
  }

  toggle() {
    this.isShown = !this.isShown;
    if (!this.isShown && (this.selected.factory || this.selected.vehicle)) this.wiring.close();
    this.#switch();
    this.wiring.onLook();
  }

  #switch() {
    this.panel.show(this.isShown);
    this.drawing.show(this.isShown);
    this.#readShown();
  }

  /**
   * Show a factory or vehicle in the inspector, and on the map.
   * @param {import("./plantdrawing.js").Selected} what @param {boolean} [shouldMove] whether the map goes there
   */
  select(what, shouldMove = true) {
    this.isWanted = false;
    const vehicle = this.plants.vehicles.get(what.vehicle);
    const slug = vehicle?.factory ?? what.factory;
    const factory = this.plants.factories.get(slug);
    this.wiring.lend((/** @type {HTMLElement} */ node) => {
      if (what.vehicle) this.inspector.showVehicle(node, what.vehicle);
      else this.inspector.showFactory(node, slug);
    });
    this.selected = { factory: slug, vehicle: what.vehicle }; // lending lets go of it
    const { map } = this.wiring;
    if (!shouldMove) this.draw();
    else if (vehicle && hasPlace(vehicle)) map.goTo(vehicle.lon_deg, vehicle.lat_deg, VEHICLE_ZOOM);
    else if (factory) map.goTo(factory.lon_deg, factory.lat_deg, FACTORY_ZOOM);
    this.draw();
    this.wiring.onLook();
  }

  left() {
    this.selected = { factory: "", vehicle: 0 };
    this.inspector.left();
    this.draw();
  }

  /** @param {{x: number, y: number}} point */
  clicked(point) {
    const pick = this.drawing.pick(point);
    if (!pick) return false;
    this.select(pick, false);
    return true;
  }

  /** @param {any} event */
  heard(event) {
    if (!this.plants.hear(event) || !this.isShown || this.willDraw) return;
    this.willDraw = true; // a factory's vehicles are told of in many pieces, and all factories at their own times
    requestAnimationFrame(() => this.draw());
  }

  aged() {
    if (!this.isShown) return;
    const { nowMs, isBlind } = this.now();
    this.panel.refresh(nowMs, isBlind);
    this.inspector.refresh();
    this.draw();
  }

  draw() {
    this.willDraw = false;
    const { nowMs, isBlind } = this.now();
    this.drawing.draw(this.selected, nowMs, isBlind);
  }

  /** @returns {Record<string, string>} */
  query() {
    if (!this.isShown) return {};
    const { factory, vehicle } = this.selected;
    if (vehicle) return { vehicle: String(vehicle) };
    return factory ? { factory } : { plants: "1" };
  }
}
