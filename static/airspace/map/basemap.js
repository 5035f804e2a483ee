/** The style of the basemap, made from the design tokens, so that every theme has its map. No outside address in it. */

const PLAIN = ["match", ["get", "of"], ["lake", "river", "sea"], true, false];

/** Read the tokens a map is drawn with. @returns {Record<string, string>} */
export function mapColours() {
  const style = getComputedStyle(document.documentElement);
  const names = [
    "water",
    "land",
    "coast",
    "park",
    "label",
    "road-1",
    "road-2",
    "road-3",
    "border",
    "building",
    "halo",
    "sea-label",
  ];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
}

/**
 * @param {object|string} data GeoJSON of the basemap
 * @param {string} language "zh" or "en"
 * @returns {any} a style of MapLibre
 */
export function baseStyle(data, language) {
  return {
    version: 8,
    name: "Loft",
    sources: { base: { type: "geojson", data, maxzoom: 14, tolerance: 0.2 } },
    layers: [
      { id: "water", type: "background", paint: {} },
      ...ground(),
      ...roads(),
      ...buildings(),
      ...labels(language),
    ].map((layer) => ({ ...layer, paint: { ...layer.paint, ...paintOf(layer.id, mapColours()) } })),
  };
}

/**
 * Colours of a layer; used again when the theme changes.
 * @param {string} id @param {Record<string, string>} colours @returns {Record<string, string>}
 */
export function paintOf(id, colours) {
  /** @param {number} grade */
  const road = (grade) => ({ "line-color": colours[`road-${grade}`] });
  /** @type {Record<string, Record<string, string>>} */
  const paints = {
    water: { "background-color": colours.water },
    land: { "fill-color": colours.land },
    island: { "fill-color": colours.land },
    park: { "fill-color": colours.park },
    inland: { "fill-color": colours.water },
    glow: { "line-color": colours.coast },
    coast: { "line-color": colours.coast },
    border: { "line-color": colours.border },
    "road-3": road(3),
    "road-2": road(2),
    "road-1": road(1),
    building: { "fill-extrusion-color": colours.building },
    places: { "text-color": colours.label, "text-halo-color": colours.halo },
    waters: { "text-color": colours["sea-label"], "text-halo-color": colours.halo },
  };
  return paints[id] || {};
}

/** @param {...any} kinds */
const of = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];
/** @param {...any} stops */
const byZoom = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
/** @param {string} id @param {string} type @param {any} filter @param {any} paint @param {any} [more] */
const layer = (id, type, filter, paint, more = {}) => ({ id, type, source: "base", filter, paint, ...more });

function ground() {
  return [
    layer("glow", "line", of("coast", "river", "lake", "island"), {
      "line-width": byZoom(8, 3, 13, 14),
      "line-blur": byZoom(8, 3, 13, 12),
      "line-opacity": 0.55,
    }),
    layer("land", "fill", of("land"), { "fill-antialias": false }),
    layer("island", "fill", of("island"), {}),
    layer("park", "fill", of("park"), {}),
    layer("inland", "fill", of("river", "lake"), {}),
    layer("coast", "line", of("coast", "lake", "island", "river"), { "line-width": 0.8, "line-opacity": 0.8 }),
    layer("border", "line", of("border"), { "line-width": 1, "line-dasharray": [4, 3], "line-opacity": 0.9 }),
  ];
}

function roads() {
  /** @param {number} n */
  const grade = (n) => ["all", of("road"), ["==", ["get", "class"], n]];
  const round = { layout: { "line-cap": "round", "line-join": "round" } };
  return [
    layer(
      "road-3",
      "line",
      grade(3),
      { "line-width": byZoom(10, 0.3, 13, 1, 16, 5), "line-opacity": byZoom(10, 0.35, 12, 1) },
      { ...round, minzoom: 10 },
    ),
    layer("road-2", "line", grade(2), { "line-width": byZoom(8, 0.4, 13, 2, 16, 9) }, round),
    layer("road-1", "line", grade(1), { "line-width": byZoom(8, 0.9, 13, 3.2, 16, 14) }, round),
  ];
}

function buildings() {
  return [
    layer(
      "building",
      "fill-extrusion",
      of("building"),
      { "fill-extrusion-height": ["get", "height_m"], "fill-extrusion-opacity": 0.75 },
      { minzoom: 11.5 },
    ),
  ];
}

/** @param {string} language */
function labels(language) {
  const text = {
    "text-field": ["get", `name_${language}`],
    "text-font": ["sans-serif"],
    "text-padding": 8,
    "text-max-width": 8,
  };
  return [
    layer(
      "waters",
      "symbol",
      ["all", of("label"), PLAIN],
      { "text-halo-width": 1, "text-opacity": 0.95 },
      { layout: { ...text, "text-size": 12, "text-letter-spacing": 0.1 }, minzoom: 9 },
    ),
    layer(
      "places",
      "symbol",
      ["all", of("label"), ["!", PLAIN]],
      { "text-halo-width": 1.2 },
      {
        layout: {
          ...text,
          "text-size": ["match", ["get", "rank"], 1, 15, 11],
          "text-letter-spacing": 0.08,
          "symbol-sort-key": ["get", "rank"],
        },
        minzoom: 8,
      },
    ),
  ];
}
