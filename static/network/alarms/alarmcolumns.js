/** The columns of the alarm list: what each says of an alarm. */
import { ageText, el } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { sizeText } from "../orders.js";
import { LIFE_WORDS, severityChip, timeOf } from "../words.js";
import { figureText } from "./alarmfigures.js";
import { consequenceText } from "./alarmnext.js";

/** What a full disk refuses. @type {Record<string, string>} */
const REFUSED_WORDS = {
  bulk: gettext("imports, maps, documents and plans are refused"),
  all: gettext("reports, readings and jobs are refused"),
};

/**
 * @typedef {{maySelect: boolean, isChosen: (id: number) => boolean, isOpen: (id: number) => boolean,
 *   toggle: (id: number) => void,
 *   unfold: (alarm: any) => void}} List what the cells ask of the list and tell it
 * @typedef {import("../../console/listing.js").Column} AlarmColumn
 * @param {List} list
 * @returns {AlarmColumn[]}
 */
export function alarmColumns(list) {
  return [
    { word: "", said: gettext("Choice"), cell: (alarm) => choice(alarm, list) },
    { word: gettext("Severity"), order: "severity", cell: (alarm) => severityChip(alarm.severity) },
    { word: gettext("Subject"), order: "subject", cell: (alarm) => subject(alarm, list) },
    { word: gettext("Problem"), order: "specific_problem", look: "wrap", cell: problem },
    { word: gettext("State"), order: "state", cell: life },
    { word: gettext("Since"), order: "started_at", cell: since },
    { word: gettext("Until"), order: "ended_at", cell: (alarm) => timeOf(alarm.ended_at) },
    { word: gettext("Assigned to"), order: "assigned_name", cell: (alarm) => alarm.assigned_to },
    { word: gettext("Acknowledged"), order: "acknowledged_at", cell: acknowledged },
  ];
}

/** @param {any} alarm @param {List} list */
function choice(alarm, list) {
  if (!list.maySelect) return "";
  const box = /** @type {HTMLInputElement} */ (
    el("input", {
      type: "checkbox",
      dataset: { focus: `choose-${alarm.id}` },
      "aria-label": interpolate(gettext("Select %(title)s"), alarm),
    })
  );
  box.checked = list.isChosen(alarm.id);
  box.addEventListener("change", () => list.toggle(alarm.id));
  return box;
}

/** @param {any} alarm @param {List} list */
function subject(alarm, list) {
  const name = [
    alarm.page ? el("a", { href: alarm.page, dataset: { focus: `page-${alarm.id}` } }, alarm.subject) : alarm.subject,
    alarm.place && " ",
    alarm.place &&
      el("a", { class: "muted", href: alarm.place, dataset: { focus: `place-${alarm.id}` } }, gettext("map")),
  ];
  if (!alarm.child_count) return el("span", { class: alarm.root ? "consequence" : "" }, ...name);
  const isOpen = list.isOpen(alarm.id);
  const word = interpolate(ngettext("%(count)s consequence", "%(count)s consequences", alarm.child_count), {
    count: alarm.child_count,
  });
  const button = el(
    "button",
    {
      class: "button small quiet",
      type: "button",
      dataset: { focus: `unfold-${alarm.id}` },
      "aria-expanded": String(isOpen),
      onclick: () => list.unfold(alarm),
    },
    `${isOpen ? "▾" : "▸"} ${word}`,
  );
  return el("span", null, ...name, " ", button);
}

/** @param {any} alarm */
function life(alarm) {
  const more = [];
  if (alarm.escalation) more.push(interpolate(gettext("escalated, step %(step)s"), { step: alarm.escalation }));
  if (alarm.is_flapping)
    more.push(
      interpolate(ngettext("flapping, %(count)s time", "flapping, %(count)s times", alarm.occurrences), {
        count: alarm.occurrences,
      }),
    );
  if (alarm.clears_at) more.push(gettext("cause gone"));
  if (alarm.held_by) more.push(`${alarm.held_by}: ${alarm.held_reason}`);
  return el(
    "span",
    null,
    LIFE_WORDS[alarm.state],
    more.length > 0 && el("span", { class: "muted" }, ` · ${more.join(" · ")}`),
    alarm.held_until && el("span", { class: "muted" }, ` · ${gettext("until")} `, timeOf(alarm.held_until)),
  );
}

/** @param {any} alarm */
function problem(alarm) {
  const figures = figureText(alarm) || consequenceText(alarm.detail);
  const sites = alarm.detail.sites
    ? ` · ${interpolate(ngettext("%(count)s site", "%(count)s sites", alarm.detail.sites), { count: alarm.detail.sites })}`
    : "";
  return el(
    "span",
    null,
    gettext(alarm.specific_problem),
    figures && ` · ${figures}`,
    el("span", { class: "muted" }, sites, roomText(alarm.detail)),
  );
}

/**
 * How much room a disk has left, for how long at its present rate, and what is refused meanwhile; "" of others.
 * @param {any} detail
 */
export function roomText(detail) {
  if (!Number.isFinite(detail.free_bytes)) return "";
  const words = [interpolate(gettext("%(size)s free"), { size: sizeText(detail.free_bytes) })];
  if (Number.isFinite(detail.hours_left))
    words.push(interpolate(gettext("full in %(hours)s h"), { hours: formatNumber(detail.hours_left, 1) }));
  const refused = REFUSED_WORDS[detail.refuses];
  return ` · ${(refused ? [...words, refused] : words).join(" · ")}`;
}

/** @param {any} alarm */
function since(alarm) {
  const age = alarm.ended_at ? "" : ` · ${ageText((Date.now() - Date.parse(alarm.started_at)) / 1000)}`;
  return el("span", null, timeOf(alarm.started_at), el("span", { class: "age" }, age));
}

/** @param {any} alarm */
function acknowledged(alarm) {
  const comment =
    alarm.comment && el("span", { class: "muted" }, alarm.acknowledged_at ? ` · ${alarm.comment}` : alarm.comment);
  if (!alarm.acknowledged_at) return comment || "";
  return el("span", null, `${alarm.acknowledged_by} · `, timeOf(alarm.acknowledged_at), comment);
}
