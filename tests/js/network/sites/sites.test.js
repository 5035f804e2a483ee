import assert from "node:assert/strict";
import test from "node:test";
import { ageOf, newer, Sites, stateOf } from "../../../../static/network/sites/sites.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");
const at = (/** @type {number} */ ageS) => new Date(NOW_MS - ageS * 1000).toISOString();
const site = (/** @type {string} */ slug, /** @type {object} */ more = {}) => ({
  slug,
  name_en: `Site ${slug}`,
  name_zh: `站 ${slug}`,
  kind: "macro",
  state: "met",
  rtt_ms: 1,
  measured_at: at(1),
  stale_after_s: 15,
  ...more,
});

/** @param {...any} rows */
function sitesOf(...rows) {
  const sites = new Sites();
  sites.load(rows);
  return sites;
}

/** @param {Sites} sites @param {object} query */
const slugs = (sites, query) => sites.shown(query, NOW_MS).map(({ slug }) => slug);

test("old knowledge is none", () => {
  assert.deepEqual(
    [15, 15.1].map((ageS) => stateOf(site("a", { measured_at: at(ageS) }), NOW_MS)),
    ["met", "unknown"],
  );
  assert.equal(stateOf(site("a", { measured_at: null }), NOW_MS), "unknown");
});

test("an age is never below zero, and unknown where nothing was measured", () => {
  assert.deepEqual(
    [ageOf(site("a", { measured_at: at(-2) }), NOW_MS), ageOf({ measured_at: null }, NOW_MS)],
    [0, null],
  );
});

test("an event that came while the list was read stays", () => {
  const sites = sitesOf(site("a", { measured_at: at(9) }));
  assert.equal(
    sites.apply({ type: "SitesMeasured", sites: [{ slug: "a", state: "breached", measured_at: at(2) }] }),
    true,
  );
  sites.load([site("a", { measured_at: at(5), name_en: "Renamed" })]);
  const { state, name_en: name } = sites.bySlug.get("a");
  assert.deepEqual([state, name], ["breached", "Renamed"]);
});

test("events that are late, of an unknown site or of another kind change nothing", () => {
  const sites = sitesOf(site("a"));
  const events = [
    { type: "SlaChanged", site: { slug: "a", state: "breached", measured_at: at(9) } },
    { type: "SlaChanged", site: { slug: "z" } },
    { type: "SlaChanged", site: null },
    { type: "Other" },
  ];
  assert.deepEqual(
    events.map((event) => sites.apply(event)),
    [false, false, false, false],
  );
  assert.equal(sites.bySlug.get("a").state, "met");
});

test("a site that is gone from the list is forgotten", () => {
  const sites = sitesOf(site("a"), site("b"));
  const held = sites.bySlug;
  sites.load([site("b")]);
  assert.deepEqual([...held.keys()], ["b"]);
});

test("what was measured is kept over a row that was never measured", () => {
  assert.equal(newer(site("a"), site("a", { measured_at: null, state: "unknown" })).state, "met");
  assert.equal(newer(undefined, site("a")).slug, "a");
});

test("sites are found by name in either language, kind and state as of now", () => {
  const sites = sitesOf(
    site("a"),
    site("b", { kind: "core", state: "breached" }),
    site("c", { state: "breached", measured_at: at(99) }),
  );
  assert.deepEqual([slugs(sites, { search: "SITE B" }), slugs(sites, { search: "站" })], [["b"], ["a", "b", "c"]]);
  assert.deepEqual(
    [slugs(sites, { kind: "core" }), slugs(sites, { state: "breached" }), slugs(sites, { state: "unknown" })],
    [["b"], ["b"], ["c"]],
  );
  assert.deepEqual(sites.tally(NOW_MS), { breached: 1, at_risk: 0, unknown: 1, met: 1 });
});

test("they are ordered by gravity or by round trip, without an answer last, and by name where they are alike", () => {
  const sites = sitesOf(
    site("c", { rtt_ms: 2 }),
    site("a", { rtt_ms: null, state: "breached" }),
    site("b", { rtt_ms: 2 }),
  );
  assert.deepEqual(
    [slugs(sites, { ordering: "rtt_ms" }), slugs(sites, { ordering: "-state" }), slugs(sites, {})],
    [
      ["b", "c", "a"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ],
  );
});

test("the newest measurement of any site tells how old the page is", () => {
  assert.deepEqual(
    [sitesOf(site("a"), site("b", { measured_at: at(4) })).newestAge(NOW_MS), sitesOf().newestAge(NOW_MS)],
    [1, null],
  );
});

test("what was measured by a clock that was ahead gives way, be it told or read", () => {
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  const now = new Date().toISOString();
  const sites = sitesOf(site("a", { measured_at: ahead, state: "met" }));
  assert.equal(
    sites.apply({ type: "SitesMeasured", sites: [{ slug: "a", measured_at: now, state: "breached" }] }),
    true,
  );
  assert.equal(sites.bySlug.get("a").state, "breached");
  assert.equal(newer(site("a", { measured_at: ahead }), site("a", { measured_at: now })).measured_at, now);
});
