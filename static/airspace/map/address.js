/** The address bar as the page's memory: view, selection and filters in the query string. */

const PLACES = 5;

/**
 * @returns {{centre: number[]|null, zoom: number|null, drone: number, site: string, state: string, follow: boolean}}
 */
export function readAddress(search = location.search) {
  const query = new URLSearchParams(search);
  const [lat, lon, zoom] = (query.get("at") || "").split(",").map(Number);
  const isPlace = Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  const drone = Number(query.get("drone"));
  return {
    centre: query.get("at") && isPlace ? [lon, lat] : null,
    zoom: Number.isFinite(zoom) && zoom >= 0 && zoom <= 22 ? zoom : null,
    drone: Number.isInteger(drone) && drone > 0 ? drone : 0,
    site: query.get("site") || "",
    state: query.get("state") || "",
    follow: query.get("follow") === "1",
  };
}

/**
 * @param {{centre: number[], zoom: number, drone: number, site: string, state: string, follow: boolean}} view
 * @param {Record<string, string>} [more] what other parts of the page remember
 */
export function writeAddress({ centre, zoom, drone, site, state, follow }, more = {}) {
  const query = new URLSearchParams();
  query.set("at", `${centre[1].toFixed(PLACES)},${centre[0].toFixed(PLACES)},${zoom.toFixed(2)}`);
  if (drone) query.set("drone", String(drone));
  if (site) query.set("site", site);
  if (state) query.set("state", state);
  if (follow) query.set("follow", "1");
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  history.replaceState(null, "", `${location.pathname}?${query.toString().replaceAll("%2C", ",")}`);
}

/**
 * Something found by the search palette is shown here rather than by loading the page anew.
 * @param {{onDrone: (id: number) => void, onSite: (slug: string) => void}} select
 */
export function onGo({ onDrone, onSite }) {
  document.addEventListener("loft:go", (event) => {
    const url = event.detail;
    if (url.pathname !== location.pathname) return;
    const wanted = readAddress(url.search);
    if (!wanted.drone && !wanted.site) return;
    event.preventDefault();
    if (wanted.drone) onDrone(wanted.drone);
    else onSite(wanted.site);
  });
}
