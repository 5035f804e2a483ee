import assert from "node:assert/strict";
import test from "node:test";
import { readAddress } from "../../../../static/airspace/map/address.js";

const PLAIN = { centre: null, zoom: null, drone: 0, site: "", state: "", follow: false };

test("the address names place, zoom, selection and filter", () => {
  assert.deepEqual(readAddress("?at=31.2,121.5,11.5&drone=7&state=lost&follow=1"), {
    ...PLAIN,
    centre: [121.5, 31.2],
    zoom: 11.5,
    drone: 7,
    state: "lost",
    follow: true,
  });
  assert.deepEqual(readAddress("?site=bs-1"), { ...PLAIN, site: "bs-1" });
});

test("an address that makes no sense is as one that says nothing", () => {
  for (const search of [
    "",
    "?at=",
    "?at=91,121,11",
    "?at=31,181",
    "?at=a,b,c",
    "?drone=-1",
    "?drone=1.5",
    "?drone=x",
    "?follow=yes",
  ]) {
    const { zoom, ...address } = readAddress(search);
    assert.deepEqual(address, { centre: null, drone: 0, site: "", state: "", follow: false }, search);
    assert.ok(zoom === null || zoom === 11, search);
  }
  assert.deepEqual(readAddress("?at=31,121,23"), { ...PLAIN, centre: [121, 31] });
});
