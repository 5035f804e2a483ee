import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const subject = await import("../../../static/network/subject.js");

const plain = {
  label: "Thing",
  page: "",
  is_searched: false,
  ends: "",
  key_word: "",
  key_hint: "",
  has_window: false,
  is_everything_without_key: false,
};
const SUBJECTS = {
  kinds: {
    thing: plain,
    place: {
      ...plain,
      label: "Place",
      page: "/places/{key}?of={key}",
      is_searched: true,
      key_word: "Which place",
      key_hint: "The slug.",
      has_window: true,
      is_everything_without_key: true,
    },
    way: { ...plain, label: "Way", ends: "place" },
  },
  groups: { things: { label: "Things" } },
};

beforeEach(() => subject.learn(SUBJECTS));

test("kinds and groups are called what the server says", () => {
  assert.equal(subject.labelOf("place"), "Place");
  assert.equal(subject.groupLabelOf("things"), "Things");
});

test("what nobody knows shows its code, and has nothing", () => {
  for (const kind of ["", "bogus", "constructor", "__proto__"]) {
    assert.equal(subject.labelOf(kind), kind);
    assert.equal(subject.groupLabelOf(kind), kind);
    assert.equal(subject.pageOf(kind, "a"), "");
    assert.equal(subject.searchedFor(kind), "");
    assert.equal(subject.endsOf(kind), "");
    assert.equal(subject.keyHintOf(kind), "");
    assert.equal(subject.hasWindow(kind), false);
    assert.equal(subject.isEverythingWithoutKey(kind), false);
  }
});

test("a key is written into the address as it has to be, whatever stands in it", () => {
  assert.equal(subject.pageOf("place", "a~b c/$&"), "/places/a~b%20c%2F%24%26?of={key}");
  assert.equal(subject.pageOf("thing", "a"), "");
});

test("a form knows what to look for, and what it asks for", () => {
  assert.equal(subject.searchedFor("place"), "place");
  assert.equal(subject.searchedFor("thing"), "");
  assert.equal(subject.endsOf("way"), "place");
  assert.equal(subject.keyWordOf("place"), "Which place");
  assert.equal(subject.keyWordOf("thing"), "Which one: key or name");
  assert.equal(subject.keyHintOf("place"), "The slug.");
  assert.equal(subject.hasWindow("place"), true);
  assert.equal(subject.hasWindow("way"), false);
  assert.equal(subject.isEverythingWithoutKey("place"), true);
});

test("a page that says nothing knows nothing", () => {
  subject.learn({ kinds: {}, groups: {} });
  assert.equal(subject.labelOf("place"), "place");
  assert.equal(subject.searchedFor("place"), "");
});
