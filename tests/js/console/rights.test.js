import assert from "node:assert/strict";
import test from "node:test";
import { lacking, refusalText } from "../../../static/console/rights.js";

const WORDS = { verbs: { change: "change %(things)s" }, things: { site: "sites", noticechannel: "notice channels" } };

test("a right is said in words", () => {
  assert.equal(lacking("network.change_site", WORDS), "You lack the right to change sites.");
  assert.equal(lacking("network.change_noticechannel", WORDS), "You lack the right to change notice channels.");
});

test("one without words is said without its code", () => {
  for (const right of ["network.view_site", "network.change_nothing", "change_site", "", "a.b"])
    assert.equal(lacking(right, WORDS), "You lack a right for this.");
});

test("a refusal that names a right is said in words, any other as the server says it", () => {
  assert.equal(refusalText("You lack the right network.change_site."), "You lack a right for this.");
  assert.equal(refusalText("network.change_site"), "You lack a right for this.");
  assert.equal(refusalText("Nobody may do this."), "Nobody may do this.");
});

test("a right that is held elsewhere, and one that lacks for a part, are said in words as well", () => {
  const elsewhere =
    "You hold the right network.change_site in another organisation than the one for which you act; switch to it first.";
  assert.equal(
    refusalText(elsewhere, WORDS),
    "You hold the right to change sites in another organisation. Switch to it first.",
  );
  assert.equal(refusalText(elsewhere), "You lack a right for this.");
  const part = "You lack the right network.change_site: these are not only shelved.";
  assert.equal(refusalText(part, WORDS), "You lack the right to change sites.");
});
