/** A server of the test's own, as the page's: what was asked of it, and what it answers. */
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {{method: string, url: string, headers: Record<string, any>, body: string}} Asked
 * @typedef {{status?: number, headers?: Record<string, string>, body?: string|Uint8Array|object}} Answer
 */

/**
 * @param {import("node:test").TestContext} t whose end closes it
 * @param {(asked: Asked) => Answer|Promise<Answer>} answer
 * @returns {Promise<Asked[]>} what was asked so far
 */
export async function serve(t, answer) {
  /** @type {Asked[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const call = { method, url, headers, body: Buffer.concat(await request.toArray()).toString() };
    asked.push(call);
    const { status = 200, headers: more = {}, body = "" } = await answer(call);
    const isWhole = typeof body === "string" || body instanceof Uint8Array;
    response.writeHead(status, { connection: "close", ...more }).end(isWhole ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  globalThis.location.href = `http://127.0.0.1:${address.port}/`;
  t.after(() => server.close());
  return asked;
}
