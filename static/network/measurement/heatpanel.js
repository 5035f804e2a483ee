/**
 * The strip of sites by time with what belongs to it: fetched by the minute, walked by keys, said in words and as a
 * table.
 */
import { getJson } from "../../console/api.js";
import { ageText, byId, el, setText, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { tableOf } from "../../console/table.js";
import { Turns } from "../../console/turns.js";
import { Heat, LETTERS, letterOf, lostShare, mayGrow, spanOf, tallyOf } from "./heat.js";
import { HeatStrip } from "./heatstrip.js";
import { clockOf, nameOf, STATE_WORDS } from "../words.js";

const REFRESH_MS = 60_000;
const DETAIL_MS = 250;
const DENSE_FROM = 120;
const MOST_LINES = 50;
/** @type {Record<string, string>} */
const WORDS = { ...STATE_WORDS, excluded: gettext("maintenance") };

/**
 * @typedef {{query: () => any, slugs: () => Set<string>, selected: () => string, pick: (slug: string) => void,
 *   now: (slug: string) => string, time: import("../../console/timerange.js").TimeRange}} Page `time`: what is shown;
 *   `now`: the letter and the digit of this moment
 * @typedef {import("./heat.js").Row} Row
 */

export class HeatPanel {
  heat = new Heat();
  /** @type {Map<string, any>} */
  #details = new Map();
  /** @type {HeatStrip|null} */
  #strip = null;
  #loadedMs = 0;
  #wait = 0;
  #shownKey = "";
  /** @type {Row[]} */
  #shown = [];
  #asked = ""; // of what the strip is
  #turns = new Turns();

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.state = widget(byId("heat"));
    byId("heat-table").addEventListener("toggle", () => this.#drawTable());
    page.time.onChange(() => this.load());
    whenHeardAgain(() => this.load());
    setInterval(() => this.#everyFiveSeconds(), 5_000);
    this.state.loading();
  }

  #everyFiveSeconds() {
    if (document.hidden) return;
    const age = this.#loadedMs ? (Date.now() - this.#loadedMs) / 1000 : null;
    setText(byId("heat-age"), age === null ? "" : interpolate(gettext("counted %(age)s ago"), { age: ageText(age) }));
    if (age === null || age * 1000 <= REFRESH_MS) return;
    if (mayGrow(this.page.time, this.heat.spanMs, this.#loadedMs)) this.load();
  }

  async load() {
    const { time } = this.page;
    const { region = "" } = this.page.query();
    const span = spanOf(time);
    const whole = { span, ...(region && { region }), ...time.asked };
    const question = JSON.stringify([span, region, time.key]);
    const turn = this.#turns.ask(question);
    try {
      const answer = await this.#read(whole, question);
      if (!this.#turns.take(turn)) return;
      if (answer) this.heat.load(answer);
      this.#asked = question;
      this.#loadedMs = Date.now();
      this.#details.clear();
      this.draw(true);
    } catch (problem) {
      if (!this.#turns.take(turn)) return;
      if (problem.status === 403) this.state.forbidden("network.view_stampsample");
      else if (question === this.#asked) this.state.stale((Date.now() - this.#loadedMs) / 1000);
      else this.state.error(problem.message, () => this.load());
    }
  }

  /**
   * A whole answer; null where the newest columns were enough, which the strip has taken by then.
   * @param {Record<string, string>} whole @param {string} question
   */
  async #read(whole, question) {
    const { heat } = this;
    const url = (/** @type {Record<string, string>} */ asked) => `/api/v1/samples/heat?${new URLSearchParams(asked)}`;
    const isThere = this.#strip && heat.columns && document.body.contains(this.#strip.box);
    if (isThere && this.page.time.isLive && question === this.#asked) {
      const newest = await getJson(url({ ...whole, since: heat.askSince() }));
      if (question === this.#asked && heat.extend(newest)) return null; // not of what is shown meanwhile
    }
    return getJson(url(whole));
  }

  /** Of a time that is over this moment is no part. @param {string} slug */
  #now = (slug) => (this.page.time.isLive ? this.page.now(slug) : "");

  #spanName() {
    return this.heat.spanMs === 60_000 ? "minute" : "hour";
  }

  /** @param {boolean} [isNew] */
  draw(isNew = false) {
    if (!this.#loadedMs) return;
    const { heat, page } = this;
    const asked = page.query();
    const isOther = heat.hear(this.#now);
    const rows = heat.rows(page.slugs(), asked.strip === "name" ? "name" : "worst");
    const key = [page.selected(), asked.strip, asked.search, asked.kind, asked.state].join("|");
    const isSame = rows.length === this.#shown.length && rows.every((row, index) => row === this.#shown[index]);
    if (!isNew && !isOther && isSame && key === this.#shownKey) return;
    this.#shownKey = key;
    this.#shown = rows;
    if (heat.bySlug.size === 0)
      return this.state.empty(
        gettext("Sites that are probed appear here, one line each, as soon as a minute of them was counted."),
      );
    const strip = this.#stripInPlace();
    byId("heat").querySelector(".widget-stale")?.remove();
    strip.show(heat, rows, { isDense: rows.length > DENSE_FROM, selected: page.selected() });
    this.#drawTable();
  }

  #stripInPlace() {
    if (this.#strip && document.body.contains(this.#strip.box)) return this.#strip;
    const open = (/** @type {string} */ slug) => location.assign(`/network/sites/${slug}`);
    const nearer = (/** @type {number} */ fromMs, /** @type {number} */ untilMs) =>
      this.page.time.zoomTo(fromMs / 1000, untilMs / 1000);
    this.#strip = new HeatStrip(byId("heat"), { said: (row, column) => this.#said(row, column), open, nearer });
    byId("heat").removeAttribute("aria-busy");
    return this.#strip;
  }

  /** @param {Row} row @param {number} column */
  #said(row, column) {
    this.page.pick(row.slug);
    if (column >= this.heat.columns) return this.#sayNow(row, column);
    const [from, until] = this.heat.timesOf(column);
    const isDated = this.heat.spanMs >= 3_600_000;
    const word = WORDS[LETTERS[row.states[column]] || "unknown"];
    const start = interpolate(gettext("%(site)s, %(from)s to %(until)s: %(state)s"), {
      site: nameOf(row),
      from: clockOf(from, isDated),
      until: clockOf(until, isDated),
      state: word,
    });
    const said = start + lostText(lostShare(row, column));
    setText(byId("heat-said"), said);
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => this.#explain(row, from, until, said), DETAIL_MS);
  }

  /** @param {Row} row @param {number} column */
  #sayNow(row, column) {
    clearTimeout(this.#wait);
    const state = WORDS[LETTERS[letterOf(row, column)]];
    const words = interpolate(gettext("%(site)s, now: %(state)s"), { site: nameOf(row), state });
    setText(byId("heat-said"), words + lostText(lostShare(row, column)));
  }

  /** @param {Row} row @param {number} from @param {number} until @param {string} start what is said already */
  async #explain(row, from, until, start) {
    const key = `${row.slug} ${from}`;
    if (!this.#details.has(key)) {
      const query = new URLSearchParams({
        site: row.slug,
        span: this.#spanName(),
        since: new Date(from).toISOString(),
        until: new Date(until).toISOString(),
      });
      this.#details.set(
        key,
        await getJson(`/api/v1/samples/history?${query}`).then(
          ([slug]) => slug || null,
          () => undefined,
        ),
      );
    }
    const detail = this.#details.get(key);
    if (detail === undefined || !byId("heat-said").textContent.startsWith(start)) return;
    setText(byId("heat-said"), `${start} · ${detail ? figures(detail) : gettext("no digest of that time")}`);
  }

  #drawTable() {
    if (!byId("heat-table").open || !this.heat.columns) return;
    const rows = this.heat.rows(this.page.slugs(), "worst").filter(({ weight }) => weight > 0);
    const lines = rows.slice(0, MOST_LINES).map(tallyLine);
    const unit = this.#spanName() === "minute" ? gettext("Minutes: breached") : gettext("Hours: breached");
    const more = el(
      "p",
      { class: "muted" },
      interpolate(gettext("%(shown)s of %(count)s sites that were not met all the time."), {
        shown: formatNumber(lines.length),
        count: formatNumber(rows.length),
      }),
    );
    widget(byId("heat-lines")).show(
      tableOf(
        [gettext("Site"), unit, gettext("at risk"), gettext("unknown"), gettext("maintenance"), gettext("met")],
        lines,
      ),
      more,
    );
  }
}

/** @param {Row} row */
function tallyLine(row) {
  const tally = tallyOf(row.states);
  const counts = ["breached", "at_risk", "unknown", "excluded", "met"].map((name) => String(tally[name]));
  return [el("a", { href: `/network/sites/${row.slug}` }, nameOf(row)), ...counts];
}

/**
 * How much of the service was lost at most, for whoever does not see the shade; "" where none was.
 * @param {number} share
 */
function lostText(share) {
  if (!share) return "";
  const words = gettext("up to %(share)s of the service lost");
  return ` · ${interpolate(words, { share: `${formatNumber(share * 100)}\u00a0%` })}`;
}

/** @param {any} detail */
function figures(detail) {
  /** @param {number|null} value */
  const ms = (value) => (value === null ? gettext("unknown") : `${formatNumber(value, 2)} ms`);
  const values = {
    p50: ms(detail.p50_ms),
    p95: ms(detail.p95_ms),
    p99: ms(detail.p99_ms),
    lost: formatNumber(detail.lost),
    packets: formatNumber(detail.packets),
  };
  return interpolate(gettext("p50 %(p50)s, p95 %(p95)s, p99 %(p99)s, %(lost)s of %(packets)s packets lost"), values);
}
