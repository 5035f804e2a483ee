/** What is selected, in detail: every value with its unit, its age and where it comes from. */
import { Problem, getJson } from "../console/api.js";
import { ageText, chip, el, icon, quantity, replace, setText, widget } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { ageOf, newer, stateOf } from "../network/sites.js";
import { removalButtons } from "./removal.js";
import { HEARD, LOST, LOST_S, STALE, STALE_S } from "./state.js";
import { readDrone } from "./traffic.js";
import { linkSentence, slaChip, stateChip } from "./words.js";

const REFRESH_MS = 2000;
const GONE = {};
const SITE_KINDS = {
  macro: gettext("Base station"), micro: gettext("Small cell"), optical_access: gettext("Optical access point"), data_centre: gettext("Data centre"), core: gettext("Core node"),
};

export class Inspector {
  /**
   * @param {HTMLElement} node
   * @param {{onClose: () => void, onFollow: () => void, onNews: (drone: any) => void, may: {retire: string|undefined, remove: string|undefined}}} options
   *   `onNews`: the shown drone is another's now, or ours, or called otherwise; null: it is gone
   */
  constructor(node, { onClose, onFollow, onNews, may }) {
    Object.assign(this, { may, onNews });
    this.node = node;
    this.panel = node.closest("#inspector");
    this.widget = widget(node);
    this.onClose = onClose;
    this.onFollow = onFollow;
    this.token = 0;
    this.close();
  }

  close() {
    this.token++;
    this.drone = null;
    this.panel.dataset.closed = "true";
  }

  /** Let something else be shown here. @param {(node: HTMLElement) => void} draw */
  lend(draw) {
    this.close();
    this.panel.dataset.closed = "false";
    this.node.removeAttribute("aria-busy");
    draw(this.node);
  }

  /** @param {number} id @param {(drone: any) => void} onLoaded @param {boolean} [isForeign] as the picture says */
  async openDrone(id, onLoaded, isForeign = false) {
    this.drone = null;
    await this.#open(() => readDrone(id, isForeign), () => this.openDrone(id, onLoaded, isForeign), (drone) => {
      this.drone = drone;
      this.#drawDrone(drone);
      onLoaded(drone);
    });
  }

  /** @param {string} slug @param {(site: any) => void} onLoaded */
  async openSite(slug, onLoaded) {
    this.drone = null;
    await this.#open(() => getJson(`/api/v1/sites/${encodeURIComponent(slug)}`), () => this.openSite(slug, onLoaded), (site) => {
      this.#drawSite(site);
      onLoaded(site);
    });
  }

  async #open(read, retry, show) {
    const token = ++this.token;
    this.panel.dataset.closed = "false";
    this.widget.loading();
    try {
      const found = await read();
      if (token === this.token) show(found);
    } catch (problem) {
      if (token === this.token) this.#drawProblem(problem, retry);
    }
  }

  #drawProblem(problem, retry) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 403) return this.widget.forbidden(problem.detail);
    this.widget.error(problem.status === 404 ? gettext("It is not known here, or it was removed.") : problem.message, retry);
  }

  /** Battery and the rest come from the register, which is read again while the drone is selected. */
  async refresh(live) {
    const { drone, token } = this;
    if (!drone || performance.now() - (this.readMs || 0) < REFRESH_MS) return;
    this.readMs = performance.now();
    const fresh = await readDrone(drone.id, live ? live.isForeign : drone.isForeign).catch((problem) => (problem.status === 404 ? GONE : null));
    if (fresh && token === this.token && drone === this.drone) this.#take(fresh === GONE ? null : fresh); // else its age on screen says how old it is
  }

  /** The drone as it was read again: with another head or other buttons it is drawn anew. */
  #take(fresh) {
    const isNews = !fresh || headOf(fresh) !== headOf(this.drone);
    this.drone = fresh;
    if (!isNews) return;
    if (fresh) this.#drawDrone(fresh);
    else this.widget.error(gettext("It is not known here, or it was removed."));
    this.onNews(fresh);
  }

  /** Read the drone again at once. */
  hurry() {
    this.readMs = 0;
  }

  #head(title, subtitle, ...chips) {
    const close = el("button", { type: "button", class: "icon-button", "aria-label": gettext("Close the details"), onclick: this.onClose }, icon("close"));
    return el("div", { class: "inspector-head" }, el("div", { class: "row spread" }, el("h2", null, title), close), subtitle && el("div", { class: "muted" }, subtitle), el("div", { class: "row" }, ...chips));
  }

  #drawDrone(drone) {
    this.chips = el("span", { class: "row" });
    this.link = el("p", { class: "link-sentence" });
    this.facts = el("dl", { class: "facts" });
    this.follow = el("button", { type: "button", class: "button", "aria-pressed": "false", onclick: this.onFollow }, gettext("Follow"));
    const head = drone.isForeign ? this.#head(gettext("Other traffic"), `#${drone.id}`, this.chips) : this.#head(drone.name || drone.serial, drone.name ? drone.serial : "", this.chips);
    this.source = el("p", { class: "muted source" });
    this.widget.show(head, el("div", { class: "inspector-body stack" }, this.link, el("div", { class: "row" }, this.follow, ...removalButtons(drone, { ...this.may, onDone: () => this.drone?.id === drone.id && this.onClose() })), this.facts, this.source));
  }

  /** Show the drone as it is now. @param {import("./state.js").Drone|null} live @param {number} nowMs @param {boolean} follows */
  update(live, nowMs, follows) {
    if (!this.drone || !this.facts?.isConnected) return;
    const last = this.drone.last_position;
    const heardMs = Math.max(live && (live.isAgeKnown || !last) ? nowMs - live.ageS * 1000 : 0, atMs(last));
    const ageS = heardMs ? (nowMs - heardMs) / 1000 : null;
    const { isForeign = false } = this.drone;
    const now = shownNow(live, last, ageS, isForeign);
    this.follow.setAttribute("aria-pressed", String(follows));
    const isUnverified = live ? live.isUnverified : this.drone.is_verified === false;
    patch(this.chips, [stateChip(now), isUnverified && chip("unverified", gettext("Unverified"))]);
    setText(this.link, heardMs ? linkSentence(now.link, ageS, heardMs) : gettext("Never heard"));
    this.link.dataset.link = String(now.link);
    patch(this.facts, isForeign ? trafficFacts(now, last, ageS, nowMs) : droneFacts(this.drone, now, last, ageS, nowMs));
    setText(this.source, isForeign ? gettext("Another operator's drone: where it is, is for everyone; what else is known of it is theirs.") : gettext("Values without a note are measured and reported by the drone; dashed ones are modelled from its place."));
  }

  #drawSite(site) {
    const title = document.documentElement.lang.startsWith("zh") ? site.name_zh : site.name_en;
    this.site = site;
    this.siteState = el("span", { class: "row" });
    this.siteFacts = el("dl", { class: "facts" });
    const more = el("a", { class: "button", href: `/network/sites/${encodeURIComponent(site.slug)}` }, gettext("Open in Network"));
    this.widget.show(this.#head(title || site.slug, site.slug, this.siteState), el("div", { class: "inspector-body stack" },
      this.siteFacts, el("div", { class: "row" }, more), el("p", { class: "muted source" }, gettext("Measured by STAMP probes from the console to the site."))));
    this.updateSite(site, Date.now());
  }

  /** Show the site as it is now: with what was heard since, and unknown once that is too old. @param {any} heard @param {number} nowMs */
  updateSite(heard, nowMs) {
    if (!heard || heard.slug !== this.site?.slug || !this.siteFacts?.isConnected) return;
    const site = newer(this.site, heard);
    const ageS = ageOf(site, nowMs);
    patch(this.siteState, [slaChip(stateOf(site, nowMs))]);
    patch(this.siteFacts, [
      fact(gettext("Kind"), SITE_KINDS[site.kind] || site.kind),
      fact(gettext("Round trip"), aged(quantity(site.rtt_ms, "ms", 2), ageS, site.stale_after_s)),
      fact(gettext("Place"), place(site.lat_deg, site.lon_deg)),
      fact(gettext("Height"), quantity(site.height_m, "m")),
    ].flat());
  }
}

/** What the head of the panel and its buttons are made of. */
const headOf = (drone) => JSON.stringify([Boolean(drone.isForeign), drone.id, drone.name, drone.serial, drone.organisation, drone.is_retired]);

function shownNow(live, last, ageS, isForeign) {
  if (live) return live;
  const isLost = !isForeign && (ageS === null || ageS > LOST_S);
  const link = isLost ? LOST : ageS === null || ageS > STALE_S ? STALE : HEARD;
  return { state: "unknown", isForeign, link, lat: last?.lat_deg, lon: last?.lon_deg, altitudeM: last?.altitude_wgs84_m, speedMps: last?.speed_mps, trackDeg: last?.track_deg };
}

/** Where another's drone is: its place, height, speed and track. */
function trafficFacts(now, last, ageS, nowMs) {
  const old = atMs(last) ? (nowMs - atMs(last)) / 1000 : null;
  return [
    fact(gettext("Altitude (WGS-84)"), aged(quantity(now.altitudeM, "m"), ageS)),
    fact(gettext("Above ground"), aged(quantity(last?.height_agl_m, "m"), old)),
    fact(gettext("Ground speed"), aged(quantity(now.speedMps, "m/s", 1), ageS)),
    fact(gettext("Track"), aged(quantity(now.trackDeg, "°"), ageS)),
    fact(gettext("Place"), aged(place(now.lat, now.lon), ageS)),
  ].flat();
}

function droneFacts(drone, now, last, ageS, nowMs) {
  const old = atMs(last) ? (nowMs - atMs(last)) / 1000 : null;
  return [
    fact(gettext("Altitude (WGS-84)"), aged(quantity(now.altitudeM, "m"), ageS)),
    fact(gettext("Above ground"), aged(quantity(last?.height_agl_m, "m"), old)),
    fact(gettext("Ground speed"), aged(quantity(now.speedMps, "m/s", 1), ageS)),
    fact(gettext("Climb"), aged(quantity(last?.vertical_speed_mps, "m/s", 1), old)),
    fact(gettext("Track"), aged(quantity(now.trackDeg, "°"), ageS)),
    fact(gettext("Battery"), aged(quantity(last?.battery_pct, "%"), old)),
    fact(gettext("Accuracy"), aged(quantity(last?.accuracy_h_m, "m", 1), old)),
    fact(gettext("Place"), aged(place(now.lat, now.lon), ageS)),
    fact(gettext("Operator"), drone.operator || gettext("unknown")),
    fact(gettext("Serial"), el("span", { class: "mono" }, drone.serial)),
    ...radioFacts(drone.link?.radio),
  ].flat();
}

/** What the radio model says: never mixed with what was measured. */
function radioFacts(radio) {
  if (!radio) return [fact(gettext("Radio (modelled)"), el("span", { class: "muted" }, gettext("outside the model")))];
  const value = (content) => el("span", { class: "modelled", title: radio.definition }, content);
  return [
    fact(gettext("Cell (modelled)"), value(radio.site)),
    fact(gettext("RSRP (modelled)"), value(quantity(radio.rsrp_dbm, "dBm"))),
    fact(gettext("SINR (modelled)"), value(quantity(radio.sinr_db, "dB"))),
    fact(gettext("Latency (modelled)"), value(quantity(radio.one_way_latency_ms, "ms", 1))),
  ];
}

/** Exchange only the children that changed, so that a text being read or copied stays. */
function patch(node, wanted) {
  const fresh = wanted.filter(Boolean);
  fresh.forEach((child, at) => {
    const old = node.children[at];
    if (!old) node.append(child);
    else if (!old.isEqualNode(child)) old.replaceWith(child);
  });
  while (node.children.length > fresh.length) node.lastElementChild.remove();
}

const fact = (word, value) => [el("dt", null, word), el("dd", null, value)];

function aged(value, ageS, staleAfterS = 5) {
  const isOld = ageS !== null && ageS > staleAfterS;
  return el("span", { class: isOld ? "is-stale" : "" }, value, ageS === null ? "" : el("span", { class: "age" }, ` · ${interpolate(gettext("%(age)s ago"), { age: ageText(ageS) })}`));
}

const atMs = (position) => (position ? Date.parse(position.at) || 0 : 0);

function place(lat, lon) {
  return Number.isFinite(lat) && Number.isFinite(lon) ? el("span", { class: "mono" }, `${lat.toFixed(5)}°, ${lon.toFixed(5)}°`) : gettext("unknown");
}
