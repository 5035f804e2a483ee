/**
 * Coverage over REST: what there is, rasters kept by what they show, and what-if rasters of which the newest request
 * wins.
 */
import { Problem, getBytes, getJson } from "../../console/api.js";
import { PLANNED } from "./state.js";

const KEPT = 12;
const BASE = "/api/v1/coverage";

/**
 * @typedef {{bytes: Uint8Array, rows: number, columns: number, version: string}} Raster
 * @typedef {{key: string, unit: string, low: number, high: number, classes: number[], definition: string}} Value
 * @typedef {{value: string, heightM: number, sector: string, change: object, startedMs: number}} WhatIf
 * @typedef {(answer: Answer|null, problem?: Error) => void} Tell
 * @typedef {{raster: Raster, kpis: {before: any, after: any}|null, startedMs: number}} Answer
 */
export class Rasters {
  /** @param {string} region */
  constructor(region) {
    this.region = region;
    /** @type {{version: string, values: Value[], servers: string[], corners: number[][], definition: string}|null} */
    this.about = null;
    /** @type {Map<string, Promise<Raster>>} */
    this.kept = new Map();
    /** @type {(WhatIf & {tell: Tell})|null} */
    this.request = null;
    this.isAsking = false;
  }

  /** What layers there are; a new version forgets the rasters of the old one. */
  async describe() {
    const about = await getJson(`${BASE}/layers?region=${this.region}`);
    if (this.about && this.about.version !== about.version) this.kept.clear();
    this.about = about;
    return about;
  }

  /** @param {string} key @returns {Value|undefined} */
  valueOf(key) {
    return this.about?.values.find((value) => value.key === key);
  }

  /**
   * A raster by either twin. Of the live one none is kept: the browser asks whether its own still holds.
   * @param {string} value @param {number} heightM @param {string} [twin] @returns {Promise<Raster>}
   */
  get(value, heightM, twin = PLANNED) {
    if (twin !== PLANNED) return this.#read(value, heightM, twin);
    const key = `${value}@${heightM}`;
    const raster = this.kept.get(key) || this.#read(value, heightM, twin);
    this.kept.delete(key);
    this.kept.set(key, raster);
    raster.catch(() => this.kept.get(key) === raster && this.kept.delete(key)); // not what was read anew since
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT) this.kept.delete(oldest);
    return raster;
  }

  /** @param {string} value @param {number} heightM @param {string} twin */
  async #read(value, heightM, twin) {
    return rasterOf(await getBytes(`${this.#url("raster", value, heightM)}&twin=${twin}`));
  }

  /**
   * The exact figures at a place.
   * @param {[number, number]} at longitude, latitude @param {number} heightM @param {string} twin
   * @param {AbortSignal} [signal]
   */
  at([lon, lat], heightM, twin, signal) {
    const place = `lat_deg=${lat.toFixed(6)}&lon_deg=${lon.toFixed(6)}&height_m=${heightM}`;
    return getJson(`${BASE}/at?region=${this.region}&${place}&twin=${twin}`, { signal });
  }

  /** Shares of the whole region by height. @param {string} twin */
  kpis(twin) {
    return getJson(`${BASE}/kpis?region=${this.region}&twin=${twin}`);
  }

  /**
   * Ask how it would be. While one answer is on its way only the newest request waits; requests overtaken are dropped.
   * @param {WhatIf} request
   * @param {Tell} tell
   */
  whatIf(request, tell) {
    this.request = { ...request, tell };
    if (!this.isAsking) this.#askAll();
  }

  /** Let go of the request that waits. */
  forget() {
    this.request = null;
  }

  async #askAll() {
    this.isAsking = true;
    try {
      while (this.request) {
        const { tell, ...request } = this.request;
        this.request = null;
        await this.#ask(request).then(tell, (problem) => tell(null, problem));
      }
    } finally {
      this.isAsking = false; // a mistake in drawing one answer must not end all asking
    }
  }

  /** @param {WhatIf} request @returns {Promise<Answer>} */
  async #ask({ value, heightM, sector, change, startedMs }) {
    const answer = await getBytes(this.#url("what-if", value, heightM), { sector, ...change });
    return { raster: rasterOf(answer), kpis: JSON.parse(answer.headers.get("X-Kpis") || "null"), startedMs };
  }

  /** @param {string} name @param {string} value @param {number} heightM */
  #url(name, value, heightM) {
    return `${BASE}/${name}?region=${this.region}&height_m=${heightM}&value=${value}`;
  }
}

/** @param {{bytes: Uint8Array, headers: Headers}} answer @returns {Raster} */
function rasterOf({ bytes, headers }) {
  const [rows, columns] = [Number(headers.get("X-Rows")), Number(headers.get("X-Columns"))];
  if (!rows || rows * columns !== bytes.length)
    throw new Problem({ status: 0, title: "A raster of another size than it says" });
  return { bytes, rows, columns, version: headers.get("ETag") || "" };
}
