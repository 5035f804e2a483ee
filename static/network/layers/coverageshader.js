/** The coverage layer's shaders: bytes to colours, one raster each side of the divider, unknown as hatching. */

export const VERTEX = `#version 300 es
layout(location = 0) in vec2 a_corner;
uniform mat4 u_matrix;
uniform vec2 u_size;
out vec2 v_at;
void main() {
  v_at = a_corner;
  gl_Position = u_matrix * vec4(a_corner * u_size, 0.0, 1.0);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
in vec2 v_at;
uniform sampler2D u_left;
uniform sampler2D u_right;
uniform sampler2D u_lookup;
uniform float u_split;     // [device px], right of it the right raster
uniform float u_opacity;
uniform float u_pixel;     // device px per CSS px
uniform vec3 u_hatch;
uniform bool u_hasEdges;   // draw where one server hands over to another
out vec4 colour;
float byteAt(vec2 at) {
  float found = gl_FragCoord.x < u_split ? texture(u_left, at).r : texture(u_right, at).r;
  return floor(found * 255.0 + 0.5);
}
void main() {
  vec2 dx = dFdx(v_at) * u_pixel;
  vec2 dy = dFdy(v_at) * u_pixel;
  float here = byteAt(v_at);
  vec4 ink = texelFetch(u_lookup, ivec2(int(here), 0), 0);
  float alpha = u_opacity;
  if (u_hasEdges && (byteAt(v_at + dx) != here || byteAt(v_at + dy) != here)) {
    ink.rgb *= 0.35;
    alpha = min(1.0, alpha + 0.2);
  }
  if (here == 0.0) {
    float along = fract((gl_FragCoord.x + gl_FragCoord.y) / (12.0 * u_pixel));
    ink = vec4(u_hatch, 1.0);
    alpha *= along < 0.1 ? 0.5 : 0.0;
  }
  colour = vec4(ink.rgb * alpha, alpha);
}`;
