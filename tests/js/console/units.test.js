import assert from "node:assert/strict";
import test from "node:test";
import { rangeWithUnit, unitFor, valueFor, withUnit } from "../../../static/console/units.js";

const { dataset } = document.documentElement;

/** @param {Record<string, string>} chosen @param {() => void} body */
function asChosen(chosen, body) {
  Object.assign(dataset, chosen);
  try {
    body();
  } finally {
    for (const name of Object.keys(chosen)) delete dataset[name];
  }
}

test("who chose nothing reads SI units, and kelvin as degrees Celsius", () => {
  assert.deepEqual(["m", "km", "m/s", "°C", "dBm", "°"].map(unitFor), ["m", "km", "m/s", "°C", "dBm", "°"]);
  assert.equal(withUnit(120, "m"), "120 m");
  assert.equal(withUnit(300.15, "K", 1), "27.0 °C");
});

test("a height of 120 m is 394 ft, and a link of 10 km 6.21 mi", () =>
  asChosen({ lengthUnit: "ft" }, () => {
    assert.equal(withUnit(120, "m"), "394 ft");
    assert.equal(withUnit(10, "km", 2), "6.21 mi");
    assert.equal(withUnit(304.8, "m"), "1,000 ft");
    assert.equal(rangeWithUnit(60, 120, "m"), "197–394 ft");
  }));

test("a speed of 10 m/s is 36 km/h, or 19.4 kt", () => {
  asChosen({ speedUnit: "km/h" }, () => assert.equal(withUnit(10, "m/s", 1), "36.0 km/h"));
  asChosen({ speedUnit: "kt" }, () => assert.equal(withUnit(10, "m/s", 1), "19.4 kt"));
});

test("water boils at 212 °F, -40 is -40, and kelvin become either", () =>
  asChosen({ temperatureUnit: "°F" }, () => {
    assert.equal(withUnit(100, "°C", 0), "212 °F");
    assert.equal(Math.round(valueFor(-40, "°C")), -40);
    assert.equal(withUnit(300.15, "K", 1), "80.6 °F");
  }));

test("units of no choice stay as they come, whatever is chosen", () =>
  asChosen({ lengthUnit: "ft", speedUnit: "kt", temperatureUnit: "°F" }, () => {
    assert.equal(withUnit(-95.25, "dBm", 1), "-95.3 dBm");
    assert.equal(withUnit(2.5, "ms", 1), "2.5 ms");
    assert.equal(withUnit(45, "°"), "45 °");
  }));

test("an unheard-of choice changes nothing", () =>
  asChosen({ lengthUnit: "furlong" }, () => assert.equal(withUnit(7, "m"), "7 m")));
