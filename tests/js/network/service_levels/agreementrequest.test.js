import assert from "node:assert/strict";
import test from "node:test";
import {
  changesOf,
  consequenceOf,
  filledOf,
  isPercent,
  targetOf,
  requestOf,
} from "../../../../static/network/service_levels/agreementrequest.js";
import { learn } from "../../../../static/network/subject.js";

learn({
  kinds: { site: { has_window: true }, path: { ends: "site" } },
  groups: {},
});

test("percentages are filled in and shares are sent", () => {
  const request = requestOf({
    name: "North",
    kind: "site",
    key: "bs-1",
    metric: "availability",
    objective: "99.95",
    target_share: "",
    window_s: "300",
  });
  assert.deepEqual(request, {
    name: "North",
    kind: "site",
    key: "bs-1",
    metric: "availability",
    objective: 0.9995,
    window_s: 300,
  });
});

test("times are sent as they are, with either decimal sign, and what is no number goes to the API as it is", () => {
  assert.equal(requestOf({ kind: "site", metric: "rtt_p99", objective: "2,5" }).objective, 2.5);
  assert.equal(requestOf({ kind: "site", metric: "rtt_p99", objective: "fast" }).objective, "fast");
});

test("a field with nothing but blanks is empty, not zero", () => {
  assert.deepEqual(requestOf({ kind: "site", metric: "rtt_p99", objective: " ", target_share: "  " }), {
    kind: "site",
    metric: "rtt_p99",
  });
});

test("a path is named by its two ends, and only sites have a short window", () => {
  assert.deepEqual(
    requestOf({ kind: "path", key: "a", to: "b", metric: "jitter", window_s: "300", min_samples: "5" }),
    {
      kind: "path",
      key: "a~b",
      metric: "jitter",
    },
  );
});

test("what is filled in comes back the same", () => {
  for (const share of [0.9995, 0.001, 0.123456789]) {
    const text = filledOf(share, true);
    assert.equal(requestOf({ kind: "site", metric: "availability", objective: text }).objective, share);
  }
  assert.deepEqual(
    [isPercent("objective", "rtt_p99"), isPercent("objective", "loss_share"), isPercent("target_share", "rtt_p99")],
    [false, true, true],
  );
});

test("the target follows from the objective where none is said", () => {
  assert.deepEqual(
    [targetOf("rtt_p99", 2), targetOf("jitter", 1), targetOf("loss_share", 0.001), targetOf("availability", 0.9995)],
    [0.99, 0.95, 0.999, 0.9995],
  );
  assert.deepEqual(
    [targetOf("availability", 1), targetOf("availability", "x"), targetOf("availability", 0)],
    [null, null, null],
  );
});

test("only what differs is sent, and what an agreement is about never", () => {
  const agreement = {
    kind: "site",
    key: "a",
    metric: "availability",
    objective: 0.99,
    target_share: 0.99,
    name: "North",
    period: "rolling_30d",
  };
  assert.deepEqual(changesOf({ kind: "link", key: "b", name: "North", objective: 0.999 }, agreement), {
    target_share: 0.999,
    objective: 0.999,
  });
});

test("what is promised begins anew where something was counted, and nothing else does", () => {
  const [counted, fresh] = [{ is_counted: true }, { is_counted: false }];
  const anew = (/** @type {object} */ changes, agreement = counted) => consequenceOf(changes, agreement).isAnew;
  assert.deepEqual(
    [
      anew({ objective: 1 }),
      anew({ is_unknown_bad: true }),
      anew({ objective: 1 }, fresh),
      anew({ period: "x" }),
      anew({ name: "x" }),
    ],
    [true, true, false, false, false],
  );
  assert.deepEqual(consequenceOf({ name: "x" }, counted).words, ["Only the name changes; nothing is judged again."]);
  assert.match(consequenceOf({ window_s: 60 }, counted).words.join(), /short window/);
});
