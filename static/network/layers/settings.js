/** Sectors that send otherwise than planned, as their equipment tells: how many, and which. */
import { el, replace } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";

/**
 * @typedef {{key: string, tilt_deg: number|null, power_dbm: number|null, planned_tilt_deg: number,
 *   planned_power_dbm: number}} SettingRow
 */

const LEAST_DIFFERENCE = 0.05; // as the server has it

/**
 * What differs of a sector. Pure.
 * @param {SettingRow} row
 */
export function settingWord(row) {
  /** @param {string} text @param {number|null} told @param {number} planned */
  const part = (text, told, planned) =>
    told !== null &&
    Math.abs(told - planned) > LEAST_DIFFERENCE &&
    interpolate(text, { told: formatNumber(told, 1), planned: formatNumber(planned, 1) });
  const parts = [
    part(gettext("tilt %(told)s°, planned %(planned)s°"), row.tilt_deg, row.planned_tilt_deg),
    part(gettext("power %(told)s dBm, planned %(planned)s dBm"), row.power_dbm, row.planned_power_dbm),
  ];
  return parts.filter(Boolean).join("; ");
}

export class Settings {
  #told = "";
  summary = el("summary");
  rows = el("ul", { class: "place-list" });
  node = el("details", { class: "places", id: "net-otherwise", hidden: true }, this.summary, this.rows);

  /** @param {(sector: string) => void} open */
  constructor(open) {
    this.open = open;
  }

  /** @param {{sectors_otherwise: number, setting_rows: SettingRow[]}|null} live null: of the plan there are none */
  show(live) {
    const [count, rows] = [live?.sectors_otherwise ?? 0, live?.setting_rows ?? []];
    const told = JSON.stringify([count, rows]);
    if (told === this.#told) return; // who reads in it is not disturbed
    this.#told = told;
    this.node.hidden = count === 0;
    this.summary.textContent = interpolate(gettext("%(count)s sectors are set otherwise than planned"), {
      count: formatNumber(count),
    });
    replace(this.rows, ...rows.map((row) => this.#row(row)));
  }

  /** @param {SettingRow} row */
  #row(row) {
    const button = el(
      "button",
      { type: "button", class: "place bad", dataset: { key: row.key }, onclick: () => this.open(row.key) },
      el("span", { class: "place-name" }, row.key),
      el("span", { class: "place-word" }, settingWord(row)),
    );
    return el("li", null, button);
  }
}
