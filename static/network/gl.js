/** What layers of our own on a WebGL map share. */

/** @param {string} name a token, without its dashes @returns {number[]} red, green, blue in 0..1 */
export function tokenRgb(name) {
  const probe = penOf(document.createElement("canvas"));
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888888";
  const hex = String(probe.fillStyle);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** What draws on a canvas; every browser that runs the rest has it. @param {HTMLCanvasElement} canvas */
export function penOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * The matrix for positions relative to an anchor, multiplied in 64 bits.
 * @param {ArrayLike<number>} m @param {number[]} anchor
 */
export function around(m, [x, y]) {
  const moved = Array.from(m);
  for (let row = 0; row < 4; row++) moved[12 + row] = m[row] * x + m[4 + row] * y + m[12 + row];
  return moved;
}

/** A program of two shaders. @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment */
export function linkProgram(gl, vertex, fragment) {
  const program = gl.createProgram();
  /** @type {Array<[number, string]>} */
  const sources = [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ];
  for (const [kind, source] of sources) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind)); // null only while the context is lost
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) || "shader");
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) || "program");
  return program;
}
