/** What the layers show, read over REST; each part says how it stands. */
import { getAll, getJson } from "../../console/api.js";

const MOST_ROWS = 10_000; // more than a map can show
const OLD_MS = 120_000;

export class Part {
  /**
   * @param {() => Promise<any>} read @param {(part: Part) => void} tell called at every change of state
   * @param {(data: any) => boolean} [isEmpty]
   */
  constructor(read, tell, isEmpty = () => false) {
    Object.assign(this, { read, tell, isEmpty });
    /** @type {"idle"|"loading"|"ready"|"empty"|"error"|"forbidden"} */
    this.state = "idle";
    this.data = null;
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
      Object.assign(this, { data, problem: null, readMs: performance.now() });
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

  #fail(problem) {
    if (!problem.status && problem.name !== "Problem") console.error(problem);
    this.problem = problem;
    this.#say(problem.status === 403 ? "forbidden" : "error");
  }

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
    sectors: async () => new Map((await allRows(`/api/v1/sectors?region=${region}`)).map((sector) => [sector.slug, sector])),
    corridors: () => getJson(`/api/v1/coverage/corridors?region=${region}`),
    planned: () => allRows("/api/v1/inventory/changes?is_planned=true"),
    reach: ([layer, direction]) => getJson(`/api/v1/circles/reach?region=${region}&layer=${layer}&direction=${direction}&threshold_ms=1`),
  };
}
