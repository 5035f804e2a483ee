/** REST calls of the pages: JSON in, JSON out, problems as exceptions; and the server's clock, which answers tell. */
import { gettext, interpolate } from "./i18n.js";
import { refusalText } from "./rights.js";
import { ANSWER_MS, within } from "./within.js";

const MOST_WAIT_S = 2;
const SAME_CLOCK_MS = 2000; // what the way takes, and whole seconds in the header, are no wrong clock
const NO_ANSWER = gettext("Loft does not answer. Look at your connection, then try again.");
const SIGNED_OUT = gettext("You are signed out. Reload this page to sign in again.");
let aheadMs = 0;

/** Now by the server's clock: this computer's may be wrong. @returns {number} milliseconds since 1970 */
export const nowMs = () => Date.now() + aheadMs;

/** @type {WeakMap<object, number>} */
const keptAtMs = new WeakMap();

/**
 * When what was answered was so: an answer from memory, while the database does not answer, is older than it comes.
 * @param {any} body @returns {number} milliseconds since 1970; NaN for what was read just now
 */
export const asOfMs = (body) => (body && typeof body === "object" && keptAtMs.get(body)) || NaN;

/** @typedef {{field: string, value: unknown, expected: string}} FieldError */

/** What went wrong, as RFC 9457 problem details say it. Status 0: nothing answered. */
export class Problem extends Error {
  /** @param {{status: number, title: string, detail?: string, errors?: FieldError[], database?: string}} body */
  constructor(body) {
    super(body.detail || body.title);
    this.name = "Problem";
    this.status = body.status;
    this.title = body.title;
    this.detail = body.detail || "";
    this.errors = body.errors || [];
    this.database = body.database || ""; // why the database cannot answer, where that is why
  }
}

/**
 * @param {string} url
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export function getJson(url, options = {}) {
  return call(url, { headers: { Accept: "application/json" }, signal: options.signal });
}

/**
 * Every row of a list, page after page.
 * @param {string} url with its query, without limit and offset
 * @param {number} [most] no more rows than about these are fetched
 * @returns {Promise<any[]>}
 */
export async function getAll(url, most = 20_000) {
  /** @param {number} offset */
  const page = (offset) => getJson(`${url}${url.includes("?") ? "&" : "?"}limit=1000&offset=${offset}`);
  let { results, count } = await page(0);
  while (results.length < Math.min(count, most)) {
    const more = (await page(results.length)).results;
    if (!more.length) break; // rows went meanwhile
    results = results.concat(more);
  }
  return results;
}

/**
 * @param {"POST"|"PATCH"|"PUT"|"DELETE"} method
 * @param {string} url
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export function sendJson(method, url, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  return call(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/**
 * Octets rather than JSON, with the answer's headers; with a body it is a POST of JSON.
 * @param {string} url
 * @param {unknown} [body]
 * @returns {Promise<{bytes: Uint8Array, headers: Headers}>}
 */
export async function getBytes(url, body) {
  const headers = { Accept: "application/octet-stream, application/json" };
  const request =
    body === undefined
      ? { headers }
      : {
          method: "POST",
          headers: { ...headers, "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
          body: JSON.stringify(body),
        };
  const answer = await answerOf(url, request);
  return { bytes: new Uint8Array(await answered(answer.arrayBuffer())), headers: answer.headers };
}

/** @typedef {RequestInit & {isSecond?: boolean}} Asked */

/** @param {string} url @param {Asked} request @returns {Promise<any>} */
async function call(url, request) {
  const answer = await answerOf(url, request);
  const body = await bodyOf(answer);
  const asOf = Date.parse(answer.headers.get("Loft-As-Of") || "");
  if (asOf && body && typeof body === "object") keptAtMs.set(body, asOf);
  return body;
}

/** @param {string} url @param {Asked} request @returns {Promise<Response>} */
async function answerOf(url, request) {
  const signal = within(ANSWER_MS, request.signal);
  const answer = await answered(fetch(url, { credentials: "same-origin", ...request, signal }));
  noteClock(answer.headers.get("Date"));
  if (answer.ok) return answer;
  const waitS = Number(answer.headers.get("Retry-After"));
  if (answer.status === 503 && !request.isSecond && !request.method && waitS > 0 && waitS <= MOST_WAIT_S) {
    await new Promise((resolve) => setTimeout(resolve, waitS * 1000)); // too many at once: it changed nothing, so again
    return answerOf(url, { ...request, isSecond: true });
  }
  const body = await bodyOf(answer);
  throw new Problem({
    title: answer.statusText || String(answer.status),
    ...body,
    ...toldOf(answer.status, body),
    status: answer.status,
  });
}

/**
 * The line may be lost before an answer and in the middle of one.
 * @template T @param {Promise<T>} promise @returns {Promise<T>}
 */
async function answered(promise) {
  try {
    return await promise;
  } catch (reason) {
    if (reason.name === "AbortError") throw reason;
    throw new Problem({ status: 0, title: "No answer", detail: NO_ANSWER });
  }
}

/**
 * What the server does not say of itself, or not to people.
 * @param {number} status @param {any} body @returns {{detail?: string}}
 */
function toldOf(status, body) {
  if (status === 401) return { detail: SIGNED_OUT };
  if (status === 403 && typeof body?.detail === "string") return { detail: refusalText(body.detail) };
  if (body?.database)
    return { detail: `${databaseWords(body.database)} ${gettext("Nothing was changed: try again.")}` };
  if (body?.detail || status < 500) return {};
  return {
    detail: interpolate(
      gettext("Loft failed over this (%(status)s). Try again; if it stays so, tell those who run it."),
      { status },
    ),
  };
}

/** Why the database cannot answer. @param {string} reason as problem details say it */
function databaseWords(reason) {
  if (reason === "locked") return gettext("The database is locked by somebody else who writes.");
  if (reason === "full") return gettext("The disk of the database is full.");
  if (reason === "read_only") return gettext("The database takes no changes just now.");
  if (reason === "damaged") return gettext("The database is damaged.");
  return gettext("The database does not answer.");
}

/** @param {string|null} header */
function noteClock(header) {
  const differsMs = header ? Date.parse(header) - Date.now() : NaN;
  if (Number.isFinite(differsMs)) aheadMs = Math.abs(differsMs) > SAME_CLOCK_MS ? differsMs : 0;
}

/** @param {Response} answer @returns {Promise<any>} */
async function bodyOf(answer) {
  const text = await answered(answer.text());
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return answer.ok ? text : {};
  }
}

/** What a request that changes something has to carry; under TLS its cookie is for this host only. @returns {string} */
export function csrfToken() {
  const match = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/);
  return match ? decodeURIComponent(match[1]) : "";
}
