/** The wallboard: few big numbers in fixed places, one view after the other; what is old or missing is plainly said. */
import { getJson } from "../console/api.js";
import { ageText, el, formatTime, replace, setText } from "../console/dom.js";
import { connect } from "../console/hub.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { bindKeys } from "../console/keyboard.js";
import { budgetBar } from "./service.js";
import { Sites } from "./sites.js";
import { isChinese, nameOf } from "./words.js";

const REFRESH_MS = 10_000;
const STALE_MS = 30_000;
const PROBE_STALE_S = 15;
const BUDGETS = 6;
const KNOWN_STATES = ["breached", "at_risk", "met"];
const byId = (id) => document.getElementById(id);
const board = byId("board");
const { seesDrones, seesAgreements, seesAlarms } = board.dataset;
const views = viewsOf(JSON.parse(board.dataset.regions));
const rotateMs = Number(board.dataset.rotateS) * 1000;
const sites = new Sites();
const gotMs = { sites: 0, alarms: 0, budgets: 0, drones: 0 };
let at = 0;
let turnMs = Date.now();
let isPaused = views.length < 2 || matchMedia("(prefers-reduced-motion: reduce)").matches;
let line = "connecting";
let turn = 0;

/** Every region together, then each by itself; one region alone when the address names it. */
function viewsOf(regions) {
  return regions.length === 1 ? regions : [null, ...regions];
}

const shown = () => views[at] || null;

async function read(name, fetchAndShow, nodes) {
  const own = turn;
  const askedMs = Date.now();
  try {
    const answer = await fetchAndShow();
    if (own !== turn) return;
    answer();
    gotMs[name] = askedMs; // an answer is as old as its question
  } catch (problem) {
    if (problem.status === 403) nodes.forEach((node) => setText(byId(node), "⊘"));
  }
}

function load() {
  const region = shown()?.slug || "";
  const of = region ? `&region=${region}` : "";
  read("sites", async () => {
    const page = await getJson(`/api/v1/sites?is_probed=true&limit=1000${of}`);
    return () => (sites.load(page.results), drawSites());
  }, ["n-breached", "n-at_risk", "n-unknown", "n-met"]);
  if (seesAlarms) read("alarms", async () => {
    const { counts } = await getJson("/api/v1/alarms/summary");
    return () => ["critical", "major", "minor"].forEach((name) => big(`a-${name}`, counts[name] || 0));
  }, []);
  if (seesAgreements) read("budgets", async () => {
    const states = KNOWN_STATES.map((state) => `state=${state}`).join("&");
    const page = await getJson(`/api/v1/standings?${states}&ordering=standing__budget_left_share&limit=50${of}`);
    return () => drawBudgets(page.results.filter((row) => row.budget_left_share !== null).slice(0, BUDGETS));
  }, []);
  if (seesDrones) read("drones", async () => {
    const box = boxOf(shown());
    const [all, grounded] = await Promise.all([getJson(`/api/v1/drones?link=heard&limit=1${box}`), getJson(`/api/v1/drones?link=heard&state=ground&limit=1${box}`)]);
    return () => big("n-drones", all.count - grounded.count);
  }, ["n-drones"]);
}

function boxOf(region) {
  if (!region) return "";
  const north = region.radius_m / 111_320;
  const east = north / Math.max(0.05, Math.cos((region.lat_deg * Math.PI) / 180));
  return `&bbox=${[region.lon_deg - east, region.lat_deg - north, region.lon_deg + east, region.lat_deg + north].map((one) => one.toFixed(5)).join(",")}`;
}

function big(id, count) {
  const node = byId(id);
  setText(node, formatNumber(count));
  node.closest(".big").dataset.some = String(count > 0);
}

function drawSites() {
  const now = Date.now();
  for (const [state, count] of Object.entries(sites.tally(now))) big(`n-${state}`, count);
  const age = sites.newestAge(now);
  setText(byId("n-age"), age === null ? gettext("never") : age < 10 ? interpolate(gettext("%(count)s s"), { count: Math.round(age) }) : ageText(age));
  byId("n-age").closest(".big").dataset.stale = String(age === null || age > PROBE_STALE_S);
}

function drawBudgets(rows) {
  if (!rows.length) return replace(byId("budgets"), el("li", { class: "muted" }, gettext("No budget is known yet.")));
  return replace(byId("budgets"), ...rows.map((row) => el("li", null, el("span", { class: "board-name" }, row.name), budgetBar(row.budget_left_share, row.state))));
}

function everySecond() {
  const now = new Date();
  if (gotMs.sites) drawSites();
  const [time, zone] = splitTime(formatTime(now));
  setText(byId("n-clock"), time);
  setText(byId("n-zone"), zone);
  sayStale(now.getTime());
  if (!isPaused && now.getTime() - turnMs >= rotateMs) go(1);
}

/** "12:00:05 GMT+8": the time for the wall, the zone right under it. */
function splitTime(text) {
  const [time] = text.match(/\d{1,2}:\d{2}:\d{2}/) || [text];
  return [time, text.replace(time, "").trim()];
}

function sayStale(nowMs) {
  const wanted = ["sites", seesAlarms && "alarms", seesAgreements && "budgets", seesDrones && "drones"].filter(Boolean);
  const oldest = Math.min(...wanted.map((name) => gotMs[name] || turnMs));
  const isOld = nowMs - oldest > STALE_MS;
  const age = ageText((nowMs - oldest) / 1000);
  const words = isOld ? interpolate(gettext("Not live: some of this was last read %(age)s ago"), { age }) : line === "lost" ? gettext("Line lost: numbers are read every 10 s only") : "";
  board.dataset.stale = String(isOld);
  byId("board-stale").hidden = !words;
  setText(byId("board-stale"), words);
}

function go(step) {
  at = (at + step + views.length) % views.length;
  turnMs = Date.now();
  turn += 1;
  const region = shown();
  setText(byId("board-title"), region ? nameOf(region) : gettext("All regions"));
  setText(byId("board-place"), views.length > 1 ? interpolate(gettext("view %(at)s of %(count)s"), { at: at + 1, count: views.length }) : "");
  setText(byId("alarms-note"), region ? gettext("of all regions") : "");
  for (const id of ["n-breached", "n-at_risk", "n-unknown", "n-met", "n-drones"]) setText(byId(id), "–");
  Object.assign(gotMs, { sites: 0, budgets: 0, drones: 0 });
  load();
}

function pause(wish) {
  isPaused = wish;
  turnMs = Date.now();
  const button = byId("board-pause");
  button.setAttribute("aria-pressed", String(isPaused));
  setText(button, isPaused ? gettext("Go on") : gettext("Pause"));
}

byId("board-pause").addEventListener("click", () => pause(!isPaused));
byId("board-next").addEventListener("click", () => go(1));
byId("board-back").addEventListener("click", () => go(-1));
for (const id of ["board-pause", "board-next", "board-back"]) byId(id).hidden = views.length < 2;
for (const [sees, id] of [[seesAlarms, "a-critical"], [seesDrones, "n-drones"]]) if (!sees) setText(byId(id), "⊘");
if (!seesAgreements) replace(byId("budgets"), el("li", { class: "muted" }, interpolate(gettext("You lack the right %(right)s."), { right: "network.view_agreement" })));
bindKeys({ " ": { word: gettext("Pause the rotation, or go on"), run: () => views.length > 1 && pause(!isPaused) } });
document.documentElement.dataset.board = isChinese ? "zh" : "en";
pause(isPaused);
go(0);
connect({ topics: ["sla"], onOpen: load, onState: (next) => (line = next), onEvent: (event) => event.topic === "sla" && sites.apply(event) });
setInterval(everySecond, 1_000);
setInterval(load, REFRESH_MS);
