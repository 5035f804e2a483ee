import assert from "node:assert/strict";
import test from "node:test";
import { SiteMap } from "../../../../static/network/sites/sitemap.js";
import { callsOf, layPaper, noting } from "../../paper.js";

layPaper();
const page = new EventTarget();
const sizes = noting();
let drawings = 0;
Object.assign(document, {
  addEventListener: page.addEventListener.bind(page),
  createElement: () => noting({ getContext: () => noting() }),
});
Object.assign(globalThis, {
  Path2D: class {},
  ResizeObserver: function ResizeObserver() {
    return sizes;
  },
  requestAnimationFrame: () => drawings++,
});

function mapOf() {
  const options = { basemap: { features: [] }, language: "en", pick() {}, over() {} };
  return Object.assign(new SiteMap(noting(), options), { width: 100, height: 100 });
}

test("a map draws itself in another theme, and one that was closed never again", () => {
  const map = mapOf();
  page.dispatchEvent(new Event("loft:theme"));
  assert.equal(drawings, 1);
  map.close();
  map.isAsked = false;
  page.dispatchEvent(new Event("loft:theme"));
  map.ask();
  assert.equal(drawings, 1);
  assert.equal(callsOf(sizes, "disconnect").length, 1);
});
