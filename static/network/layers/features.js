/** What the REST API says about the network, as GeoJSON for drawing. Pure functions. */

const BEAM_M = 1100;
const BEAM_DEG = 65; // the half-power width of a sector's antenna
const BEAM_STEPS = 12;
const M_PER_DEG = 111_195;
export const RATES_GBPS = [10, 100, 400, 800];
export const LOADS = [0, 0.3, 0.6, 0.8]; // lower ends of the classes
export const CENTRES = 5; // inks of data centres before they repeat

/**
 * @typedef {{type: string, coordinates: any}} Geometry
 * @typedef {{type: "Feature", properties: Record<string, any>, geometry: Geometry}} Feature
 * @typedef {{type: "FeatureCollection", features: Feature[]}} Collection
 */

/** @type {Collection} */
export const NOTHING = { type: "FeatureCollection", features: [] };
/** @param {Array<Feature|null|undefined|false>} features @returns {Collection} */
const collection = (features) => ({ type: "FeatureCollection", features: features.filter((drawn) => !!drawn) });
/** @param {Record<string, any>} properties @param {string} type @param {any} coordinates @returns {Feature} */
const feature = (properties, type, coordinates) => ({ type: "Feature", properties, geometry: { type, coordinates } });
/** @param {number[]} edges @param {number} value @returns {number} */
const classAt = (edges, value) => edges.reduce((best, edge, index) => (value >= edge ? index : best), 0);

/**
 * How something is drawn that has a standing; `state`: of a link now.
 * @typedef {(kind: string, key: string, state?: string) => {standing: string, standings: string}|null} StandingOf
 * @typedef {null|false|StandingOf} ComplianceOf
 */

/**
 * Links between known sites.
 * @param {any[]} links @param {Map<string, any>} sites by slug @param {ComplianceOf} [complianceOf]
 */
export function linkFeatures(links, sites, complianceOf = null) {
  return collection(
    links.map((link) => {
      const [a, b] = [sites.get(link.a), sites.get(link.b)];
      const known = {
        kind: "link",
        key: `${link.a}~${link.b}`,
        rate: classAt(RATES_GBPS, link.rate_gbps),
        load: classAt(LOADS, link.load_share),
        rate_gbps: link.rate_gbps,
        load_share: link.load_share,
        ...(link.state && { state: link.state, since: link.state_since ?? "" }),
      };
      return (
        a &&
        b &&
        feature(
          { ...known, medium: link.medium, ...(complianceOf ? complianceOf("link", known.key, link.state) : null) },
          "LineString",
          [
            [a.lon_deg, a.lat_deg],
            [b.lon_deg, b.lat_deg],
          ],
        )
      );
    }),
  );
}

/**
 * @typedef {{centres: any[], links: any[], sites: any[]}} Reach as the API tells it
 * @param {Reach} reach @param {string} only slug of a data centre, or "" for all
 */
export function reachFeatures(reach, only = "") {
  const inks = new Map(reach.centres.map((centre, index) => [centre.slug, index % CENTRES]));
  /** @param {string} slug */
  const isWanted = (slug) => !only || slug === only;
  const lines = reach.links
    .filter((link) => isWanted(link.centre))
    .map((link) =>
      feature(
        { kind: "reach", ink: inks.get(link.centre) ?? 0, key: `${link.a}~${link.b}`, ms: link.ms },
        "LineString",
        link.path_lon_lat_deg,
      ),
    );
  const marks = reach.sites
    .filter((site) => site.lon_lat_deg && (!only || site.centre === only || !site.is_inside))
    .map((site) =>
      feature(
        {
          kind: "mark",
          key: site.slug,
          ink: inks.get(site.centre) ?? 0,
          isInside: site.is_inside && isWanted(site.centre),
          isKey: site.is_key_site,
          isOut: site.is_key_site && site.state !== "unknown" && site.state !== "asleep", // nobody is alarmed of those
          state: site.state ?? (site.is_inside ? "inside" : "outside"),
          ms: site.ms,
        },
        "Point",
        site.lon_lat_deg,
      ),
    );
  return collection([...lines, ...marks]);
}

/**
 * Pieces of corridors as they are answered, with what drawing needs to know.
 * @param {{features: any[]}} pieces @param {boolean} isChinese @param {ComplianceOf} [complianceOf]
 */
export function corridorFeatures(pieces, isChinese, complianceOf = null) {
  return collection(
    pieces.features.map(({ properties, geometry }) => ({
      type: /** @type {const} */ ("Feature"),
      geometry,
      properties: {
        ...properties,
        kind: "corridor",
        cover: properties.is_covered === null ? "unknown" : properties.is_covered ? "covered" : "open",
        name: (isChinese ? properties.name_zh : properties.name_en) || properties.slug,
        ...(complianceOf ? complianceOf("corridor", properties.slug) : null),
      },
    })),
  );
}

/**
 * Planned changes where they will be.
 * @param {any[]} changes @param {Map<string, any>} sites @param {Map<string, any>} sectors
 * @param {(date: string) => string} dateWord
 */
export function plannedFeatures(changes, sites, sectors, dateWord) {
  return collection(
    changes.map((change) => {
      const shape = shapeOf(change, sites, sectors);
      const known = {
        kind: "plan",
        key: `${change.kind} ${change.key}`,
        what: change.kind,
        isRemoval: change.values === null,
        label: `${change.key} ${dateWord(change.valid_from)}`,
      };
      return shape && feature(known, ...shape);
    }),
  );
}

/**
 * @param {any} change @param {Map<string, any>} sites @param {Map<string, any>} sectors
 * @returns {[string, any]|null} type and coordinates
 */
function shapeOf({ kind, key, values }, sites, sectors) {
  /** @param {any} site @returns {[string, any]|null} */
  const point = (site) => (site && Number.isFinite(site.lon_deg) ? ["Point", [site.lon_deg, site.lat_deg]] : null);
  if (kind === "site") return point(values || sites.get(key));
  if (kind === "sector") return point(sites.get(values?.site || sectors.get(key)?.site));
  if (kind === "edge_node") return point(sites.get(values?.site));
  if (kind === "corridor") return values?.path_lon_lat_deg ? ["LineString", values.path_lon_lat_deg] : null;
  if (kind !== "link") return null;
  const [a, b] = String(key)
    .split("~")
    .map((slug) => sites.get(slug));
  return a && b
    ? [
        "LineString",
        [
          [a.lon_deg, a.lat_deg],
          [b.lon_deg, b.lat_deg],
        ],
      ]
    : null;
}

/**
 * What falls without something: sites by how they are concerned, and the link itself where it is one.
 * @param {{kind: string, key: string, sites: Array<{key: string, how: string}>}} answer
 * @param {Map<string, any>} sites by slug
 */
export function fallFeatures({ kind, key, sites: fallen }, sites) {
  const itself = kind === "link" ? shapeOf({ kind, key, values: null }, sites, new Map()) : null;
  const marks = [...fallen].reverse().map(({ key: slug, how }) => {
    const site = sites.get(slug);
    return site && feature({ kind: "fall", how, key: slug }, "Point", [site.lon_deg, site.lat_deg]);
  });
  return collection([itself && feature({ kind: "fall", how: "itself", key }, ...itself), ...marks]); // the worst on top
}

/** Where somebody clicked. @param {[number, number]} at */
export const pinFeatures = (at) => collection([feature({ kind: "pin" }, "Point", at)]);

/** Where a sector looks, now and as tried. @param {any} site @param {number} presentDeg @param {number} triedDeg */
export function beamFeatures(site, presentDeg, triedDeg) {
  if (!site) return NOTHING;
  const shown = [feature({ kind: "beam", isTried: true }, "Polygon", [beam(site, triedDeg)])];
  if (triedDeg !== presentDeg)
    shown.unshift(feature({ kind: "beam", isTried: false }, "Polygon", [beam(site, presentDeg)]));
  return collection(shown);
}

/** @param {any} site @param {number} azimuthDeg */
function beam({ lon_deg: lon, lat_deg: lat }, azimuthDeg) {
  const edge = Array.from({ length: BEAM_STEPS + 1 }, (_, step) => {
    const turn = ((azimuthDeg - BEAM_DEG / 2 + (step / BEAM_STEPS) * BEAM_DEG) * Math.PI) / 180;
    return [
      lon + (BEAM_M * Math.sin(turn)) / (M_PER_DEG * Math.cos((lat * Math.PI) / 180)),
      lat + (BEAM_M * Math.cos(turn)) / M_PER_DEG,
    ];
  });
  return [[lon, lat], ...edge, [lon, lat]];
}
