/** The alarm strip: counts by priority, the gravest alarm nobody acknowledged, and a sound until somebody does. */
import { beep, PRIORITIES, startSound } from "./alarmsound.js";
import { asOfMs, getJson, nowMs } from "./api.js";
import { ageText, byId, el, formatTime, replace, setText } from "./dom.js";
import { connect } from "./hub.js";
import { formatNumber, gettext, interpolate, ngettext } from "./i18n.js";
import { soon } from "./soon.js";

const SETTLE_MS = 500;
const AGAIN_MS = 10_000;
let newestId = 0;
let escalated = 0;
let isFirst = true;
let readAtMs = 0; // when what is shown was so
let again = 0;
let waiting = "";
/** @type {{started_at: string}|null} the gravest that waits; a newer one that is less grave does not displace it */
let shown = null;

/** Fetch the summary, and again whenever an alarm changed. */
export function startAlarmStrip() {
  connect({
    topics: ["alarms"],
    onOpen: refreshSoon,
    onEvent: (event) => event.topic === "alarms" && refreshSoon(),
    onState: (state) => state === "lost" && againLater(), // nothing is opened without the database; it is asked why
  });
  refreshSoon();
  startSound(() => waiting);
  setInterval(sayAge, AGAIN_MS);
}

const refreshSoon = soon(refresh, SETTLE_MS);

async function refresh() {
  clearTimeout(again);
  again = 0;
  try {
    const summary = await getJson("/api/v1/alarms/summary");
    show(summary);
    readAtMs = asOfMs(summary) || nowMs();
    sayOld(asOfMs(summary) > 0);
  } catch (problem) {
    againLater();
    if (problem.database && readAtMs) return sayOld(true); // what was heard last stays, with its age
    byId("alarm-strip").dataset.stale = "true";
    shown = null;
    const newest = document.getElementById("strip-newest");
    if (newest)
      setText(newest, interpolate(gettext("The alarms could not be read: %(reason)s"), { reason: problem.message }));
  }
}

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

/** @param {any} summary */
function show(summary) {
  const strip = byId("alarm-strip");
  strip.dataset.stale = "false";
  const counts = summary.counts || {};
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (strip.querySelectorAll(".strip-count"))) {
    const count = counts[node.dataset.priority || ""] || 0;
    node.dataset.some = String(count > 0);
    setText(node.querySelector("b") || node, formatNumber(count));
  }
  const { newest = null, gravest = newest } = summary;
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
