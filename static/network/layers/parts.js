/** What the layers show, read over REST; each part says how it stands. */
import { getAll, getJson } from "../../console/api.js";
import { READINGS } from "./state.js";

const MOST_ROWS = 10_000; // more than a map can show
const OLD_MS = 120_000;

/** @typedef {"links"|"circles"|"corridors"|"planned"} Layer of those that are drawn as features */

/** @type {Record<Layer, string>} what each is drawn as */
export const SOURCES = { links: "links", circles: "reach", corridors: "corridors", planned: "planned" };
/** @type {Layer[]} which may be coloured by their agreements */
export const AGREED = ["links", "corridors"];

export class Part {
  /**
   * @param {() => Promise<any>} read @param {(part: Part) => void} tell called at every change of state
   * @param {(data: any) => boolean} [isEmpty] @param {() => string} [question] what `read` asks for now
   */
  constructor(read, tell, isEmpty = () => false, question = () => "") {
    this.read = read;
    this.tell = tell;
    this.isEmpty = isEmpty;
    this.question = question;
    /** @type {"idle"|"loading"|"ready"|"empty"|"error"|"forbidden"} */
    this.state = "idle";
    /** @type {any} */
    this.data = null;
    /** @type {any} */
    this.problem = null;
    this.readMs = 0;
    this.token = 0;
    this.shown = 0; // of the reading that is shown
    this.answered = ""; // the question that it answers
  }

  /**
   * Read it, again when it was read before. An answer that comes once the same was asked again is shown until the newer
   * one is there, so that slow answers are seen at all; one to another question is not, and what was shown of another
   * is no older answer to the one that fails.
   * @returns {Promise<any>} the newest there is, null when there is none
   */
  async load() {
    const token = ++this.token;
    const asked = this.question();
    if (!this.data) this.#say("loading");
    try {
      const data = await this.read();
      if (token < this.shown || asked !== this.question()) return this.data;
      this.shown = token;
      this.answered = asked;
      this.data = data;
      this.problem = null;
      this.readMs = performance.now();
      this.#say(this.isEmpty(data) ? "empty" : "ready");
    } catch (problem) {
      if (token === this.token) this.#fail(problem, asked);
    }
    return this.data;
  }

  /** What was read long ago, or before the last reading failed, is old. */
  isStale() {
    return this.data !== null && (this.problem !== null || performance.now() - this.readMs > OLD_MS);
  }

  /** @param {any} problem @param {string} asked */
  #fail(problem, asked) {
    if (asked !== this.answered) this.data = null;
    if (!problem.status && problem.name !== "Problem") console.error(problem);
    this.problem = problem;
    this.#say(problem.status === 403 ? "forbidden" : "error");
  }

  /** @param {"loading"|"ready"|"empty"|"error"|"forbidden"} state */
  #say(state) {
    this.state = state;
    this.tell(this);
  }
}

/** Every row of a list, as far as a map can show them. @param {string} url with a query */
export const allRows = (url) => getAll(url, MOST_ROWS);

/** Readers of the parts of a region. @param {string} region */
export function readersOf(region) {
  return {
    links: () => allRows(`/api/v1/links?region=${region}`),
    sectors: async () =>
      new Map((await allRows(`/api/v1/sectors?region=${region}`)).map((sector) => [sector.slug, sector])),
    corridors: (/** @type {string} */ twin) => getJson(`/api/v1/coverage/corridors?region=${region}&twin=${twin}`),
    planned: () => allRows("/api/v1/inventory/changes?is_planned=true"),
    reach: (/** @type {string[]} */ [layer, direction], /** @type {string} */ twin) =>
      getJson(
        `/api/v1/circles/reach?region=${region}&layer=${layer}&direction=${direction}&threshold_ms=1&twin=${twin}`,
      ),
    live: () => getJson(`/api/v1/network/live?region=${region}&limit=50`),
  };
}

/**
 * How much of the region is covered.
 * @param {import("./rasters.js").Rasters} rasters @param {import("./state.js").Look} look @param {() => void} tell
 */
export const kpisOf = (rasters, look, tell) =>
  new Part(
    () => rasters.kpis(look.twin),
    tell,
    () => false,
    () => look.twin,
  );

/**
 * The layers that are drawn as features.
 * @param {ReturnType<typeof readersOf>} read @param {import("./state.js").LayerState} state
 * @param {(layer: Layer, part: Part) => void} tell
 * @returns {Record<Layer, Part>}
 */
export function partsOf(read, state, tell) {
  const { look } = state;
  /**
   * @param {Layer} layer @param {() => Promise<any>} reader @param {(data: any) => any[]} [rowsOf]
   * @param {() => string} [question]
   */
  const part = (layer, reader, rowsOf = (rows) => rows, question = () => "") =>
    new Part(
      reader,
      (piece) => tell(layer, piece),
      (data) => rowsOf(data).length === 0,
      question,
    );
  return {
    links: part("links", read.links),
    circles: part(
      "circles",
      () => read.reach(READINGS[look.reading], look.twin),
      (reach) => reach.sites,
      () => `${look.twin} ${look.reading}`,
    ),
    corridors: part(
      "corridors",
      () => read.corridors(look.twin),
      (pieces) => pieces.features,
      () => look.twin,
    ),
    planned: part("planned", read.planned),
  };
}
