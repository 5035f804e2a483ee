import assert from "node:assert/strict";
import test from "node:test";
import { asOfMs, csrfToken, getAll, getBytes, getJson, Problem, sendJson } from "../../../static/console/api.js";
import { serve } from "../server.js";

/** @param {Promise<unknown>} call @returns {Promise<Problem>} */
const problemOf = (call) =>
  call.then(
    () => assert.fail("it went well"),
    (problem) => problem,
  );

test("what is sent is JSON and carries the token of the page's cookie", async (t) => {
  const asked = await serve(t, () => ({ status: 201, body: { id: 7 } }));
  assert.deepEqual(await sendJson("POST", "/api/v1/keys", { name: "north" }), { id: 7 });
  const [{ method, url, headers, body }] = asked;
  assert.deepEqual([method, url, body], ["POST", "/api/v1/keys", '{"name":"north"}']);
  assert.equal(headers["x-csrftoken"], "t=1");
  assert.equal(headers["content-type"], "application/json");
});

test("the token is found under the name that its cookie has with TLS", () => {
  const plain = document.cookie;
  document.cookie = "theme=dark; __Host-csrftoken=abc";
  assert.equal(csrfToken(), "abc");
  document.cookie = "mycsrftoken=abc";
  assert.equal(csrfToken(), "");
  document.cookie = plain;
});

test("an answer without content is null", async (t) => {
  await serve(t, () => ({ status: 204 }));
  assert.equal(await sendJson("DELETE", "/api/v1/keys/7"), null);
});

test("problem details become an exception with status, words and fields", async (t) => {
  const errors = [{ field: "name", value: "", expected: "1 to 64 characters" }];
  await serve(t, () => ({ status: 400, body: { title: "Bad request", detail: "No name.", errors } }));
  const problem = await problemOf(getJson("/api/v1/keys"));
  assert.ok(problem instanceof Problem);
  assert.deepEqual(
    [problem.status, problem.title, problem.message, problem.errors],
    [400, "Bad request", "No name.", errors],
  );
});

test("a refusal names no right by its code, wherever it is shown", async (t) => {
  await serve(t, () => ({ status: 403, body: { detail: "You lack the right network.bend_site." } }));
  const problem = await problemOf(sendJson("POST", "/api/v1/sites", {}));
  assert.deepEqual([problem.message, problem.detail], ["You lack a right for this.", "You lack a right for this."]);
  await serve(t, () => ({ status: 403, body: { detail: "Nobody may do this." } }));
  assert.equal((await problemOf(getJson("/api/v1/sites"))).message, "Nobody may do this.");
});

test("a failure that is no JSON says its status", async (t) => {
  await serve(t, () => ({ status: 502, body: "<html>" }));
  const problem = await problemOf(getJson("/api/v1/keys"));
  assert.deepEqual([problem.status, problem.title, problem.errors], [502, "Bad Gateway", []]);
});

test("where nothing answers the status is 0", async () => {
  globalThis.location.href = "http://127.0.0.1:1/";
  const problem = await problemOf(getJson("/api/v1/keys"));
  assert.deepEqual([problem.status, problem.title], [0, "No answer"]);
});

test("a question that is called off is no problem of the server", async (t) => {
  await serve(t, () => new Promise((resolve) => setTimeout(() => resolve({}), 50)));
  const calling = new AbortController();
  const call = getJson("/api/v1/keys", { signal: calling.signal });
  calling.abort();
  assert.equal((await problemOf(call)).name, "AbortError");
});

test("too many at once is asked again after the time that the answer names, once, and only of what changes nothing", async (t) => {
  const busy = { status: 503, headers: { "Retry-After": "0.01" }, body: { title: "Busy" } };
  const asked = await serve(t, () => (asked.length === 1 ? busy : { body: [1] }));
  assert.deepEqual(await getJson("/api/v1/sites"), [1]);
  assert.equal(asked.length, 2);
  const always = await serve(t, () => busy);
  assert.equal((await problemOf(getJson("/api/v1/sites"))).status, 503);
  assert.equal(always.length, 2);
  assert.equal((await problemOf(sendJson("POST", "/api/v1/sites", {}))).status, 503);
  assert.equal(always.length, 3);
});

test("a wait of more than two seconds is left to the person", async (t) => {
  const asked = await serve(t, () => ({ status: 503, headers: { "Retry-After": "3" }, body: { title: "Busy" } }));
  assert.equal((await problemOf(getJson("/api/v1/sites"))).status, 503);
  assert.equal(asked.length, 1);
});

/** @param {number} count @param {number} most of one page */
const pages =
  (count, most) =>
  (/** @type {import("../server.js").Asked} */ { url }) => {
    const offset = Number(new URL(url, "http://x").searchParams.get("offset"));
    const results = Array.from({ length: Math.max(0, Math.min(most, count - offset)) }, (_, at) => offset + at);
    return { body: { count: 25, results } };
  };

test("all rows of a list are read page after page", async (t) => {
  const asked = await serve(t, pages(25, 10));
  assert.deepEqual(
    await getAll("/api/v1/sites?kind=macro"),
    Array.from({ length: 25 }, (_, at) => at),
  );
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["0", "10", "20"].map((at) => `/api/v1/sites?kind=macro&limit=1000&offset=${at}`),
  );
});

test("no more pages are read than asked for, nor for ever where rows went meanwhile", async (t) => {
  const asked = await serve(t, pages(25, 10));
  assert.equal((await getAll("/api/v1/sites", 15)).length, 20);
  assert.equal(asked.length, 2);
  const fewer = await serve(t, pages(12, 10));
  assert.equal((await getAll("/api/v1/sites")).length, 12);
  assert.equal(fewer.length, 3);
});

test("octets come with their headers; with a body it is a POST", async (t) => {
  const asked = await serve(t, () => ({ headers: { "X-Rows": "2" }, body: Uint8Array.of(1, 255) }));
  const { bytes, headers } = await getBytes("/api/v1/coverage/raster");
  assert.deepEqual([...bytes, headers.get("X-Rows")], [1, 255, "2"]);
  await getBytes("/api/v1/coverage/what-if", { sector: "bs-1" });
  assert.deepEqual(
    asked.map(({ method, body }) => [method, body]),
    [
      ["GET", ""],
      ["POST", '{"sector":"bs-1"}'],
    ],
  );
});

test("an answer from memory says of when it is, any other does not", async (t) => {
  const headers = { "Loft-As-Of": "2026-06-01T12:00:00+00:00" };
  let turn = 0;
  await serve(t, () => ({ status: 200, body: { count: 1 }, headers: turn++ ? {} : headers }));
  assert.equal(asOfMs(await getJson("/api/v1/alarms")), Date.UTC(2026, 5, 1, 12));
  assert.ok(Number.isNaN(asOfMs(await getJson("/api/v1/alarms"))));
  assert.ok(Number.isNaN(asOfMs(null)));
});

test("a database that cannot answer is said in words, and that nothing was changed", async (t) => {
  const words = {
    away: /does not answer/,
    locked: /locked/,
    full: /disk/,
    read_only: /no changes/,
    damaged: /damaged/,
  };
  for (const [database, said] of Object.entries(words)) {
    const body = { title: "Unavailable", detail: "technical", database, since: "2026-06-01T12:00:00Z" };
    await serve(t, () => ({ status: 503, body, headers: { "Retry-After": "5" } }));
    const problem = await problemOf(sendJson("POST", "/api/v1/keys", {}));
    assert.match(problem.message, said);
    assert.match(problem.message, /Nothing was changed/);
    assert.deepEqual([problem.status, problem.database], [503, database]);
  }
});
