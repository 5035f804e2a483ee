/** What is selected, in detail: every value with its unit, its age and where it comes from. */
import { getJson, Problem } from "../../console/api.js";
import { chip, el, setText, widget } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { ageOf, newer, stateOf } from "../../network/sites/sites.js";
import { removalButtons } from "../drones/removal.js";
import { head, siteFacts, sourceText, withoutButton } from "./inspectorparts.js";
import { UNSEEN } from "./state.js";
import { readDrone } from "./traffic.js";
import { controlSentence, linkSentence, slaChip, stateChip, unseenSentence } from "../words.js";
import { atMs, droneFacts, patch, shownNow, trafficFacts } from "./facts.js";

const REFRESH_MS = 2000;
/** @type {any} */
const GONE = {};
export class Inspector {
  /**
   * @param {HTMLElement} node
   * @param {{onClose: () => void, onFollow: () => void, onNews: (drone: any) => void, onWithout?: (slug: string) =>
   *   void, may: {retire: string|undefined, remove: string|undefined}}} options
   *   `onNews`: the shown drone is another's now, or ours, or called otherwise; null: it is gone
   */
  constructor(node, { onClose, onFollow, onNews, onWithout = () => {}, may }) {
    this.may = may;
    this.onWithout = onWithout;
    this.onNews = onNews;
    this.node = node;
    this.panel = /** @type {HTMLElement} */ (node.closest("#inspector"));
    this.widget = widget(node);
    this.onClose = onClose;
    this.onFollow = onFollow;
    this.chips = el("span", { class: "row" });
    this.link = el("p", { class: "link-sentence" });
    this.facts = el("dl", { class: "facts" });
    this.follow = el("button", { type: "button", class: "button" });
    this.source = el("p", { class: "muted source" });
    this.siteState = el("span", { class: "row" });
    this.siteFacts = el("dl", { class: "facts" });
    this.token = 0;
    this.readMs = 0;
    /** @type {any} */
    this.drone = null;
    /** @type {any} */
    this.site = null;
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
    await this.#open(
      () => readDrone(id, isForeign),
      () => this.openDrone(id, onLoaded, isForeign),
      (drone) => {
        this.drone = drone;
        this.#drawDrone(drone);
        onLoaded(drone);
      },
    );
  }

  /** @param {string} slug @param {(site: any) => void} onLoaded */
  async openSite(slug, onLoaded) {
    this.drone = null;
    await this.#open(
      () => getJson(`/api/v1/sites/${encodeURIComponent(slug)}`),
      () => this.openSite(slug, onLoaded),
      (site) => {
        this.#drawSite(site);
        onLoaded(site);
      },
    );
  }

  /**
   * @param {(...given: any[]) => unknown} read
   * @param {() => unknown} retry
   * @param {(...given: any[]) => unknown} show
   */
  async #open(read, retry, show) {
    const token = ++this.token;
    this.panel.dataset.closed = "false";
    this.widget.loading();
    try {
      const result = await read();
      if (token === this.token) show(result);
    } catch (problem) {
      if (token === this.token) this.#drawProblem(problem, retry);
    }
  }

  /** @param {any} problem @param {() => unknown} retry */
  #drawProblem(problem, retry) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 403) return this.widget.forbidden(problem.detail);
    this.widget.error(
      problem.status === 404 ? gettext("It is not known here, or it was removed.") : problem.message,
      retry,
    );
  }

  /**
   * Battery and the rest come from the register, which is read again while the drone is selected.
   * @param {any} live
   */
  async refresh(live) {
    const { drone, token } = this;
    if (!drone || performance.now() - this.readMs < REFRESH_MS) return;
    this.readMs = performance.now();
    const fresh = await readDrone(drone.id, live ? live.isForeign : drone.isForeign).catch((problem) =>
      problem.status === 404 ? GONE : null,
    );
    // else its age on screen says how old it is
    if (fresh && token === this.token && drone === this.drone) this.#take(fresh === GONE ? null : fresh);
  }

  /** The drone as it was read again: with another head or other buttons it is drawn anew. @param {any} fresh */
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

  /** @param {any} drone */
  #drawDrone(drone) {
    this.chips = el("span", { class: "row" });
    this.link = el("p", { class: "link-sentence" });
    this.facts = el("dl", { class: "facts" });
    this.follow = el(
      "button",
      { type: "button", class: "button", "aria-pressed": "false", onclick: this.onFollow },
      gettext("Follow"),
    );
    const top = drone.isForeign
      ? head(this.onClose, gettext("Other traffic"), `#${drone.id}`, this.chips)
      : head(this.onClose, drone.name || drone.serial, drone.name ? drone.serial : "", this.chips);
    this.source = el("p", { class: "muted source" });
    this.widget.show(
      top,
      el(
        "div",
        { class: "inspector-body stack" },
        this.link,
        el(
          "div",
          { class: "row" },
          this.follow,
          ...removalButtons(drone, { ...this.may, onDone: () => this.drone?.id === drone.id && this.onClose() }),
        ),
        this.facts,
        this.source,
      ),
    );
  }

  /**
   * Show the drone as it is now.
   * @param {import("./state.js").Drone|null} live @param {import("./state.js").DroneStore} store
   * @param {boolean} follows
   */
  update(live, store, follows) {
    if (!this.drone || !this.facts.isConnected) return;
    const [last, nowMs] = [this.drone.last_position, store.nowMs()];
    const heardMs = Math.max(live && (live.isAgeKnown || !last) ? nowMs - live.ageS * 1000 : 0, atMs(last));
    const ageS = heardMs ? (nowMs - heardMs) / 1000 : null;
    const { isForeign = false } = this.drone;
    const now = shownNow(live, last, ageS, { isForeign, isBlind: store.sight.isBlind() });
    this.follow.setAttribute("aria-pressed", String(follows));
    const isUnverified = live ? live.isUnverified : this.drone.is_verified === false;
    patch(this.chips, [stateChip(now), isUnverified && chip("unverified", gettext("Unverified"))]);
    const heard = heardMs ? linkSentence(now.link, ageS, heardMs) : gettext("Never heard");
    const bad = controlSentence(this.drone.link?.control, nowMs);
    const sentences = now.link === UNSEEN ? [unseenSentence(store.unseenSinceMs())] : [heard, bad];
    setText(this.link, sentences.filter(Boolean).join(". "));
    this.link.dataset.link = String(now.link);
    patch(
      this.facts,
      isForeign ? trafficFacts(now, last, ageS, nowMs) : droneFacts(this.drone, now, last, ageS, nowMs),
    );
    setText(this.source, sourceText(isForeign));
  }

  /** @param {any} site */
  #drawSite(site) {
    const title = document.documentElement.lang.startsWith("zh") ? site.name_zh : site.name_en;
    this.site = site;
    this.siteState = el("span", { class: "row" });
    this.siteFacts = el("dl", { class: "facts" });
    const more = el(
      "a",
      { class: "button", href: `/network/sites/${encodeURIComponent(site.slug)}` },
      gettext("Open in Network"),
    );
    this.widget.show(
      head(this.onClose, title || site.slug, site.slug, this.siteState),
      el(
        "div",
        { class: "inspector-body stack" },
        this.siteFacts,
        el(
          "div",
          { class: "row" },
          more,
          withoutButton(() => this.onWithout(site.slug)),
        ),
        el("p", { class: "muted source" }, gettext("Measured by STAMP probes from the console to the site.")),
      ),
    );
    this.updateSite(site, Date.now());
  }

  /**
   * Show the site as it is now: with what was heard since, unknown once that is too old or nothing is heard at all.
   * @param {any} heard @param {number} nowMs @param {boolean} [isBlind]
   */
  updateSite(heard, nowMs, isBlind = false) {
    if (!heard || heard.slug !== this.site?.slug || !this.siteFacts.isConnected) return;
    const site = newer(this.site, heard);
    const ageS = ageOf(site, nowMs);
    patch(this.siteState, [slaChip(isBlind ? "unknown" : stateOf(site, nowMs))]);
    patch(this.siteFacts, siteFacts(site, ageS));
  }
}

/** What the head of the panel and its buttons are made of. @param {any} drone */
const headOf = (drone) =>
  JSON.stringify([Boolean(drone.isForeign), drone.id, drone.name, drone.serial, drone.organisation, drone.is_retired]);
