/** The alarm strip: counts by priority, the gravest alarm nobody acknowledged, and a sound until somebody does. */
import { beep, PRIORITIES, startSound } from "./alarmsound.js";
import { asOfMs, getJson, nowMs } from "./api.js";
import { ageText, byId, el, formatTime, replace, setText } from "./dom.js";
import { connect } from "./hub.js";
import { formatNumber, gettext, interpolate, ngettext } from "./i18n.js";
import { soon } from "./soon.js";

const SETTLE_MS = 500;
const AGAIN_MS = 10_000;
const SURE_MS = 60_000; // a line may be lost without a word: what was read longer ago is read again
let newestId = 0;
let escalated = 0;
let isFirst = true;
let readAtMs = 0; // when what is shown was so
let sureAtMs = 0; // until then whatever changed was heard
let again = 0;
let waiting = "";
let isLineLost = false;
/** @type {any} */
let summary = null; // as read last
/** @type {{started_at: string}|null} the gravest that waits; a newer one that is less grave does not displace it */
let shown = null;

/** Fetch the summary, and again whenever an alarm changed. */
export function startAlarmStrip() {
  connect({
    topics: ["alarms"],
    onOpen: refreshSoon,
    onEvent: (event) => event.topic === "alarms" && refreshSoon(),
    onState: lineChanged,
  });
  refreshSoon();
  startSound(() => waiting);
  setInterval(() => (sayAge(), nowMs() - readAtMs > SURE_MS && !again && refreshSoon()), AGAIN_MS);
}

/** Nothing is opened without the database; it is asked why. @param {string} state */
function lineChanged(state) {
  if (state === "lost" && !isLineLost && readAtMs) sureAtMs = nowMs();
  isLineLost = state === "lost";
  if (!isLineLost) return;
  sayUnknown(gettext("the line is lost"));
  againLater();
}

const refreshSoon = soon(refresh, SETTLE_MS);

async function refresh() {
  clearTimeout(again);
  again = 0;
  try {
    summary = await getJson("/api/v1/alarms/summary");
    sureAtMs = readAtMs = asOfMs(summary) || nowMs();
    show();
    sayOld(asOfMs(summary) > 0);
    if (isLineLost) againLater(); // nothing tells of what comes next
  } catch (problem) {
    againLater();
    if (problem.database && readAtMs) return (show(), sayOld(true)); // what was heard last stays, with its age
    sayUnknown(interpolate(gettext("they could not be read: %(reason)s"), { reason: problem.message }));
  }
}

/** What is not heard of is not well, so no count stays. @param {string} reason */
function sayUnknown(reason) {
  document.getElementById("strip-as-of")?.remove();
  const strip = byId("alarm-strip");
  Object.assign(strip.dataset, { stale: "true", loudest: "" });
  for (const node of countsOf(strip)) {
    node.dataset.some = "false";
    setText(node.querySelector("b") || node, "?");
  }
  shown = null;
  const words = sureAtMs ? gettext("Alarms unknown since %(time)s: %(reason)s") : gettext("Alarms unknown: %(reason)s");
  setText(byId("strip-newest"), interpolate(words, { time: formatTime(sureAtMs), reason }));
}

/** @param {HTMLElement} strip @returns {NodeListOf<HTMLElement>} */
const countsOf = (strip) => strip.querySelectorAll(".strip-count");

/** Whoever could not read asks again, not all at once. */
function againLater() {
  again ||= setTimeout(refresh, AGAIN_MS * (0.5 + Math.random()));
}

/** While the database does not answer the strip shows what it knows, and of when it is. @param {boolean} isOld */
function sayOld(isOld) {
  const strip = byId("alarm-strip");
  document.getElementById("strip-as-of")?.remove();
  if (!isOld) return;
  strip.dataset.stale = "true";
  const words = gettext("as of %(time)s; the database does not answer");
  strip.append(el("span", { id: "strip-as-of", class: "age" }, interpolate(words, { time: formatTime(readAtMs) })));
  againLater();
}

function show() {
  const strip = byId("alarm-strip");
  strip.dataset.stale = "false";
  const counts = summary.counts || {};
  for (const node of countsOf(strip)) {
    const count = counts[node.dataset.priority || ""] || 0;
    node.dataset.some = String(count > 0);
    setText(node.querySelector("b") || node, formatNumber(count));
  }
  const newest = summary.newest || null;
  const gravest = summary.gravest || newest; // both are asked for apart
  strip.dataset.loudest = newest ? PRIORITIES.find((priority) => counts[priority]) || "" : "";
  showGravest(
    gravest,
    PRIORITIES.some((priority) => counts[priority]),
    summary.returned || 0,
  );
  showEscalated(summary.foremost || null, summary.escalated || 0);
  if (newest && newest.id > newestId && !isFirst) beep((gravest.id > newestId ? gravest : newest).severity);
  newestId = Math.max(newestId, newest?.id || 0);
  isFirst = false;
  waiting = PRIORITIES.find((priority) => summary.unacknowledged?.[priority]) || "";
}

/** @param {any} gravest @param {boolean} some whether any is open @param {number} returned */
function showGravest(gravest, some, returned) {
  const node = byId("strip-newest");
  shown = gravest;
  if (!gravest && returned)
    return replace(
      node,
      el(
        "a",
        { href: "/alarms?state=returned&is_active=" },
        interpolate(
          ngettext(
            "%(count)s alarm is over and nobody has acknowledged it",
            "%(count)s alarms are over and nobody has acknowledged them",
            returned,
          ),
          { count: returned },
        ),
      ),
    );
  if (!gravest) return setText(node, some ? gettext("Every open alarm is acknowledged") : gettext("No open alarms"));
  replace(node, el("a", { href: `/alarms?alarm=${gravest.id}` }, gravest.title), el("span", { class: "age" }));
  return sayAge();
}

/** How long ago it came; it grows though nothing is heard. */
function sayAge() {
  const node = document.querySelector("#strip-newest .age");
  if (!shown || !node) return;
  const age = ageText(Math.max(0, (nowMs() - Date.parse(shown.started_at)) / 1000));
  setText(node, ` · ${interpolate(gettext("%(age)s ago"), { age })}`);
}

/**
 * What nobody acknowledged in time stands apart, and sounds as the gravest do when another joins it.
 * @param {any} alarm @param {number} count
 */
function showEscalated(alarm, count) {
  const node = byId("strip-escalated");
  if (count > escalated && !isFirst) beep("critical");
  escalated = count;
  node.hidden = !alarm;
  if (alarm)
    replace(node, `▲▲ ${interpolate(ngettext("%(count)s escalated", "%(count)s escalated", count), { count })}`);
  if (alarm) node.setAttribute("href", `/alarms?alarm=${alarm.id}`);
  if (alarm) node.setAttribute("title", alarm.title);
}
