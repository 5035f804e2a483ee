import assert from "node:assert/strict";
import test from "node:test";
import { around, linkProgram, tokenRgb } from "../../../static/network/gl.js";
import { callsOf, layPaper, noting } from "../paper.js";

test("a token is red, green and blue between nought and one; one that is not there is grey", () => {
  layPaper({ unknown: "#ff0033" });
  assert.deepEqual(tokenRgb("unknown"), [1, 0, 0.2]);
  assert.deepEqual(tokenRgb("absent"), [0x88 / 255, 0x88 / 255, 0x88 / 255]);
});

test("a matrix around an anchor places what is relative to it as the matrix places the whole", () => {
  const matrix = [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 10, 20, 0, 1];
  const moved = around(matrix, [0.5, 0.25]);
  assert.deepEqual(moved.slice(0, 12), matrix.slice(0, 12));
  assert.deepEqual(moved.slice(12), [11, 20.75, 0, 1]); // 2 * 0.5 + 10, 3 * 0.25 + 20
});

test("a program is linked of both shaders, and one that cannot be says why", () => {
  const fine = { createProgram: () => "program", createShader: (/** @type {string} */ kind) => kind };
  const gl = noting({ ...fine, getShaderParameter: () => true, getProgramParameter: () => true });
  assert.equal(linkProgram(gl, "vertex text", "fragment text"), "program");
  assert.deepEqual(callsOf(gl, "shaderSource"), [
    ["VERTEX_SHADER", "vertex text"],
    ["FRAGMENT_SHADER", "fragment text"],
  ]);
  const broken = noting({ ...fine, getShaderParameter: () => false, getShaderInfoLog: () => "line 3" });
  assert.throws(() => linkProgram(broken, "", ""), /line 3/);
  const unlinked = noting({ ...fine, getShaderParameter: () => true, getProgramInfoLog: () => "no main" });
  assert.throws(() => linkProgram(unlinked, "", ""), /no main/);
});
