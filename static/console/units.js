/**
 * Lengths, speeds and temperatures in the units of the reader, as their account says (`/account`). The only place that
 * turns SI units into others: what is read from the server, sent to it, sorted by and exported stays as it is.
 */
import { formatNumber } from "./i18n.js";

/**
 * @typedef {{unit: string, of: (value: number) => number}} Shown the reader's unit, and how to come to it
 */

const FOOT_M = 0.3048; // international foot, exactly
const MILE_KM = 1.609344; // international mile, exactly
const KNOT_MPS = 1852 / 3600; // a nautical mile of 1,852 m an hour
const ZERO_C_K = 273.15;

const fahrenheit = (/** @type {number} */ celsius) => celsius * 1.8 + 32;

/**
 * By the unit in which a value comes and the one that the reader chose.
 * @type {Record<string, Record<string, Shown>>}
 */
const SHOWN = {
  m: { ft: { unit: "ft", of: (metres) => metres / FOOT_M } },
  km: { ft: { unit: "mi", of: (kilometres) => kilometres / MILE_KM } },
  "m/s": {
    "km/h": { unit: "km/h", of: (speed) => speed * 3.6 },
    kt: { unit: "kt", of: (speed) => speed / KNOT_MPS },
  },
  "°C": { "°F": { unit: "°F", of: fahrenheit } },
  K: {
    "°C": { unit: "°C", of: (kelvin) => kelvin - ZERO_C_K },
    "°F": { unit: "°F", of: (kelvin) => fahrenheit(kelvin - ZERO_C_K) },
  },
};

/** What the page was made for. @returns {Record<string, string|undefined>} the chosen unit by the unit of a value */
function chosen() {
  const { lengthUnit, speedUnit, temperatureUnit = "°C" } = document.documentElement.dataset;
  return { m: lengthUnit, km: lengthUnit, "m/s": speedUnit, "°C": temperatureUnit, K: temperatureUnit };
}

/** @param {string} unit of a value as the server gives it @returns {Shown} */
const shownIn = (unit) => SHOWN[unit]?.[chosen()[unit] ?? ""] ?? { unit, of: (value) => value };

/** In what the reader sees values of a unit. @param {string} unit */
export const unitFor = (unit) => shownIn(unit).unit;

/** A value as the reader sees it. @param {number} value @param {string} unit */
export const valueFor = (value, unit) => shownIn(unit).of(value);

/**
 * A value with its unit, as the reader sees both.
 * @param {number} value @param {string} unit @param {number} [digits]
 */
export const withUnit = (value, unit, digits = 0) => `${formatNumber(valueFor(value, unit), digits)} ${unitFor(unit)}`;

/**
 * From one value to another, with one unit for both.
 * @param {number} low @param {number} high @param {string} unit @param {number} [digits]
 */
export const rangeWithUnit = (low, high, unit, digits = 0) =>
  `${formatNumber(valueFor(low, unit), digits)}–${withUnit(high, unit, digits)}`;

/** What MapLibre calls the reader's units of length. @returns {"imperial"|"metric"} */
export const scaleUnit = () => (unitFor("m") === "ft" ? "imperial" : "metric");
