import assert from "node:assert/strict";
import test from "node:test";
import { Part } from "../../../../static/network/layers/parts.js";
import { Rasters } from "../../../../static/network/layers/rasters.js";
import { complianceAt, ComplianceStatuses } from "../../../../static/network/layers/compliance.js";
import { serve } from "../../server.js";

const NOW_MS = Date.parse("2026-06-01T12:00:00Z");
const at = (/** @type {number} */ ageS) => new Date(NOW_MS - ageS * 1000).toISOString();

/** @param {(call: number) => any} read */
function partOf(read) {
  /** @type {string[]} */
  const states = [];
  let calls = 0;
  const part = new Part(
    async () => read(++calls),
    ({ state }) => states.push(state),
    (rows) => rows.length === 0,
  );
  return { part, states };
}

test("a part says how it stands: loading, ready, empty, not allowed, failed", async () => {
  const { part, states } = partOf(
    (call) => [[1], []][call - 1] ?? Promise.reject(Object.assign(new Error("no"), { status: call === 3 ? 403 : 500 })),
  );
  for (let call = 0; call < 4; call++) await part.load();
  assert.deepEqual(states, ["loading", "ready", "empty", "forbidden", "error"]);
  assert.deepEqual([part.data, part.isStale()], [[], true]);
});

test("the newest reading wins, whichever answers last", async () => {
  /** @type {Array<(rows: any) => void>} */
  const answers = [];
  const { part } = partOf(() => new Promise((resolve) => answers.push(resolve)));
  const [first, second] = [part.load(), part.load()];
  answers[1](["new"]);
  await second;
  answers[0](["old"]);
  assert.deepEqual([await first, part.data], [["new"], ["new"]]);
});

test("an answer that fails after a newer one came says nothing", async () => {
  /** @type {Array<(problem: any) => void>} */
  const failures = [];
  const { part, states } = partOf((call) => (call === 1 ? new Promise((_, reject) => failures.push(reject)) : ["new"]));
  const first = part.load();
  await part.load();
  failures[0](Object.assign(new Error("late"), { status: 500 }));
  await first;
  assert.deepEqual([part.state, part.problem, states.at(-1)], ["ready", null, "ready"]);
});

const raster = { headers: { "X-Rows": "1", "X-Columns": "2", ETag: '"v1"' }, body: Uint8Array.of(1, 2) };

test("a raster is read once, kept for the twelve that were looked at last, and read again after a failure", async (t) => {
  const asked = await serve(t, ({ url }) =>
    url.includes("height_m=7&") && asked.length === 1 ? { status: 500 } : raster,
  );
  const rasters = new Rasters("r");
  await assert.rejects(rasters.get("rsrp", 7));
  const [first, same] = await Promise.all([rasters.get("rsrp", 7), rasters.get("rsrp", 7)]);
  assert.deepEqual(
    [[...first.bytes], first.rows, first.columns, first.version, same === first, asked.length],
    [[1, 2], 1, 2, '"v1"', true, 2],
  );
  for (let height = 100; height < 112; height++) await rasters.get("rsrp", height);
  await rasters.get("rsrp", 111);
  assert.equal(asked.length, 14);
  await rasters.get("rsrp", 7);
  assert.equal(asked.length, 15);
});

test("a raster of another size than it says is refused", async (t) => {
  await serve(t, () => ({ ...raster, body: Uint8Array.of(1) }));
  await assert.rejects(new Rasters("r").get("rsrp", 7), /another size/);
});

test("a reading that fails late does not throw away what was read since", async (t) => {
  /** @type {Array<() => void>} */
  const waiting = [];
  let version = 1;
  const asked = await serve(t, async ({ url }) => {
    if (url.includes("/layers")) return { body: { version: version++, values: [] } };
    if (asked.filter(({ url: address }) => address.includes("/raster")).length > 1) return raster;
    await new Promise((resolve) => waiting.push(() => resolve(null)));
    return { status: 500 };
  });
  const rasters = new Rasters("r");
  await rasters.describe();
  const old = rasters.get("rsrp", 30);
  while (!waiting.length) await new Promise((resolve) => setImmediate(resolve));
  await rasters.describe(); // another version: what was kept is forgotten
  const fresh = await rasters.get("rsrp", 30);
  waiting[0]();
  await assert.rejects(old);
  assert.equal(await rasters.get("rsrp", 30), fresh);
  assert.equal(asked.filter(({ url }) => url.includes("/raster")).length, 2);
});

test("of requests that come while one is answered only the newest is asked for", async (t) => {
  const asked = await serve(t, () => ({
    ...raster,
    headers: { ...raster.headers, "X-Kpis": '{"before":1,"after":2}' },
  }));
  const rasters = new Rasters("r");
  /** @type {any[]} */
  const heights = [];
  await new Promise((resolve) => {
    for (const tilt of [1, 2, 3]) {
      const request = { value: "rsrp", heightM: 30, sector: "s", change: { tilt_deg: tilt }, startedMs: tilt };
      rasters.whatIf(request, (answer) => heights.push([answer?.startedMs, answer?.kpis]) === 2 && resolve(null));
    }
  });
  assert.deepEqual(heights, [
    [1, { before: 1, after: 2 }],
    [3, { before: 1, after: 2 }],
  ]);
  assert.deepEqual(
    asked.map(({ body }) => JSON.parse(body).tilt_deg),
    [1, 3],
  );
});

test("a status judged more than five minutes ago is none", () => {
  const row = (/** @type {number} */ ageS, state = "met") => complianceAt({ state, judged_at: at(ageS) }, NOW_MS);
  assert.deepEqual(
    [row(300), row(301), row(1, "odd"), complianceAt({ state: "met", judged_at: null }, NOW_MS)],
    ["met", "unknown", "unknown", "unknown"],
  );
});

test("a link has no direction, the gravest of its agreements counts, and an event brings the newest", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "Date"], now: NOW_MS });
  const row = (/** @type {number} */ agreement, /** @type {string} */ state, kind = "link", key = "b~a") => ({
    agreement,
    kind,
    key,
    state,
    name: `N${agreement}`,
    judged_at: at(5),
    budget_left_share: 0.5,
  });
  const rows = [row(1, "met"), row(2, "at_risk", "link", "a~b"), row(3, "met", "corridor", "c")];
  await serve(t, () => ({ body: { count: 3, results: rows } }));
  let drawn = 0;
  const compliance = new ComplianceStatuses({ isWanted: () => true, redraw: () => void drawn++ });
  assert.equal(compliance.of("link", "a~b", NOW_MS), "unknown"); // nothing was read yet
  await compliance.load();
  assert.deepEqual(
    [
      compliance.of("link", "a~b", NOW_MS),
      compliance.of("corridor", "c", NOW_MS),
      compliance.of("link", "a~z", NOW_MS),
    ],
    ["at_risk", "met", "none"],
  );
  const before = drawn;
  compliance.heard({
    type: "StandingChanged",
    rows: [
      { ...row(1, "breached"), judged_at: at(1) },
      { ...row(2, "met"), judged_at: at(9) },
    ],
  });
  assert.deepEqual(
    compliance.on("link", "b~a", NOW_MS).map(({ state }) => state),
    ["breached", "at_risk"],
  );
  assert.deepEqual([compliance.ageS(NOW_MS), drawn > before], [1, true]);
});
