/** For tests and the curious: how the map is seen, without reaching into drawing. */

/** @param {any} map @param {{frames: number}} hearing */
export const hookOf = (map, hearing) => ({
  view: () => ({ ...map.view(), bounds: map.bounds() }),
  kind: map.kind,
  frames: () => hearing.frames,
  shown: (/** @type {string} */ group) => map.isShown(group),
});
