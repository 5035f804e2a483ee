/** Figures of coverage before and after a change of a sector. */
import { el, formatTime, quantity } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { bareTable } from "../../console/table.js";
import { heightWord, percentWord } from "./words.js";

/**
 * @typedef {{field: keyof import("./state.js").SectorChange, word: string, unit: string, least: number, most: number,
 *   step: number, digits: number}} Slider
 */

/** @type {Slider[]} */
export const SLIDERS = [
  { field: "tilt_deg", word: gettext("Tilt, downwards"), unit: "°", least: -10, most: 30, step: 0.5, digits: 1 },
  { field: "azimuth_deg", word: gettext("Azimuth, from north"), unit: "°", least: 0, most: 359, step: 1, digits: 0 },
  {
    field: "power_dbm",
    word: gettext("Power, before the antenna"),
    unit: "dBm",
    least: 10,
    most: 60,
    step: 0.5,
    digits: 1,
  },
];

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** @param {unknown} value */
const figureText = (value) => (isNumber(value) ? formatNumber(value, 2) : gettext("unknown"));
/** @param {unknown} value @param {number} digits @param {string} unit @param {number} scale */
const figure = (value, digits, unit, scale) => quantity(isNumber(value) ? value * scale : null, unit, digits);

/** @param {unknown} before @param {unknown} after @param {number} digits @param {number} scale */
function delta(before, after, digits, scale) {
  if (!isNumber(before) || !isNumber(after)) return "–";
  const change = (after - before) * scale;
  return `${change > 0 ? "+" : change < 0 ? "−" : "±"}${formatNumber(Math.abs(change), digits)}`;
}

/** Before and after. @param {{before: any, after: any}} kpis */
export function comparisonOf({ before, after }) {
  /**
   * @param {string} word @param {unknown} was @param {unknown} is
   * @param {{digits: number, unit: string, scale: number}} look
   */
  const line = (word, was, is, { digits, unit, scale }) => [
    el("th", { scope: "row" }, word),
    figure(was, digits, unit, scale),
    figure(is, digits, unit, scale),
    delta(was, is, digits, scale),
  ];
  const figures = [gettext("now"), gettext("tried"), gettext("change")];
  return bareTable(
    [el("td"), ...figures.map((word) => ({ word, isNumber: true }))],
    [
      line(gettext("Area covered"), before.share, after.share, { digits: 2, unit: "%", scale: 100 }),
      line(gettext("Weakest 5 % SINR"), before.p5_sinr_db, after.p5_sinr_db, { digits: 2, unit: "dB", scale: 1 }),
    ],
  );
}

/**
 * The consequence in words: what changes from when, and coverage before and after.
 * @param {import("./state.js").SectorChange} change @param {Date|null} from
 * @param {{sector: any, kpis: {before: any, after: any}|null, heightM: number}} about
 */
export function consequenceOf(change, from, { sector, kpis, heightM }) {
  const changes = SLIDERS.filter(({ field }) => field in change).map(
    ({ field, word, unit, digits }) =>
      `${word}: ${formatNumber(sector[field], digits)} → ${formatNumber(change[field] ?? sector[field], digits)} ${unit}`,
  );
  const when = from
    ? interpolate(gettext("It holds from %(time)s."), { time: formatTime(from) })
    : gettext("It holds at once, for everybody.");
  const shares =
    kpis &&
    interpolate(gettext("Area covered at %(height)s: %(before)s → %(after)s (modelled)."), {
      height: heightWord(heightM),
      before: percentWord(kpis.before.share, 2),
      after: percentWord(kpis.after.share, 2),
    });
  const weakest =
    kpis &&
    interpolate(gettext("SINR of the weakest 5 %: %(before)s → %(after)s dB."), {
      before: figureText(kpis.before.p5_sinr_db),
      after: figureText(kpis.after.p5_sinr_db),
    });
  return [`${changes.join("; ")}.`, shares, weakest, when].filter(Boolean).join(" ");
}
