/** One machine's risk over the time that is chosen, read anew as that changes, and what happened at the machine. */
import { getJson } from "../../console/api.js";
import { Marks } from "../../console/chartmarks.js";
import { el, fetchInto, widget } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { timePicker } from "../../console/timepicker.js";
import { Turns } from "../../console/turns.js";
import { marksOf, timelineRows } from "../../network/timeline.js";
import { riskChart, spanOf, STEP_S, withHeard } from "./riskchart.js";

const MOST_ROWS = "2000";
const REFRESH_MS = 60_000;

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

export class MachineRisk {
  #marks = new Marks();
  #turns = { rows: new Turns(), events: new Turns() };
  /** @type {any} */
  #machine = null;
  /** @type {Point[]|null} oldest first; null: not told yet */
  #rows = null;
  #span = "reading"; // of the rows
  /** @type {Point[]} */
  #heard = [];
  #plot = el("div", { class: "chart" });
  #events = el("div");

  /** @param {string} slug of the factory @param {import("../../console/timerange.js").TimeRange} time */
  constructor(slug, time) {
    this.slug = slug;
    this.time = time;
    const picker = el("div", {
      class: "row time-picker",
      role: "group",
      "aria-label": gettext("Time shown on all charts"),
    });
    timePicker(picker, time);
    const note = gettext("Inferred. Of more than an hour the highest risk of each minute is drawn. A gap: none was.");
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

  /** Nobody looks any more. */
  hide() {
    this.#machine = null;
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

  #loadRows() {
    const span = spanOf(this.time.lengthS);
    const url = this.#url("risks", { span, limit: MOST_ROWS, ...this.time.askedBy(STEP_S[span]) });
    return fetchInto([this.#plot], "industry.view_score", async () => {
      /** @type {Array<{at: string, highest_risk: number}>|null} */
      const rows = await this.#turns.rows.answerTo(this.#question, () => getJson(url));
      if (!rows) return;
      this.#rows = rows.map(({ at, highest_risk }) => ({ time: Date.parse(at), risk: highest_risk }));
      this.#span = span;
      this.#draw();
    });
  }

  #loadEvents() {
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
    if (points.length === 0) return widget(this.#plot).empty(gettext("No risk was inferred in the time shown."));
    this.#plot.removeAttribute("aria-busy");
    const threshold = this.#machine.risk?.threshold ?? NaN;
    return this.chart.draw(points, STEP_S[this.#span], threshold, this.time.shownS);
  }
}
