/** What lies in a view. */

/** @param {number[]|null} bounds west, south, east, north; null: everywhere @param {number} lat @param {number} lon */
export function isInside(bounds, lat, lon) {
  if (!bounds) return true;
  const [west, south, east, north] = bounds;
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
