import assert from "node:assert/strict";
import test, { mock } from "node:test";

/** Lines as a browser opens them, which the test answers. */
class Line {
  static OPEN = 1;
  /** @type {Line[]} */
  static all = [];
  readyState = 0;
  /** @type {string[]} */
  sent = [];
  /** @type {any} */
  onopen = null;
  /** @type {any} */
  onmessage = null;
  /** @type {any} */
  onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    Line.all.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(text);
  }

  close() {
    this.onclose?.({ code: 1000 });
  }

  open() {
    this.readyState = Line.OPEN;
    this.onopen();
  }
}

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
const location = { protocol: "https:", host: "loft.example", reload: mock.fn() };
Object.assign(globalThis, { WebSocket: Line, location, addEventListener: mock.fn() });
document.documentElement.dataset.topics = "alarms";
let chance = 0;
mock.method(Math, "random", () => chance);
const { connect, silenceMs } = await import("../../../static/console/hub.js");

const newest = () => Line.all[Line.all.length - 1];
/** @type {string[]} */
const heard = [];
const line = connect({
  topics: ["sla"],
  onEvent: (event) => heard.push(event.type),
  onFrame: (frame) => heard.push(`${frame.byteLength} bytes`),
  onOpen: () => heard.push("open"),
  onState: (state) => heard.push(state),
});

/** What was heard since the last look. */
const since = () => heard.splice(0);

test("one line carries what the page declares and what its parts ask for", () => {
  assert.deepEqual([since(), silenceMs()], [["connecting"], Infinity]);
  mock.timers.tick(0);
  assert.equal(newest().url, "wss://loft.example/ws?topics=alarms,sla");
  newest().open();
  assert.deepEqual(since(), ["live", "open"]);
});

test("events and frames go to their listeners; after a gap everyone fetches anew", () => {
  newest().onmessage({ data: '{"type": "AlarmRaised"}' });
  newest().onmessage({ data: new ArrayBuffer(20) });
  newest().onmessage({ data: '{"type": "Resync"}' });
  assert.deepEqual(since(), ["AlarmRaised", "20 bytes", "open"]);
});

test("a part whose topics the line has already uses it", async () => {
  let opened = 0;
  const second = connect({ topics: ["alarms"], onOpen: () => opened++ });
  await Promise.resolve();
  assert.deepEqual([opened, Line.all.length], [1, 1]);
  second.close();
});

test("one part's mistake does not silence the others", (t) => {
  t.mock.method(console, "error", () => {});
  const broken = connect({ topics: ["sla"], onEvent: () => assert.fail("a mistake") });
  newest().onmessage({ data: '{"type": "AlarmCleared"}' });
  broken.close();
  assert.deepEqual(since(), ["AlarmCleared"]);
});

test("the same view is sent once, and again on a new line", () => {
  line.setView([120, 30, 122, 32]);
  line.setView([120, 30, 122, 32]);
  assert.deepEqual(newest().sent, ['{"view":[120,30,122,32]}']);
  newest().onclose({ code: 1006 });
  mock.timers.tick(0);
  newest().open();
  assert.deepEqual(newest().sent, ['{"view":[120,30,122,32]}']);
  assert.deepEqual(since(), ["lost", "live", "open"]);
});

test("who is told when to come again comes then, and neither sooner nor later", () => {
  const before = Line.all.length;
  newest().onclose({ code: 1013, reason: "again in 2400 ms" });
  mock.timers.tick(2399);
  assert.equal(Line.all.length, before);
  mock.timers.tick(1);
  assert.equal(Line.all.length, before + 1);
  chance = 0.5;
  newest().onclose({ code: 1013, reason: "this server holds 2000 lines, which is all it may" });
  mock.timers.tick(29_999);
  assert.equal(Line.all.length, before + 1);
  mock.timers.tick(1);
  assert.equal(Line.all.length, before + 2);
  newest().open();
  since();
});

test("a line that is lost again waits longer, one that is crowded out half a minute or so", () => {
  chance = 0.999;
  const before = Line.all.length;
  for (const mostMs of [3000, 3000, 4000, 5000, 5000]) {
    const count = Line.all.length;
    newest().onclose({ code: 1006 });
    mock.timers.tick(mostMs * chance - 1);
    assert.equal(Line.all.length, count);
    mock.timers.tick(1);
    assert.equal(Line.all.length, count + 1);
  }
  chance = 0.5;
  newest().onclose({ code: 4429 });
  mock.timers.tick(29_999);
  assert.equal(Line.all.length, before + 5);
  mock.timers.tick(1);
  assert.equal(Line.all.length, before + 6);
  chance = 0;
  newest().open();
  since();
});

test("after a gap of all pages each fetches at a time of its own, once, and asks for the picture at once", () => {
  line.setView([1, 2, 3, 4]);
  chance = 0.5;
  newest().sent.length = 0;
  newest().onmessage({ data: '{"type": "Resync"}' });
  newest().onmessage({ data: '{"type": "Resync"}' });
  assert.equal(newest().sent.length, 2);
  mock.timers.tick(1499);
  assert.deepEqual(since(), []);
  mock.timers.tick(1);
  assert.deepEqual(since(), ["open"]);
  mock.timers.tick(10_000);
  assert.deepEqual(since(), []);
});

test("a line that is lost before the page has fetched fetches once it is back, and not before", () => {
  chance = 0.5;
  newest().onmessage({ data: '{"type": "Resync"}' });
  newest().onclose({ code: 1006 });
  mock.timers.tick(1500); // it opens again, and is not there yet
  assert.deepEqual(since(), ["lost"]);
  newest().open();
  mock.timers.tick(1499);
  assert.deepEqual(since(), ["live"]);
  mock.timers.tick(1);
  assert.deepEqual(since(), ["open"]);
});

test("thousands of pages that lose their lines at once come back spread over the whole wait", () => {
  const before = Line.all.length;
  const at = [0, 0.25, 0.5, 0.75, 0.999].map((share) => {
    chance = share;
    newest().onclose({ code: 1006 });
    const count = Line.all.length;
    let waitedMs = 0;
    while (Line.all.length === count) {
      mock.timers.tick(1);
      waitedMs++;
    }
    newest().open();
    return waitedMs;
  });
  assert.equal(Line.all.length, before + 5);
  assert.deepEqual(at, [1, 750, 1500, 2250, 2997]);
  chance = 0;
  newest().onmessage({ data: '{"type": "Resync"}' });
  since();
});

test("who is back on the net opens at a time of its own as well", () => {
  chance = 0.5;
  newest().onclose({ code: 1006 });
  const online = /** @type {any} */ (globalThis.addEventListener).mock.calls.find(
    (/** @type {any} */ call) => call.arguments[0] === "online",
  ).arguments[1];
  const before = Line.all.length;
  online();
  mock.timers.tick(1499);
  assert.equal(Line.all.length, before);
  mock.timers.tick(1);
  assert.equal(Line.all.length, before + 1);
  chance = 0;
  newest().open();
  since();
});

test("whoever is refused has the page loaded again, which says why", () => {
  chance = 0.5;
  newest().onclose({ code: 4403 });
  mock.timers.tick(2499); // many at once, when a role changes
  assert.equal(location.reload.mock.callCount(), 0);
  mock.timers.tick(1);
  assert.equal(location.reload.mock.callCount(), 1);
});
