/**
 * What the modules under test find of a page, without a browser: its language and zone, and where its server is. Loaded
 * before every test (`--import`). The libraries of the pages are those of node_modules, as console/assets.py copies
 * them.
 */
import { register } from "node:module";

const LIBRARY = new URL("../../node_modules/uplot/dist/uPlot.esm.js", import.meta.url).href;
const resolved = `{ url: ${JSON.stringify(LIBRARY)}, format: "module", shortCircuit: true }`;
const resolve = `export const resolve = (name, context, next) =>
  name.endsWith("/vendor/uplot/uPlot.esm.js") ? ${resolved} : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(resolve)}`);

const root = { lang: "en", dataset: { timeZone: "Asia/Shanghai" } };
Object.assign(globalThis, {
  document: { documentElement: root, cookie: "csrftoken=t%3D1", getElementById: () => null },
  location: { href: "http://127.0.0.1/", search: "" },
});

const call = globalThis.fetch;
/** Addresses of the pages have no host. @type {typeof fetch} */
globalThis.fetch = (url, request) => call(new URL(String(url), globalThis.location.href), request);
