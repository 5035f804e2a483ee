/** What a site sees at its ports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { portsText } from "../../../../static/network/equipment/ports.js";

const ports = (/** @type {string[]} */ ...states) => states.map((state) => ({ state }));

test("ports that are up are counted of all, and the others by what they see, the gravest first", () => {
  assert.equal(portsText(ports("up", "up")), "2 of 2 up");
  const text = portsText(ports("degraded", "up", "loss_of_signal", "remote_off", "loss_of_signal"));
  assert.equal(text, "1 of 5 up · no signal comes in: 2 · the other end has no power: 1 · what comes in is errored: 1");
});

test("a site that tells nothing of its ports has none that are known", () => {
  assert.equal(portsText(null), "unknown");
  assert.equal(portsText(undefined), "unknown");
});
