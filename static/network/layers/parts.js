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
   * @param {(data: any) => boolean} [isEmpty]
   */
  constructor(read, tell, isEmpty = () => false) {
    this.read = read;
    this.tell = tell;
    this.isEmpty = isEmpty;
    /** @type {"idle"|"loading"|"ready"|"empty"|"error"|"forbidden"} */
    this.state = "idle";
    /** @type {any} */
    this.data = null;
    /** @type {any} */
    this.problem = null;
    this.readMs = 0;
    this.token = 0;
  }

  /** Read it, again when it was read before. @returns {Promise<any>} the newest there is, null when there is none */
  async load() {
    const token = ++this.token;
    if (!this.data) this.#say("loading");
    try {
      const data = await this.read();
      if (token !== this.token) return this.data;
      this.data = data;
      this.problem = null;
      this.readMs = performance.now();
      this.#say(this.isEmpty(data) ? "empty" : "ready");
    } catch (problem) {
      if (token === this.token) this.#fail(problem);
    }
    return this.data;
  }

  /** What was read long ago, or before the last reading failed, is old. */
  isStale() {
    return this.data !== null && (this.problem !== null || performance.now() - this.readMs > OLD_MS);
  }

  /** @param {any} problem */
  #fail(problem) {
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
    live: () => getJson(`/api/v1/network/live?region=${region}&limit=0`), // how many there are is all that is shown
  };
}

/**
 * The layers that are drawn as features.
 * @param {ReturnType<typeof readersOf>} read @param {import("./state.js").LayerState} state
 * @param {(layer: Layer, part: Part) => void} tell
 * @returns {Record<Layer, Part>}
 */
export function partsOf(read, state, tell) {
  /** @param {Layer} layer @param {() => Promise<any>} reader @param {(data: any) => any[]} [rowsOf] */
  const part = (layer, reader, rowsOf = (rows) => rows) =>
    new Part(
      reader,
      (piece) => tell(layer, piece),
      (data) => rowsOf(data).length === 0,
    );
  return {
    links: part("links", read.links),
    circles: part(
      "circles",
      () => read.reach(READINGS[state.look.reading], state.look.twin),
      (reach) => reach.sites,
    ),
    corridors: part(
      "corridors",
      () => read.corridors(state.look.twin),
      (pieces) => pieces.features,
    ),
    planned: part("planned", read.planned),
  };
}
