/** The map page: wires the store, the map, the table, the inspector and the address bar to one selection. */
import { byId, setText } from "../../console/dom.js";
import { connect, silenceMs } from "../../console/hub.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { isNarrow } from "../../console/narrow.js";
import { toast } from "../../console/toast.js";
import { onGo, readAddress, writeAddress } from "./address.js";
import { NetworkLayers } from "../../network/layers/layers.js";
import { bindControls } from "./controls.js";
import { Doubts } from "../tracking/doubts.js";
import { Following, FOLLOW_ZOOM } from "./following.js";
import { Hearing } from "./hearing.js";
import { hookOf } from "./hook.js";
import { Inspector } from "../tracking/inspector.js";
import { openMap } from "./mapchoice.js";
import { MoreLayers } from "./morelayers.js";
import { Names } from "../drones/names.js";
import { Sites } from "./sites.js";
import { DroneStore } from "../tracking/state.js";
import { Table } from "../drones/table.js";
import { Trail } from "../tracking/trail.js";
import { fits, padded, slotFilter } from "./view.js";
import { unseenSentence } from "../words.js";

const node = byId("map");
const drawer = byId("drawer");
const STALE_PICTURE_MS = 3000;
const view = readAddress();
const store = new DroneStore();
const doubts = new Doubts(store);
const trail = new Trail();
const sites = new Sites();
const names = new Names(() => drawTable());
const more = new MoreLayers();
const following = new Following({ store, told: () => (remember(), showSelected()) });
const selection = { drone: view.drone, site: view.site, follow: view.follow };
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
if (isNarrow()) byId("layers").removeAttribute("open"); // it would lie over half of the map
const map = await openMap(node, { store, view, isStill });
const table = new Table(drawer, { onSelect: selectDrone, onFilter: setFilter, state: view.state });
let state = table.filter.value;
const inspector = new Inspector(byId("inspector-body"), {
  onClose: clearSelection,
  onFollow: () => following.toggle(),
  onNews: (drone) => hearing.anew(drone),
  onWithout: (slug) => layers?.without("site", slug),
  may: { retire: node.dataset.mayRetire, remove: node.dataset.mayDelete },
});
const wiring = { lend: lendInspector, close: clearSelection, onLook: () => remember() };
const layers =
  byId("network-layers") && new NetworkLayers({ map, holder: node.parentElement, sites: sites.bySlug, ...wiring });
Object.assign(following, { map, selection });
await more.open({ map, ...wiring, lend: lendMore, nowMs: () => store.nowMs(), isBlind: () => store.sight.isBlind() });
const known = { store, sites, selection, trail };
const parts = { names, doubts, map, inspector, layers, more };
const hearing = new Hearing({ ...known, ...parts, drawTable, followDrone: () => following.come(), loadTrail });
const line = connect({
  topics: (document.documentElement.dataset.topics || "").split(" "),
  onFrame: (message) => hearing.frame(message),
  onEvent: (event) => hearing.event(event),
  onOpen: () => hearing.open(),
});
window.loft = { map: { ...known, ...hookOf(map, hearing), layers, more } };

map.onMoved(moved);
map.onPick(picked);
map.onGrabbed(() => following.set(false));
map.onHover((over) => layers?.hovered(over));
document.addEventListener("loft:theme", () => (map.useTheme(), layers?.useTheme()));
onGo({ onDrone: (id) => selectDrone(id, true), onSite: (slug) => selectSite(slug, true) });
new ResizeObserver(() => map.resize()).observe(node);
document.addEventListener("visibilitychange", () => document.hidden || map.aged());
bindControls(map, {
  clear: clearSelection,
  walk: (step) => (drawTable(), table.walk(step)),
  follow: () => selection.drone && following.toggle(),
  toggleTable: toggleDrawer,
  keys: { ...layers?.keys(), ...more.keys() },
});
applyFilter();
moved();
setInterval(everySecond, 1000);
if (selection.drone) selectDrone(selection.drone, !view.centre);
else if (selection.site) selectSite(selection.site, !view.centre);
node.removeAttribute("aria-busy");

function moved() {
  const bounds = padded(map.bounds());
  store.look(bounds, selection.drone);
  line.setView(bounds);
  remember();
  drawTable();
}

function remember() {
  const { centre, zoom } = map.view();
  writeAddress({ centre, zoom, ...selection, state }, { ...layers?.state.query(), ...more.query() });
}

function everySecond() {
  if (document.hidden) return;
  document.body.dataset.picture = silenceMs() > STALE_PICTURE_MS ? "stale" : "live";
  map.aged();
  drawTable();
  const isBlind = store.sight.isBlind();
  sites.drawOn(map, isBlind ? null : Date.now());
  inspector.refresh(store.get(selection.drone));
  doubts.settle();
  inspector.updateSite(sites.bySlug.get(selection.site), Date.now(), isBlind);
  more.aged();
  if (isBlind) setText(byId("map-stale-since"), unseenSentence(store.unseenSinceMs()));
  showSelected();
}

function drawTable() {
  // before the first frame nothing is known, not even "none"
  if (drawer.dataset.closed === "true" || !hearing.frames) return;
  const inView = store.within(map.bounds());
  table.bad.show(inView);
  const rows = inView
    .filter((drone) => fits(drone, state))
    .map((drone) => ({ ...drone, name: names.peek(drone.id, drone.isForeign) }));
  for (const row of table.show(rows, inView.length)) names.of(row.id, row.isForeign);
}

/** @param {any} next */
function setFilter(next) {
  state = next;
  applyFilter();
  remember();
  drawTable();
}

function applyFilter() {
  map.setFilter(state ? slotFilter(store, state) : null);
}

/** @param {any} given */
function picked({ drone, site, at, point }) {
  if (drone) return selectDrone(drone);
  if (site) return selectSite(site);
  if (selection.drone || selection.site) clearSelection();
  if (!more.clicked(point)) layers?.clicked(at, point);
}

/** The inspector shows something of the network; nothing is selected. @param {(...given: any[]) => unknown} draw */
function lendInspector(draw) {
  if (selection.drone || selection.site) unselect();
  more.left();
  inspector.lend(draw);
  remember();
}

/** @param {(...given: any[]) => unknown} draw of other apps' layers */
function lendMore(draw) {
  layers?.leave();
  lendInspector(draw);
}

/** @param {number} id @param {boolean} [shouldMove] */
function selectDrone(id, shouldMove = false) {
  leave();
  if (selection.drone !== id) selection.follow = selection.follow && shouldMove;
  Object.assign(selection, { drone: id, site: "" });
  table.select(id);
  map.select(id);
  trail.clear();
  map.showTrail(null);
  loadTrail();
  inspector.openDrone(
    id,
    (drone) => {
      names.keep(drone);
      showSelected();
      const last = drone.last_position;
      if ((shouldMove || !store.get(id)) && last) map.goTo(last.lon_deg, last.lat_deg, FOLLOW_ZOOM);
    },
    store.get(id)?.isForeign,
  );
  remember();
}

/** @param {string} slug @param {boolean} [shouldMove] */
function selectSite(slug, shouldMove = false) {
  leave();
  unselect();
  selection.site = slug;
  inspector.openSite(slug, (site) => {
    map.showLabel(null);
    if (shouldMove) map.goTo(site.lon_deg, site.lat_deg, FOLLOW_ZOOM);
  });
  remember();
}

/** The inspector is wanted for something else. */
function leave() {
  layers?.leave();
  more.left();
}

function clearSelection() {
  leave();
  unselect();
  inspector.close();
  remember();
}

function unselect() {
  Object.assign(selection, { drone: 0, site: "", follow: false });
  table.select(0);
  map.select(0);
  map.showTrail(null);
  map.showLabel(null);
  trail.clear();
}

/** @param {boolean} [isForeign] */
async function loadTrail(isForeign = store.get(selection.drone)?.isForeign) {
  if (store.isRemoved(selection.drone)) return;
  try {
    await trail.load(selection.drone, store.nowMs(), isForeign);
    map.showTrail(trail.geojson());
  } catch (problem) {
    toast(interpolate(gettext("The trail could not be read: %(reason)s"), { reason: problem.message }), "error");
  }
}

function showSelected() {
  if (!selection.drone) return;
  const live = store.get(selection.drone);
  inspector.update(live, store, selection.follow);
  if (!live) return map.showLabel(null);
  map.showLabel([live.lon, live.lat], names.of(live.id, live.isForeign) || "");
  if (trail.id === live.id && trail.extend(store.nowMs() - live.ageS * 1000, live.lon, live.lat))
    map.showTrail(trail.geojson());
}

function toggleDrawer() {
  table.toggle();
  drawTable();
}
