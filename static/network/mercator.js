/** Web Mercator, the world as a unit square with y down. */

/** @param {number} lon */
export const mercatorX = (lon) => (lon + 180) / 360;

/** @param {number} lat */
export function mercatorY(lat) {
  const held = Math.max(-85.05, Math.min(85.05, lat));
  return 0.5 - Math.asinh(Math.tan((held * Math.PI) / 180)) / (2 * Math.PI);
}

/** @param {number} x */
export const lonOf = (x) => x * 360 - 180;

/** @param {number} y */
export const latOf = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;

/** Great-circle distance. [m] @param {number} lat1 @param {number} lon1 @param {number} lat2 @param {number} lon2 */
export function distanceM(lat1, lon1, lat2, lon2) {
  const rad = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.sqrt(a));
}
