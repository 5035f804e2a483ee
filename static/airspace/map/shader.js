/** The drones' shaders: one arrow per instance, gliding on the GPU, its state by colour and shape. */

export const VERTEX = `#version 300 es
layout(location = 0) in vec2 a_corner;
layout(location = 1) in vec4 a_way;     // from x, y; to x, y, in units of u_scale around the anchor
layout(location = 2) in vec4 a_motion;  // started [s, relative], takes [s], track [rad], code
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_sinceS;
uniform float u_scale;
uniform float u_bearing;
uniform float u_size;
out vec2 v_at;
flat out float v_code;
void main() {
  float part = clamp((u_sinceS - a_motion.x) / a_motion.y, 0.0, 1.0);
  vec2 place = mix(a_way.xy, a_way.zw, part) * u_scale;
  int code = int(a_motion.w);
  int link = (code >> 4) & 3;
  bool loud = (link != 3 && ((code & 7) == 1 || (code & 7) == 2)) || link == 2 || (code & 320) != 0;
  float size = u_size * (loud ? 1.3 : 1.0);
  float turn = a_motion.z - u_bearing;
  vec2 across = a_corner * size;
  vec4 clip = u_matrix * vec4(place, 0.0, 1.0);
  gl_Position = clip + vec4(across * 2.0 / u_viewport * clip.w, 0.0, 0.0);
  v_at = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * a_corner * 2.0;
  v_code = a_motion.w;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_at;
flat in float v_code;
uniform vec3 u_colours[7];  // normal, warning, emergency, ground, lost, accent, unseen
uniform vec3 u_halo;
uniform float u_pixel;
out vec4 colour;
float arrow(vec2 p) {
  vec2 corner[4] = vec2[4](vec2(0.0, 0.86), vec2(0.60, -0.74), vec2(0.0, -0.40), vec2(-0.60, -0.74));
  float d = dot(p - corner[0], p - corner[0]);
  float s = 1.0;
  for (int i = 0, j = 3; i < 4; j = i, i++) {
    vec2 e = corner[j] - corner[i];
    vec2 w = p - corner[i];
    vec2 b = w - e * clamp(dot(w, e) / dot(e, e), 0.0, 1.0);
    d = min(d, dot(b, b));
    bvec3 c = bvec3(p.y >= corner[i].y, p.y < corner[j].y, e.x * w.y > e.y * w.x);
    if (all(c) || all(not(c))) s *= -1.0;
  }
  return s * sqrt(d);
}
float cross2(vec2 p) {
  vec2 q = abs(vec2(p.x + p.y, p.x - p.y)) * 0.7071;
  return max(min(q.x, q.y) - 0.10, length(p) - 0.72);
}
void main() {
  int code = int(v_code);
  int state = code & 7;
  int link = (code >> 4) & 3;
  bool low = (code & 256) != 0;  // its control link is below its need: a bar over it
  bool hollow = link != 0 || (code & 8) != 0;
  vec2 p = v_at * 1.15;
  bool round = (code & 128) != 0 || state == 3;
  float shape = link == 2 ? length(p) - 0.72 : round ? length(p) - 0.42 : arrow(p);
  vec3 ink = link == 2 ? u_colours[4] : link == 3 ? u_colours[6] : low && state != 2 ? u_colours[4] : u_colours[state];
  float line = abs(shape) - 0.09;
  float fill = hollow ? line : shape;
  if (link == 2) fill = min(fill, cross2(p));
  if (low) fill = min(fill, max(abs(v_at.x) - 0.75, abs(v_at.y + 1.15) - 0.10));
  float alpha = 1.0 - smoothstep(-u_pixel, u_pixel, fill);
  float halo = 1.0 - smoothstep(-u_pixel, u_pixel, fill - 0.16);
  float inside = hollow ? 0.55 * (1.0 - smoothstep(-u_pixel, u_pixel, shape)) : 0.0;
  if (link == 1 || link == 3) { alpha *= 0.75; halo *= 0.7; }
  vec4 result = vec4(u_halo, 1.0) * max(halo * 0.75, inside);
  result = mix(result, vec4(ink, 1.0), alpha);
  if ((code & 64) != 0) {
    float ring = 1.0 - smoothstep(-u_pixel, u_pixel, abs(length(v_at) - 1.72) - 0.10);
    result = mix(result, vec4(u_colours[5], 1.0), ring);
  }
  colour = result;
}`;
