/** The columns of the table of drones in view: what each orders by, and what its cells say. */
import { ageText, chip, el, quantity } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { controlChip, linkWord, stateChip, stateChipWord } from "../words.js";

/** @type {Record<string, number>} */
const LOUDNESS = { emergency: 0, warning: 1, unknown: 2, normal: 3, ground: 4 };
/** @type {Record<string, number>} */
const CONTROL_ORDER = { below: 0, gap_ahead: 1, unknown: 2, met: 3 };

/** @typedef {import("../tracking/state.js").Drone & {name: string|null}} Row */

/**
 * @typedef {{key: string, word: string, isNumber?: boolean, value: (row: Row) => string|number,
 *   told: (row: Row) => unknown, cell: (row: Row) => string|HTMLElement}} Column
 *   `told`: what its cell is made of; while that is the same, so is the cell
 */

/** @type {Column[]} */
export const COLUMNS = [
  {
    key: "state",
    word: gettext("State"),
    value: loudness,
    told: (row) => stateChipWord(row),
    cell: (row) => stateChip(row),
  },
  {
    key: "name",
    word: gettext("Drone"),
    value: (row) => row.name || String(row.id),
    told: (row) => `${row.id} ${row.name}`,
    cell: (row) => row.name || el("span", { class: "muted" }, `#${row.id}`),
  },
  {
    key: "altitude",
    word: gettext("Altitude (WGS-84)"),
    isNumber: true,
    value: (row) => row.altitudeM,
    told: (row) => row.altitudeM,
    cell: (row) => quantity(row.altitudeM, "m"),
  },
  {
    key: "speed",
    word: gettext("Ground speed"),
    isNumber: true,
    value: (row) => row.speedMps ?? -1,
    told: (row) => row.speedMps,
    cell: (row) => quantity(row.speedMps, "m/s", 1),
  },
  {
    key: "track",
    word: gettext("Track"),
    isNumber: true,
    value: (row) => row.trackDeg ?? -1,
    told: (row) => row.trackDeg?.toFixed(0),
    cell: (row) => quantity(row.trackDeg, "°"),
  },
  {
    key: "control",
    word: gettext("Control link"),
    value: (row) => (row.isForeign ? 4 : CONTROL_ORDER[row.control]),
    told: (row) => row.isForeign || row.control,
    cell: (row) => (row.isForeign ? "–" : controlChip(row.control)),
  },
  {
    key: "age",
    word: gettext("Last heard"),
    isNumber: true,
    value: (row) => row.ageS,
    told: (row) => `${row.link} ${ageWord(row)}`,
    cell: ageCell,
  },
  {
    key: "verified",
    word: gettext("Registered"),
    value: (row) => (row.isForeign ? 2 : row.isUnverified ? 0 : 1),
    told: (row) => row.isForeign || row.isUnverified,
    cell: verifiedCell,
  },
];

/** @param {Row} row */
function verifiedCell(row) {
  if (row.isForeign) return "–";
  return row.isUnverified ? chip("unverified", gettext("Unverified")) : gettext("Verified");
}

/** @param {Row} row */
function loudness(row) {
  if (row.isForeign) return 5;
  if (row.control === "below" && row.state !== "emergency") return 0.9;
  return LOUDNESS[row.state] - (row.link === 2 ? 0.5 : 0) - (row.isUnverified ? 0.2 : 0) - (row.link === 1 ? 0.1 : 0);
}

/** @param {Row} row */
const ageWord = (row) => (row.isAgeKnown ? ageText(row.ageS) : `> ${ageText(row.ageS)}`);

/** @param {Row} row */
function ageCell(row) {
  return el("span", { class: row.link ? "is-stale" : "", title: linkWord(row.link) }, ageWord(row));
}
