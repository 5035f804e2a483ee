import assert from "node:assert/strict";
import test from "node:test";
import { answerParts } from "../../../../static/network/alarms/alarmanswer.js";

/** As much of an element as the answer uses. */
class Node {
  /** @type {any[]} */
  children = [];
  /** @type {Record<string, string>} */
  attrs = {};
  dataset = {};
  style = {};
  constructor(/** @type {string} */ tag) {
    this.tag = tag;
  }
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attrs[name] = value;
  }
  addEventListener() {}
  append(/** @type {any[]} */ ...some) {
    this.children.push(...some);
  }
  /** @returns {string} */
  get text() {
    return this.children.map((child) => (child instanceof Node ? child.text : String(child))).join("");
  }
  /** @returns {Node[]} */
  get links() {
    const below = this.children.flatMap((child) => (child instanceof Node ? child.links : []));
    return this.tag === "a" ? [this, ...below] : below;
  }
}
Object.assign(globalThis, { Node });
Object.assign(globalThis.document, { createElement: (/** @type {string} */ tag) => new Node(tag) });

const ALARM = {
  id: 7,
  severity: "major",
  title: "BS-012: Availability below its objective",
  subject: "BS-012",
  page: "/network/sites/bs-012",
  place: "/map?site=bs-012",
  started_at: new Date(Date.now() - 60_000).toISOString(),
  ended_at: null,
  state: "unacknowledged",
  figure: null,
  detail: { metric: "availability", value: 0, objective: 0.9 },
  probable_cause_text: "Nothing is heard of it",
  suspects: [],
  is_every_suspect: false,
  root: null,
  root_title: "",
  affected_services: null,
  runbook: {
    problem: "availability_breached",
    text: "Look at the site.\n\nSend somebody.",
    text_en: "",
    text_zh: "",
    is_standard: true,
    changed_at: null,
    changed_by: "",
  },
};
const SITE = { key: "bs-012", name: "BS-012", how: "itself", tenant: "", page: "/network/sites/bs-012" };
const SERVICES = {
  definition: "D",
  sites: [SITE],
  site_count: 1,
  services: { flights: { count: 1, rows: [{ ...SITE, name: "Courier 3", page: "/map?drone=3" }] } },
  tenants: [],
  network: { twin: "planned" },
};
/** @param {object} more @returns {Node[]} */
const parts = (more) => /** @type {any} */ (answerParts({ ...ALARM, ...more }, null));
const text = (/** @type {object} */ more) =>
  parts(more)
    .map((part) => part.text)
    .join("\n");
const links = (/** @type {object} */ more) =>
  parts(more)
    .flatMap((part) => part.links)
    .map((link) => link.attrs.href);

test("the answer names subject, figures and probable cause, and leads to page and place", () => {
  assert.match(text({}), /BS-012: Availability below its objective/);
  assert.match(text({}), /when raised 0.%, promised 90.%/);
  assert.match(text({}), /Nothing is heard of it/);
  assert.deepEqual(links({}), ["/network/sites/bs-012", "/map?site=bs-012"]);
});

test("whoever is affected is a link to their page", () => {
  assert.deepEqual(links({ affected_services: SERVICES }).slice(2), ["/network/sites/bs-012", "/map?drone=3"]);
});

test("who is affected says over which of the two networks it is modelled", () => {
  assert.match(text({ affected_services: SERVICES }), /modelled · Planned twin/);
});

test("where nothing depends on the subject, or the alarm is over, that is said", () => {
  assert.match(text({}), /only the subject itself is affected/);
  assert.match(text({ ended_at: ALARM.started_at }), /The alarm is over/);
});

test("of several suspects it is said whether all failed or one of them", () => {
  assert.match(text({ suspects: ["A", "B"] }), /one of these failed: A, B/);
  assert.match(text({ suspects: ["A", "B"], is_every_suspect: true }), /all of these failed: A, B/);
});

test("a consequence leads to its root cause", () => {
  const more = { root: 3, root_title: "OA-1: Link cut" };
  assert.match(text(more), /OA-1: Link cut/);
  assert.ok(links(more).includes("/alarms?alarm=3"));
});

test("what to do is told step by step, with who wrote it", () => {
  assert.match(text({}), /What to do\nLook at the site\.Send somebody\.\nStandard text/);
  const runbook = { ...ALARM.runbook, is_standard: false, changed_by: "ann", changed_at: ALARM.started_at };
  assert.match(text({ runbook }), /written by ann/);
});

test("only whoever may write it is offered to", () => {
  const offered = (/** @type {(() => void)|null} */ edit) =>
    /** @type {any[]} */ (answerParts(ALARM, edit)).some((part) => part.text.includes("Edit"));
  assert.deepEqual([offered(null), offered(() => {})], [false, true]);
});
