import assert from "node:assert/strict";
import test from "node:test";

const scripts = {
  network: await import("../../../../static/network/wallboard/wallboardviews.js"),
  airspace: await import("../../../../static/airspace/wallboard.js"),
  industry: await import("../../../../static/industry/wallboard.js"),
};
const { ROWS, viewOf, wholeAge } = await import("../../../../static/network/wallboard/wallboardparts.js");
const region = { slug: "here", lat_deg: 60, lon_deg: 10, radius_m: 11_132 };

/** Answer what is asked for until the test is over, and note it. */
function answering(context, answer) {
  const asked = [];
  context.mock.method(globalThis, "fetch", async (url) => {
    asked.push(String(url));
    return new Response(JSON.stringify(answer(String(url))), { headers: { "content-type": "application/json" } });
  });
  return asked;
}

test("each app has its own views, and each of them a title and something to read", () => {
  const names = Object.values(scripts).flatMap(({ views }) => Object.keys(views));
  assert.deepEqual(names, ["network", "alarms", "levels", "airspace", "industry"]);
  for (const { views } of Object.values(scripts))
    for (const view of Object.values(views)) {
      assert.equal(typeof view().title, "string");
      assert.equal(typeof view().read, "function");
    }
});

test("a view made twice shares nothing: one of a region does not show the sites of all", () => {
  assert.notEqual(scripts.network.views.network(), scripts.network.views.network());
});

test("the airspace asks for the drones of a region by a box around it, wider in degrees to the east", async (context) => {
  const asked = answering(context, () => ({ count: 3, results: [] }));
  await scripts.airspace.views.airspace().read(region);
  const box = new URL(asked[0], "http://x").searchParams.get("bbox")?.split(",").map(Number);
  assert.deepEqual(box, [9.8, 59.9, 10.2, 60.1]);
  assert.equal(asked.filter((url) => url.includes(`link=stale&limit=${ROWS}`)).length, 1);
  asked.length = 0;
  await scripts.airspace.views.airspace().read(null);
  assert.equal(
    asked.some((url) => url.includes("bbox")),
    false,
  );
});

test("industry asks for all factories, whatever the region", async (context) => {
  const asked = answering(context, () => ({ count: 0, results: [] }));
  await scripts.industry.views.industry().read(region);
  assert.equal(asked.length, 1);
  assert.match(asked[0], /\/api\/v1\/factories/);
});

test("a view that cannot be loaded says so when it is read, and nothing else fails", async () => {
  const script = new URL("../../../../static/network/wallboard/wallboardviews.js", import.meta.url).href;
  assert.equal((await viewOf(script, "alarms")).title, "Alarms");
  for (const [place, name] of [
    [script, "bogus"],
    [script.replace("views.js", "none.js"), "alarms"],
  ]) {
    const view = await viewOf(place, name);
    await assert.rejects(() => view.read(null), { message: `The view ${name} cannot be loaded. Reload the page.` });
  }
});

test("an age is told in whole seconds", () => {
  assert.equal(wholeAge(3.4), "3 s");
  assert.equal(wholeAge(-1), "0 s");
});

test("an emergency comes before any number of stale links, and a drone that is both is listed once", () => {
  const { gravestFirst } = scripts.airspace;
  const stale = Array.from({ length: ROWS }, (_, id) => ({ id }));
  const listed = gravestFirst([{ id: 2 }, { id: 90 }], stale);
  assert.equal(listed.length, ROWS);
  assert.deepEqual(
    listed.slice(0, 3).map(({ drone, isEmergency }) => [drone.id, isEmergency]),
    [
      [2, true],
      [90, true],
      [0, false],
    ],
  );
  assert.equal(listed.filter(({ drone }) => drone.id === 2).length, 1);
});

test("the airspace counts every emergency, on the ground or not, and asks for as many as it lists", async (context) => {
  const asked = answering(context, () => ({ count: 0, results: [] }));
  await scripts.airspace.views.airspace().read(null);
  assert.equal(asked.filter((url) => url.includes("state=emergency") && url.includes(`limit=${ROWS}`)).length, 1);
});
