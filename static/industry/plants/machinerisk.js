/** One machine's risk over the time that is chosen, read anew as that changes, and what happened at the machine. */
import { getJson } from "../../console/api.js";
import { Marks } from "../../console/chartmarks.js";
import { el, fetchInto, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { timePicker } from "../../console/timepicker.js";
import { Turns } from "../../console/turns.js";
import { marksOf, timelineRows } from "../../network/timeline.js";
import { riskChart, spanOf, STEP_S, withHeard } from "./riskchart.js";

const MOST_ROWS = 2_000;
const REFRESH_MS = 60_000;
const HOUR_S = 3_600;

/** @typedef {import("./riskchart.js").Point} Point */

/**
 * Where risks are exported from: of a machine those of the time that is shown, otherwise the newest of all.
 * @param {string} factory @param {string} machine empty: all
 * @param {import("../../console/timerange.js").TimeRange} time
 */
export function scoresUrl(factory, machine, time) {
  const asked = { factory, ...(machine && { machine, ...time.asked }), format: "csv", limit: "1000" };
  return `/api/v1/scores?${new URLSearchParams(asked)}`;
}

/**
 * The risks of a time: by the reading where it is short, but by the minute where one answer does not hold as many.
 * @param {number} lengthS @param {(span: string) => Promise<any[]>} ask at most `MOST_ROWS` rows by reading or minute
 * @returns {Promise<{span: string, rows: any[]}>}
 */
export async function wholeRows(lengthS, ask) {
  const span = spanOf(lengthS);
  const rows = await ask(span);
  return span === "reading" && rows.length >= MOST_ROWS ? wholeRows(Infinity, ask) : { span, rows };
}

/**
 * Why there is nothing to draw. Pure.
 * @param {import("../../console/timerange.js").TimeRange} time @param {number} keptS how long risks are kept [s]
 */
export function nothingText(time, keptS) {
  if (!time.isBeyond(keptS)) return gettext("No risk was inferred in the time shown.");
  return interpolate(gettext("Risks of this time are not kept any more: they are deleted after %(hours)s h."), {
    hours: formatNumber(keptS / HOUR_S),
  });
}

export class MachineRisk {
  #marks = new Marks();
  #turns = { rows: new Turns(), events: new Turns() };
  /** @type {any} */
  #machine = null;
  /** @type {Point[]|null} oldest first; null: not told yet */
  #rows = null;
  #loadedMs = 0;
  #span = "reading"; // of the rows
  /** @type {Point[]} */
  #heard = [];
  #plot = el("div", { class: "chart" });
  #events = el("div");

  /**
   * @param {string} slug of the factory @param {import("../../console/timerange.js").TimeRange} time
   * @param {number} keptS how long risks are kept [s]
   */
  constructor(slug, time, keptS) {
    this.slug = slug;
    this.time = time;
    this.keptS = keptS;
    const picker = el("div", {
      class: "row time-picker",
      role: "group",
      "aria-label": gettext("Time shown on all charts"),
    });
    timePicker(picker, time);
    const note = gettext(
      "Inferred. Of more than an hour, or of very many readings, the highest risk of each minute is drawn. A gap: none was.",
    );
    this.chart = riskChart(this.#plot, { time, marks: this.#marks });
    this.nodes = [picker, this.#plot, el("p", { class: "muted" }, note), this.#events];
    time.onChange(() => this.#anew());
    whenHeardAgain(() => this.#load());
    setInterval(() => document.hidden || this.#load(), REFRESH_MS);
  }

  /** @param {any} machine @param {Point[]} heard oldest first */
  show(machine, heard) {
    const isOther = machine.id !== this.#machine?.id;
    [this.#machine, this.#heard] = [machine, heard];
    if (isOther) this.#anew();
    else this.#draw();
  }

  /** Nobody looks any more, nor waits for what was asked for. */
  hide() {
    this.#machine = null;
    for (const turns of Object.values(this.#turns)) turns.ask();
  }

  /** Another machine or time is shown: what was read tells nothing of it. */
  #anew() {
    if (!this.#machine) return;
    this.#rows = null;
    this.#marks.show([]);
    for (const node of [this.#plot, this.#events]) widget(node).loading();
    this.#load();
  }

  #load() {
    if (!this.#machine) return;
    this.#loadRows();
    this.#loadEvents();
  }

  /** @param {string} part @param {Record<string, string>} query */
  #url(part, query) {
    return `/api/v1/factories/${this.slug}/machines/${this.#machine.id}/${part}?${new URLSearchParams(query)}`;
  }

  get #question() {
    return `${this.#machine.id} ${this.time.key}`;
  }

  async #loadRows() {
    if (!this.#machine) return;
    const { lengthS } = this.time;
    /** @param {string} span */
    const ask = (span) =>
      getJson(this.#url("risks", { span, limit: String(MOST_ROWS), ...this.time.askedBy(STEP_S[span]) }));
    try {
      const told = await this.#turns.rows.answerTo(this.#question, () => wholeRows(lengthS, ask));
      if (!told) return;
      this.#rows = told.rows.map(({ at, highest_risk }) => ({ time: Date.parse(at), risk: highest_risk }));
      [this.#span, this.#loadedMs] = [told.span, Date.now()];
      this.#plot.querySelector(".widget-stale")?.remove();
      this.#draw();
    } catch (problem) {
      this.#fail(problem);
    }
  }

  /** What was read of this time stands, with its age. @param {any} problem */
  #fail(problem) {
    const state = widget(this.#plot);
    if (problem.status !== 403 && this.#rows) return state.stale((Date.now() - this.#loadedMs) / 1000);
    this.#rows = null;
    if (problem.status === 403) return state.forbidden("industry.view_score");
    return state.error(problem.message, () => this.#loadRows());
  }

  #loadEvents() {
    if (!this.#machine) return undefined;
    const url = this.#url("timeline", this.time.asked);
    return fetchInto([this.#events], "industry.view_factory", async (state) => {
      const rows = await this.#turns.events.answerTo(this.#question, () => getJson(url));
      if (!rows) return undefined;
      this.#marks.show(marksOf(rows));
      if (rows.length === 0) return state.empty(gettext("No alarm and no maintenance in the time shown."));
      return state.show(timelineRows(rows));
    });
  }

  #draw() {
    if (!this.#rows) return undefined;
    const isFollowed = this.time.isLive && this.#span === "reading";
    const points = isFollowed ? withHeard(this.#rows, this.#heard) : this.#rows;
    if (points.length === 0) return widget(this.#plot).empty(nothingText(this.time, this.keptS));
    this.#plot.removeAttribute("aria-busy");
    const threshold = this.#machine.risk?.threshold ?? NaN;
    return this.chart.draw(points, STEP_S[this.#span], threshold, this.time.shownS);
  }
}
