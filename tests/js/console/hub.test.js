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
  mock.timers.tick(200);
  newest().open();
  assert.deepEqual(newest().sent, ['{"view":[120,30,122,32]}']);
  assert.deepEqual(since(), ["lost", "live", "open"]);
});

test("a line that is lost again waits longer, one that is crowded out half a minute", () => {
  const before = Line.all.length;
  newest().onclose({ code: 1006 });
  mock.timers.tick(200);
  newest().onclose({ code: 1006 });
  mock.timers.tick(399);
  assert.equal(Line.all.length, before + 1);
  mock.timers.tick(1);
  newest().onclose({ code: 4429 });
  mock.timers.tick(29_999);
  assert.equal(Line.all.length, before + 2);
  mock.timers.tick(1);
  assert.equal(Line.all.length, before + 3);
});

test("whoever is refused has the page loaded again, which says why", () => {
  newest().onclose({ code: 4403 });
  mock.timers.tick(1000);
  assert.equal(location.reload.mock.callCount(), 1);
});
