/** The network page: map, strip by time and table of the sites, one selection across them, live. */
import { getAll, getJson } from "../../console/api.js";
import { ageText, byId, el, replace, setText, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { timePicker } from "../../console/timepicker.js";
import { TimeRange } from "../../console/timerange.js";
import { nowOf } from "../measurement/heat.js";
import { HeatPanel } from "../measurement/heatpanel.js";
import { mercatorX, mercatorY } from "../mercator.js";
import { SiteMap } from "./sitemap.js";
import { Sites, stateOf } from "./sites.js";
import { siteTable } from "./sitetable.js";
import { isChinese, nameOf, STATE_WORDS, stateChip } from "../words.js";

const URL_ = "/api/v1/sites?is_probed=true";
const REDRAW_MS = 1000;
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const sites = new Sites();
const list = widget(byId("list"));
const table = siteTable({
  order: () => form.elements.ordering.value,
  setOrder,
  pick,
});
const time = new TimeRange(["1h", "24h", "7d"], "1h", { search: location.search });
const heat = new HeatPanel({
  query,
  slugs: () => slugs,
  selected: () => form.elements.site.value,
  pick,
  now: (slug) => {
    const site = sites.bySlug.get(slug);
    return site ? nowOf(site, stateOf(site, Date.now())) : "";
  },
  time,
});
/** @type {SiteMap|null} */
let map = null;
/** @type {Set<string>} */
let slugs = new Set();
let isLoaded = false;
let draws = 0;

/** For tests and the curious. */
window.loft = {
  network: {
    sites,
    heat: heat.heat,
    map: () => map,
    draws: () => draws,
    heard: (/** @type {any} */ event) => onEvent(event),
  },
};

function query() {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(fields.filter(([, value]) => value));
}

async function load() {
  try {
    sites.load(await getAll(URL_));
    isLoaded = true;
    draw();
  } catch (problem) {
    if (problem.status === 403) list.forbidden("network.view_site");
    else if (!isLoaded) list.error(problem.message, load);
  }
}

/** Each part in a task of its own, so that input is never kept waiting for all of them. */
function draw() {
  if (!isLoaded || document.hidden) return;
  const now = Date.now();
  const asked = query();
  const rows = sites.shown(asked, now);
  slugs = new Set(rows.map(({ slug }) => slug));
  draws += 1;
  drawTally(now);
  setTimeout(() => drawTable(rows, now));
  setTimeout(() => drawMap(rows, now));
  setTimeout(() => heat.draw());
}

/** @param {any[]} rows @param {number} now */
function drawTable(rows, now) {
  if (sites.bySlug.size === 0)
    return list.empty(gettext("Sites that are probed appear here. Add some to the inventory first."));
  if (rows.length === 0) return list.empty(gettext("No site fits these filters."));
  if (!table.node.isConnected) list.show(table.node);
  return table.draw(rows, form.elements.site.value, now);
}

/** @param {any[]} rows @param {number} now */
function drawMap(rows, now) {
  const shown = rows.map((row) => ({
    slug: row.slug,
    x: (row.x ??= mercatorX(row.lon_deg)),
    y: (row.y ??= mercatorY(row.lat_deg)),
    state: stateOf(row, now),
    name: nameOf(row),
  }));
  map?.show(shown, form.elements.site.value);
}

/** @param {number} now */
function drawTally(now) {
  const counts = sites.tally(now);
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const key = JSON.stringify(parts);
  const tally = byId("tally");
  if (tally.dataset.key !== key) {
    tally.dataset.key = key;
    replace(
      tally,
      ...parts.map(([name, count]) =>
        el(
          "span",
          { class: `chip ${name}` },
          interpolate(gettext("%(count)s %(state)s"), { count: formatNumber(count), state: STATE_WORDS[name] }),
        ),
      ),
    );
  }
  const age = sites.newestAge(now);
  setText(
    byId("age"),
    age === null ? gettext("never measured") : interpolate(gettext("last round %(age)s ago"), { age: ageText(age) }),
  );
}

/** @param {string} slug */
function pick(slug) {
  if (form.elements.site.value === slug) return;
  form.elements.site.value = slug;
  changed();
  table.reveal(slug);
}

/** @param {string|null} slug */
function over(slug) {
  const row = sites.bySlug.get(slug || form.elements.site.value);
  const note = byId("map-note");
  if (!row) return setText(note, gettext("Click a site for its line in the strip and the table."));
  return replace(
    note,
    el("a", { href: `/network/sites/${row.slug}` }, nameOf(row)),
    stateChip(stateOf(row, Date.now())),
  );
}

/** @param {string} order */
function setOrder(order) {
  form.elements.ordering.value = order;
  changed();
}

function changed() {
  const wanted = new URLSearchParams({ ...query(), ...time.query() });
  history.replaceState(null, "", wanted.size ? `?${wanted}` : location.pathname);
  form.dispatchEvent(new Event("loft:listed"));
  const csv = new URLSearchParams({ ...query(), is_probed: "true", format: "csv", limit: "1000" });
  for (const name of ["ordering", "site", "strip"]) csv.delete(name);
  byId("csv").href = `/api/v1/sites?${csv}`;
  over(null);
  draw();
}

/** @param {any} event */
function onEvent(event) {
  if (event.topic === "sla") sites.apply(event); // drawn with the next second: rounds come in many pieces
}

async function openMap() {
  const node = byId("site-map");
  // sites on an empty ground are better than none
  const basemap = await getJson(node.dataset.basemap).catch(() => ({ features: [] }));
  const made = new SiteMap(node, { basemap, language: isChinese ? "zh" : "en", pick, over });
  map = made;
  byId("map-in").addEventListener("click", () => made.zoomBy(0.5));
  byId("map-out").addEventListener("click", () => made.zoomBy(-0.5));
  byId("map-all").addEventListener("click", () => made.fit());
  draw();
}

for (const [name, value] of new URLSearchParams(location.search)) {
  if (form.elements[name]) form.elements[name].value = value;
}
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  changed();
});
timePicker(byId("time"), time);
list.loading();
changed();
load();
heat.load();
openMap();
connect({ topics: ["sla"], onOpen: load, onEvent });
setInterval(draw, REDRAW_MS);
