import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { eachRow, framesOf } from "../../../../static/airspace/tracking/wire.js";
import { frameOf, joined } from "../frames.js";

/** @param {import("../../../../static/airspace/tracking/wire.js").Frame} frame */
function rowsOf(frame) {
  /** @type {number[][]} */
  const rows = [];
  eachRow(frame, (...row) => void rows.push(row));
  return rows;
}

test("a message is split into its frames, and each row into its eight figures", () => {
  const south = {
    id: 4_000_000_000,
    lat: -31.2304567,
    lon: -179.9999999,
    altitude: -12,
    track: 35999,
    speed: 65535,
    state: 9,
    age: 255,
  };
  const message = joined(
    frameOf({ tile: 5, timeMs: 1234.5, isSnapshot: true }, [{ id: 1 }, south]),
    frameOf({ tile: 6 }, []),
  );
  const [first, second] = framesOf(message);
  assert.deepEqual([first.tile, first.rows, first.timeMs, first.isSnapshot], [5, 2, 1234.5, true]);
  assert.deepEqual([second.tile, second.rows, second.isSnapshot], [6, 0, false]);
  assert.deepEqual(rowsOf(first), [
    [1, 31, 121, 100, 9000, 1500, 0, 0],
    [4_000_000_000, -31.2304567, -179.9999999, -12, 35999, 65535, 9, 255],
  ]);
});

test("an empty message has no frames", () => assert.deepEqual(framesOf(new ArrayBuffer(0)), []));

test("what is cut short or of another kind is refused, never half read", () => {
  const whole = frameOf({}, [{ id: 1 }, { id: 2 }]);
  assert.throws(() => framesOf(whole.slice(0, 19)), /header cut short at byte 0/);
  assert.throws(() => framesOf(whole.slice(0, 59)), /2 rows announced, fewer there/);
  assert.throws(() => framesOf(joined(whole, whole.slice(0, 5))), /header cut short at byte 60/);
  assert.throws(() => framesOf(frameOf({ kind: 2 }, [])), /unknown kind 2/);
});

test("what the server's own kernel writes is read as it was meant", () => {
  const code = `
import sys
import numpy as np
from airspace.kernels import wire
rows = np.array([(7, 312304567, -1214737000, -12, 35999, 65535, 33, 255), (8, 0, 0, 0, 0, 0, 0, 0)], wire.ROW)
sys.stdout.buffer.write(wire.frame(9, rows, 2.5, is_snapshot=True))`;
  const bytes = execFileSync(".venv/bin/python", ["-c", code]);
  const [frame, ...rest] = framesOf(Uint8Array.from(bytes).buffer);
  assert.deepEqual([frame.tile, frame.rows, frame.timeMs, frame.isSnapshot, rest.length], [9, 2, 2.5, true, 0]);
  assert.deepEqual(rowsOf(frame), [
    [7, 31.2304567, -121.4737, -12, 35999, 65535, 33, 255],
    [8, 0, 0, 0, 0, 0, 0, 0],
  ]);
});
