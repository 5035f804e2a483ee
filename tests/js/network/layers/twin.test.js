import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { reachFeatures } from "../../../../static/network/layers/features.js";
import { LayerState, PLANNED, twinOf } from "../../../../static/network/layers/state.js";
import { callsOf, layPaper, noting } from "../../paper.js";

layPaper();
Object.assign(document, { hidden: false });
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
const { keySites } = await import("../../../../static/network/layers/places.js");
const { noteOf, settingWord } = await import("../../../../static/network/layers/settings.js");
const { twinSentence, Twins } = await import("../../../../static/network/layers/twin.js");

const COUNTS = { up: 60, degraded: 3, down: 7, asleep: 1, unknown: 2 };
const LIVE = { digest: "a", as_of: "2026-06-01T12:00:00Z", is_starting: false, sites: COUNTS };
const part = (/** @type {any} */ fields) => /** @type {any} */ ({ data: null, problem: null, ...fields });

test("the live twin is shown unless the address says planned, and the address remembers that", () => {
  const state = new LayerState();
  assert.deepEqual([state.look.twin, state.query()], ["live", {}]);
  state.set({ twin: PLANNED, compare: PLANNED });
  assert.deepEqual(state.query(), { twin: "planned", compare: "planned" });
  assert.deepEqual(new LayerState("?twin=planned&compare=planned").look, state.look);
  assert.equal(new LayerState("?twin=digital").look.twin, "live");
});

test("a sector that is tried is tried in the plan", () => {
  const state = new LayerState();
  assert.equal(twinOf(state.look), "live");
  state.set({ change: { tilt_deg: 4 } });
  assert.equal(twinOf(state.look), PLANNED);
});

test("one sentence says how many sites answer, are down and are unknown", () => {
  const sentence = twinSentence("live", part({ data: LIVE }));
  assert.match(sentence, /^64 of 73 sites answer; down: 7, unknown: 2$/);
});

test("while Loft starts one calm sentence says that nothing is known yet", () => {
  assert.match(twinSentence("live", part({ data: { ...LIVE, is_starting: true } })), /^Loft has just started/);
  assert.equal(twinSentence("live", part({})), "");
});

test("the planned twin says what it is, and what could not be read says why", () => {
  assert.match(twinSentence(PLANNED, part({ data: LIVE })), /^As the inventory has it/);
  assert.match(twinSentence("live", part({ problem: { status: 503, message: "away" } })), /away/);
});

/** A page whose readings are these, one after the other. @param {any[]} readings */
function stage(readings) {
  const state = new LayerState();
  const counts = { anew: 0, read: 0 };
  const panel = {
    twinNote: /** @type {any} */ (document.createElement("div")),
    twinAge: /** @type {any} */ (document.createElement("div")),
    settings: noting(),
  };
  const read = async () => readings[Math.min(counts.read++, readings.length - 1)];
  return { counts, panel, state, twins: new Twins(read, { state, panel }, () => counts.anew++) };
}

test("what is shown is read anew when a condition changed, and not when it did not", async () => {
  const { counts, state, twins } = stage([LIVE, LIVE, { ...LIVE, digest: "b" }, { ...LIVE, digest: "c" }]);
  await twins.read();
  await twins.read();
  assert.equal(counts.anew, 0);
  await twins.read();
  assert.equal(counts.anew, 1);
  state.set({ twin: PLANNED });
  await twins.read();
  assert.equal(counts.anew, 1); // the plan is the same
});

test("of many sites that are told of at once the twin is read once, and of a mere round not at all", async () => {
  const { counts, twins } = stage([LIVE]);
  for (let told = 0; told < 200; told++) twins.heard({ topic: "sla", type: "SlaChanged" });
  twins.heard({ topic: "sla", type: "SitesMeasured" });
  mock.timers.tick(1_000);
  assert.equal(counts.read, 1);
  await new Promise(setImmediate); // its answer is there
  twins.heard({ topic: "sla", type: "SitesMeasured" });
  mock.timers.tick(6_000);
  assert.equal(counts.read, 1);
  twins.heard({ topic: "sla", type: "SlaChanged" });
  mock.timers.tick(6_000);
  assert.equal(counts.read, 2);
});

test("an answer that takes long is waited for, and not overtaken by the next question", async () => {
  const { counts, twins } = stage([new Promise(() => {})]);
  twins.read();
  twins.read();
  mock.timers.tick(45_000);
  assert.equal(counts.read, 1);
});

test("what could not be read again is said to be older", () => {
  const sentence = twinSentence("live", part({ data: LIVE, problem: { status: 503, message: "away" } }));
  assert.match(sentence, /What is shown is older\.$/);
});

test("without news the twin is read again, for what turns unknown by age alone", () => {
  const { counts } = stage([LIVE]);
  mock.timers.tick(15_000);
  assert.equal(counts.read, 1);
});

const key = (/** @type {string} */ slug, /** @type {any} */ more) => ({
  slug,
  is_key_site: true,
  is_inside: false,
  lon_lat_deg: [121, 31],
  ms: null,
  centre: null,
  ...more,
});
const REACH = {
  centres: [{ slug: "dc-1" }],
  links: [],
  sites: [
    key("in", { is_inside: true, ms: 0.4, centre: "dc-1", state: "inside" }),
    key("dark", { state: "unknown" }),
    key("far", { ms: 3, centre: "dc-1", state: "outside" }),
    key("gone", { state: "lost" }),
  ],
};

test("key sites that are lost come first, and those of which nothing is known are no alarm", () => {
  const rows = keySites(/** @type {any} */ (REACH), () => undefined).map(({ key: slug, state, word }) => [
    slug,
    state,
    word,
  ]);
  assert.deepEqual(rows[0], ["gone", "bad", "lost now"]);
  assert.deepEqual(
    rows.find(([slug]) => slug === "dark"),
    ["dark", "unknown", "not known now"],
  );
});

test("what is not known is not ringed as outside", () => {
  const marks = reachFeatures(/** @type {any} */ (REACH)).features.map(({ properties }) => properties);
  assert.deepEqual(
    marks.map(({ key: slug, isOut, isInside }) => [slug, isOut, isInside]),
    [
      ["in", true, true],
      ["dark", false, false],
      ["far", true, false],
      ["gone", true, false],
    ],
  );
});

test("the sentence that is read out stays the same while only time passes, and its age stands beside it", async () => {
  const { panel, twins } = stage([LIVE, { ...LIVE, as_of: "2026-06-01T12:00:15Z" }]);
  await twins.read();
  const [note, age] = [panel.twinNote.textContent, panel.twinAge.textContent];
  await twins.read();
  assert.equal(panel.twinNote.textContent, note);
  assert.notEqual(panel.twinAge.textContent, age);
  assert.match(age, /^as of /);
});

test("a key site that sleeps is neither lost nor inside", () => {
  const site = { slug: "bs-1", is_key_site: true, is_inside: false, state: "asleep", ms: null, lon_lat_deg: [1, 2] };
  const [place] = keySites(/** @type {any} */ ({ sites: [site] }), () => null);
  assert.deepEqual([place.word, place.state], ["asleep now", "unknown"]);
  const [mark] = reachFeatures(/** @type {any} */ ({ centres: [], links: [], sites: [site] })).features;
  assert.deepEqual([mark.properties.isOut, mark.properties.isInside], [false, false]);
});

const TOLD = { site: "bs-1", told_at: "2026-06-01T12:00:00Z" };
const OTHERWISE = { key: "bs-1-2", ...TOLD, tilt_deg: 3, power_dbm: 46, planned_tilt_deg: 8, planned_power_dbm: 49 };

test("of a sector that is set otherwise than planned both are said, and only what differs", () => {
  assert.equal(settingWord(OTHERWISE), "tilt 3.0°, planned 8.0°; power 46.0 dBm, planned 49.0 dBm");
  assert.equal(settingWord({ ...OTHERWISE, power_dbm: null }), "tilt 3.0°, planned 8.0°");
  assert.equal(settingWord({ ...OTHERWISE, tilt_deg: 8.01 }), "power 46.0 dBm, planned 49.0 dBm");
});

test("beside sectors that are set otherwise stands how many more there are, and how old what was told is", () => {
  const older = { ...OTHERWISE, told_at: "2026-06-01T11:59:30Z" };
  assert.match(noteOf(70, [OTHERWISE, older]), /^and 68 more; as the equipment told, at .*19:59:30.* at the earliest$/);
  assert.match(noteOf(1, [OTHERWISE]), /^as the equipment told, at /);
  assert.equal(noteOf(0, []), "");
});

test("sectors that are set otherwise are told of the live twin, and none of the planned one", async () => {
  const live = { ...LIVE, sectors_otherwise: 70, setting_rows: [OTHERWISE] };
  const { panel, state, twins } = stage([live]);
  await twins.read();
  assert.deepEqual(callsOf(panel.settings, "show").at(-1), [live]);
  state.set({ twin: PLANNED });
  twins.show();
  assert.deepEqual(callsOf(panel.settings, "show").at(-1), [null]);
});
