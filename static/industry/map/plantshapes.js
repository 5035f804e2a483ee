/** Shapes of factories and vehicles on the map, as corners in pixels. Pure. */

/** @typedef {[number, number]} Point */

/** @type {Point[]} a house with a saw-tooth roof, as maps have works */
const WORKS = [
  [-1, 0.8],
  [-1, -0.7],
  [-0.33, -0.1],
  [-0.33, -0.7],
  [0.33, -0.1],
  [0.33, -0.7],
  [1, -0.1],
  [1, 0.8],
];
/** @type {Point[]} a vehicle from above, its front a point */
const VEHICLE = [
  [0, -1.3],
  [0.7, -0.5],
  [0.7, 1],
  [-0.7, 1],
  [-0.7, -0.5],
];
const SIDES = 12;

/** @param {number} x @param {number} y @param {number} r @returns {Point[]} */
export const worksShape = (x, y, r) => WORKS.map(([dx, dy]) => [x + dx * r, y + dy * r]);

/**
 * A vehicle whose front points so far clockwise from the top; round where that is not known.
 * @param {number} x @param {number} y @param {number} r @param {number|null} turnDeg @returns {Point[]}
 */
export function vehicleShape(x, y, r, turnDeg) {
  if (turnDeg === null) return circle(x, y, r * 0.8);
  const turn = (turnDeg * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return VEHICLE.map(([dx, dy]) => [x + r * (dx * cos - dy * sin), y + r * (dx * sin + dy * cos)]);
}

/** @param {number} x @param {number} y @param {number} r @returns {Point[]} */
export const circle = (x, y, r) =>
  Array.from({ length: SIDES }, (_, step) => {
    const turn = (step / SIDES) * 2 * Math.PI;
    return [x + r * Math.cos(turn), y + r * Math.sin(turn)];
  });

/** Whether a point lies in an outline. @param {Point[]} corners @param {number} x @param {number} y */
export function isInside(corners, x, y) {
  return corners.reduce((isIn, [ax, ay], index) => {
    const [bx, by] = corners[(index + 1) % corners.length];
    return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !isIn : isIn;
  }, false);
}

/** @param {CanvasRenderingContext2D} pen @param {Point[]} corners */
export function tracePath(pen, corners) {
  pen.beginPath();
  for (const corner of corners) pen.lineTo(...corner);
  pen.closePath();
}
