/** A factory or one of its vehicles in the map's inspector: every value with its unit, its age and its source. */
import { ageText, el, icon, quantity, replace, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { facts } from "../../console/table.js";
import { levelChip, nameOf } from "../drawing.js";
import { LEVELS } from "../state.js";
import { ageOf, factoryState, hasPlace, vehicleState } from "./plantstore.js";
import { MODE_WORDS, vehicleChip, vehicleLook, vehicleName, VEHICLE_WORDS } from "./plantwords.js";

const PLACES = 5;

export class PlantInspector {
  /** @type {(() => void)|null} draws what changes with time; null: nothing of ours is shown */
  #update = null;

  /**
   * @param {import("./plantstore.js").Plants} plants
   * @param {{close: () => void, select: (what: import("./plantdrawing.js").Selected) => void,
   *   now: () => {nowMs: number, isBlind: boolean}}} wiring
   */
  constructor(plants, { close, select, now }) {
    this.plants = plants;
    this.close = close;
    this.select = select;
    this.now = now;
  }

  left() {
    this.#update = null;
  }

  refresh() {
    this.#update?.();
  }

  /** @param {HTMLElement} node @param {string} slug */
  showFactory(node, slug) {
    const factory = () => this.plants.factories.get(slug);
    const name = factory() ? nameOf(factory()) : slug;
    const parts = this.#frame(node, name ?? slug, gettext("Factory"));
    const list = el("ul", { class: "place-list" });
    const count = el("h3");
    const href = `/industry/factories/${encodeURIComponent(slug)}`;
    parts.rest.append(
      el("div", { class: "row" }, el("a", { class: "button", href }, gettext("Open in Industry"))),
      count,
      list,
      el("p", { class: "muted source" }, gettext("States of vehicles are measured; risks of machines are inferred.")),
    );
    let told = "";
    this.#update = () => {
      const now = factory();
      if (!now) return setText(parts.rest, gettext("It is not known here, or it was removed."));
      const { nowMs, isBlind } = this.now();
      const state = factoryState(now, this.plants.readMs, nowMs, isBlind);
      replace(parts.chips, levelChip(state));
      replace(parts.facts, ...factoryFacts(now, nowMs).childNodes);
      const vehicles = this.plants.vehiclesOf(slug, nowMs, isBlind);
      setText(count, countWord(vehicles.length));
      const rows = vehicles.map((vehicle) => [vehicle.id, vehicle.serial, vehicleState(vehicle, nowMs, isBlind)]);
      if (JSON.stringify(rows) === told) return; // the buttons stay, one of them may have the focus
      told = JSON.stringify(rows);
      const held = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset.key;
      replace(list, ...rows.map(([id, serial, how]) => this.#line(slug, id, serial, how)));
      if (held) /** @type {HTMLElement|null} */ (list.querySelector(`[data-key="${held}"]`))?.focus();
    };
    this.#update();
  }

  /** @param {string} factory @param {number} id @param {string} serial @param {string} state */
  #line(factory, id, serial, state) {
    const onclick = () => this.select({ factory, vehicle: id });
    return el(
      "li",
      null,
      el(
        "button",
        { type: "button", class: `place ${vehicleLook(state)}`, dataset: { key: String(id) }, onclick },
        el("span", { class: "place-name" }, serial),
        el("span", { class: "place-word" }, VEHICLE_WORDS[state]),
      ),
    );
  }

  /** @param {HTMLElement} node @param {number} id */
  showVehicle(node, id) {
    const first = this.plants.vehicles.get(id);
    const parts = this.#frame(node, first ? first.serial : `#${id}`, first ? first.manufacturer : "");
    const back = el("button", { type: "button", class: "button" }, gettext("The factory"));
    if (first) back.onclick = () => this.select({ factory: first.factory, vehicle: 0 });
    parts.rest.append(
      el("div", { class: "row" }, first && back),
      el("p", { class: "muted source" }, gettext("Measured and reported by the vehicle (VDA 5050).")),
    );
    this.#update = () => {
      const vehicle = this.plants.vehicles.get(id);
      if (!vehicle) return setText(parts.rest, gettext("It is not known here, or it was removed."));
      const { nowMs, isBlind } = this.now();
      replace(parts.chips, vehicleChip(vehicleState(vehicle, nowMs, isBlind)));
      const factory = this.plants.factories.get(vehicle.factory);
      replace(parts.facts, ...vehicleFacts(vehicle, factory, nowMs).childNodes);
    };
    this.#update();
  }

  /** @param {HTMLElement} node @param {string} title @param {string} subtitle */
  #frame(node, title, subtitle) {
    const shut = el(
      "button",
      { type: "button", class: "icon-button", "aria-label": gettext("Close the details"), onclick: this.close },
      icon("close"),
    );
    const chips = el("div", { class: "row" });
    const shown = el("dl", { class: "facts" });
    const rest = el("div", { class: "stack" });
    const top = el("div", { class: "row spread" }, el("h2", null, title), shut);
    replace(
      node,
      el("div", { class: "inspector-head" }, top, subtitle && el("div", { class: "muted" }, subtitle), chips),
      el("div", { class: "inspector-body stack", id: "plant" }, shown, rest),
    );
    return { chips, facts: shown, rest };
  }
}

/** @param {number} count */
const countWord = (count) =>
  interpolate(ngettext("%(count)s vehicle", "%(count)s vehicles", count), { count: formatNumber(count) });

/** @param {any} factory @param {number} nowMs */
function factoryFacts({ levels, machines, newest_reading_at: at, lat_deg: lat, lon_deg: lon, plan }, nowMs) {
  const ageS = at ? Math.max(0, (nowMs - Date.parse(at)) / 1000) : null;
  const risks = LEVELS.filter((level) => levels[level]).map((level) => levelChip(level, levels[level]));
  return facts([
    [gettext("Machines"), formatNumber(machines)],
    [gettext("Their risk (inferred)"), risks.length ? el("span", { class: "row" }, ...risks) : gettext("unknown")],
    [gettext("Newest reading"), ageS === null ? gettext("never") : ageText(ageS)],
    [gettext("Place"), placeText(lat, lon)],
    [gettext("Floor plan"), plan ? gettext("shown when near") : gettext("none is known")],
  ]);
}

/** @param {any} vehicle @param {any} factory @param {number} nowMs */
function vehicleFacts(vehicle, factory, nowMs) {
  const ageS = ageOf(vehicle, nowMs);
  const errors = vehicle.errors.map((/** @type {any} */ error) => el("span", { class: "mono" }, error.type));
  return facts([
    [gettext("Factory"), factory ? nameOf(factory) : vehicle.factory],
    [gettext("Last heard"), el("span", { class: ageS > vehicle.stale_after_s ? "is-stale" : "" }, ageText(ageS))],
    [gettext("Place"), hasPlace(vehicle) ? placeText(vehicle.lat_deg, vehicle.lon_deg) : gettext("unknown")],
    [gettext("Heading"), quantity(vehicle.heading_deg, "°")],
    [gettext("Mode"), MODE_WORDS[vehicle.operating_mode] ?? vehicle.operating_mode],
    [gettext("Battery"), quantity(vehicle.battery_pct, "%")],
    [gettext("Stops ahead"), formatNumber(vehicle.path_lon_lat_deg.length)],
    [gettext("Errors"), errors.length ? el("span", { class: "row" }, ...errors) : gettext("none")],
    [gettext("Name"), vehicleName(vehicle)],
  ]);
}

/** @param {number} lat @param {number} lon */
const placeText = (lat, lon) => `${lat.toFixed(PLACES)}, ${lon.toFixed(PLACES)}`;
