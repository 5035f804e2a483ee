/**
 * The page of one agreement: what is left of its budget, how fast it goes, what was counted, what happened, who
 * suffers.
 */
import { bar } from "../../console/barred.js";
import { getJson } from "../../console/api.js";
import { ageText, byId, chip, fetchInto, replace, setText, widget } from "../../console/dom.js";
import { connect } from "../../console/hub.js";
import { Marks } from "../../console/chartmarks.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { timePicker } from "../../console/timepicker.js";
import { TimeRange } from "../../console/timerange.js";
import { toast } from "../../console/toast.js";
import { Turns } from "../../console/turns.js";
import { endAgreement, openAgreementForm } from "./agreementform.js";
import { budget, burn, impact, promise } from "./agreementparts.js";
import { isInForce, serviceChart, SPAN_S, spanOf } from "./servicechart.js";
import { marksOf, timelineRows } from "../timeline.js";
import { dateOf, stateChip } from "../words.js";

const STALE_S = 300;
const REFRESH_MS = 60_000; // compliance is judged by the minute, and told of only when they change
const id = byId("agreement").dataset.id;
const time = new TimeRange(["1h", "8h", "24h", "7d", "30d", "400d"], "7d", { search: location.search });
const marks = new Marks();
const plot = serviceChart(byId("chart"), { time, marks });
const turns = { history: new Turns(), timeline: new Turns() };
/** @type {any} */
let status = null;

async function load() {
  await loadStatus();
  await Promise.all([loadHistory(), loadTimeline(), loadImpact()]);
}

function loadStatus() {
  return fetchInto([byId("promise")], "network.view_agreement", async (state) => {
    const [agreement, held] = await Promise.all([
      getJson(`/api/v1/agreements/${id}`),
      getJson(`/api/v1/agreements/${id}/standing`),
    ]);
    status = { ...agreement, ...held };
    setText(/** @type {Element} */ (document.querySelector("h1")), agreement.display_name);
    state.show(promise(agreement));
    widget(byId("budget")).show(budget(status));
    widget(byId("burn")).show(burn(status));
    sayNow();
  });
}

function sayNow() {
  if (!status) return;
  const age = status.judged_at ? (Date.now() - Date.parse(status.judged_at)) / 1000 : null;
  const state = age === null || age > STALE_S ? "unknown" : status.state;
  if (status.ended_at) return sayEnded();
  replace(byId("state"), stateChip(state));
  setText(
    byId("age"),
    age === null
      ? gettext("nothing was counted yet")
      : interpolate(gettext("judged %(age)s ago"), { age: ageText(age) }),
  );
}

function sayEnded() {
  replace(byId("state"), chip("unknown", gettext("Ended")));
  setText(byId("age"), interpolate(gettext("ended %(at)s"), { at: dateOf(status.ended_at) }));
  for (const button of ["change", "end"])
    bar(byId(button), gettext("This agreement has ended; what has ended stays as it is."));
}

function loadHistory() {
  return fetchInto([byId("chart")], "network.view_agreement", async (state) => {
    const span = spanOf(time.shownS, Date.now() / 1000);
    const query = new URLSearchParams({ span, ...time.askedBy(SPAN_S[span]) });
    const rows = await turns.history.answerTo(time.key, () => getJson(`/api/v1/agreements/${id}/history?${query}`));
    if (!rows) return undefined;
    if (status && !isInForce(status, time.shownS))
      return state.empty(gettext("The agreement was not in force in this time: nothing was promised."));
    if (rows.length === 0) return state.empty(gettext("Nothing was counted in this span: all of it is unknown."));
    byId("chart").removeAttribute("aria-busy");
    const { target_share: target = null, began_at: beganAt = null, ended_at: endedAt = null } = status ?? {};
    return plot.draw(rows, span, time.shownS, { target, beganAt, endedAt });
  });
}

function loadTimeline() {
  return fetchInto([byId("timeline")], "network.view_agreement", async (state) => {
    const query = new URLSearchParams(time.asked);
    const rows = await turns.timeline.answerTo(time.key, () => getJson(`/api/v1/agreements/${id}/timeline?${query}`));
    if (!rows) return undefined;
    marks.show(marksOf(rows));
    if (rows.length === 0)
      return state.empty(
        gettext("Nothing happened in this time: no breach, no alarm, no maintenance, no change, nothing unknown."),
      );
    return state.show(timelineRows(rows));
  });
}

function loadImpact() {
  return fetchInto([byId("impact")], "network.view_site", async (state) => {
    state.show(...impact(await getJson(`/api/v1/agreements/${id}/impact`)));
  });
}

/**
 * What is changed or ended is the agreement as it is now, not as this page read it.
 * @param {(agreement: any) => unknown} go
 */
async function asItIs(go) {
  try {
    go(await getJson(`/api/v1/agreements/${id}`));
  } catch (problem) {
    toast(problem.message, "error");
  }
}

/** What was replaced stays under its own address. @param {any} agreement */
function changed(agreement) {
  return String(agreement.id) === id ? load() : location.assign(`/sla/${agreement.id}`);
}

/** @param {any} event */
function heard(event) {
  if (
    event.type !== "StandingChanged" ||
    !event.rows.some((/** @type {any} */ row) => String(row.agreement ?? row.id) === id)
  )
    return;
  load();
}

for (const node of ["budget", "burn", "promise", "chart", "timeline", "impact"]) widget(byId(node)).loading();
timePicker(byId("time"), time);
time.onChange(() => (loadHistory(), loadTimeline()));
byId("change").addEventListener("click", () => asItIs((agreement) => openAgreementForm(agreement, changed)));
byId("end").addEventListener("click", () =>
  asItIs((agreement) => endAgreement(agreement, () => location.assign("/sla"))),
);
connect({ topics: ["agreements"], onEvent: heard, onOpen: load });
setInterval(sayNow, 1_000);
setInterval(() => document.hidden || (loadStatus(), time.isLive && loadHistory()), REFRESH_MS);
