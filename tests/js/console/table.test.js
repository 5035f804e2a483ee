import assert from "node:assert/strict";
import test from "node:test";
import { orderAfter, sortedBy } from "../../../static/console/table.js";

test("the first press on a head orders by it, the next turns the order round", () => {
  assert.equal(orderAfter("", "name"), "name");
  assert.equal(orderAfter("name", "name"), "-name");
  assert.equal(orderAfter("-name", "name"), "name");
  assert.equal(orderAfter("other", "name"), "name");
});

test("where the newest are wanted first the order begins with them", () => {
  assert.equal(orderAfter("", "-heard_at"), "-heard_at");
  assert.equal(orderAfter("-heard_at", "-heard_at"), "heard_at");
});

test("a head says how its column is sorted, and nothing where it is not", () => {
  assert.deepEqual(
    ["name", "-name", "other", ""].map((now) => sortedBy(now, "name")),
    ["ascending", "descending", null, null],
  );
  assert.deepEqual(
    ["-heard_at", "heard_at"].map((now) => sortedBy(now, "-heard_at")),
    ["ascending", "descending"],
  );
  assert.equal(sortedBy("", undefined), null);
});
