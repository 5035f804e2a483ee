/** Sectors that send otherwise than planned, as their equipment tells: how many, and which. */
import { el, formatTime, setText } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { PlaceList } from "./places.js";
import { nameOf } from "./words.js";

/**
 * @typedef {{key: string, site: string, told_at: string, tilt_deg: number|null, power_dbm: number|null,
 *   planned_tilt_deg: number, planned_power_dbm: number}} SettingRow
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
  note = el("p", { class: "muted" });

  /** @param {(sector: string) => void} open @param {(slug: string) => any} siteOf */
  constructor(open, siteOf) {
    /** @type {PlaceList<import("./places.js").Listed>} */
    this.list = new PlaceList(gettext("Sectors set otherwise than planned: %(count)s"), ({ key }) => open(key));
    this.siteOf = siteOf;
    this.node = this.list.node;
    this.node.id = "net-otherwise";
    this.node.hidden = true;
    this.node.append(this.note);
  }

  /** @param {{sectors_otherwise: number, setting_rows: SettingRow[]}|null} live null: of the plan there are none */
  show(live) {
    const [count, rows] = [live?.sectors_otherwise ?? 0, live?.setting_rows ?? []];
    this.node.hidden = count === 0;
    this.list.show(
      rows.map((row) => this.#entry(row)),
      count,
    );
    setText(this.note, noteOf(count, rows));
  }

  /** @param {SettingRow} row @returns {import("./places.js").Listed} */
  #entry(row) {
    const name = interpolate(gettext("%(site)s, sector %(sector)s"), {
      site: nameOf(this.siteOf(row.site), row.site),
      sector: row.key,
    });
    return { key: row.key, name, word: settingWord(row), state: "otherwise" };
  }
}

/**
 * How many are not listed, and how old the oldest of what is listed is. Pure.
 * @param {number} count @param {SettingRow[]} rows
 */
export function noteOf(count, rows) {
  const more =
    count > rows.length && interpolate(gettext("and %(count)s more"), { count: formatNumber(count - rows.length) });
  const oldest = rows.length > 0 && Math.min(...rows.map((row) => Date.parse(row.told_at)));
  const age =
    oldest && interpolate(gettext("as the equipment told, at %(time)s at the earliest"), { time: formatTime(oldest) });
  return [more, age].filter(Boolean).join("; ");
}
