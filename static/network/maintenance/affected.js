/**
 * Which agreements a maintenance concerns, before it is announced and after: how many, which ones, how, and by which
 * rule.
 */
import { getJson } from "../../console/api.js";
import { openDialog } from "../../console/dialog.js";
import { el, replace } from "../../console/dom.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { tableOf } from "../../console/table.js";
import { sourceMark } from "../service_levels/service.js";
import { labelOf } from "../subject.js";
import { METRIC_WORDS } from "../words.js";

/** @type {Record<string, string>} */
const WHY_WORDS = {
  itself: gettext("it is what is named"),
  region: gettext("lies in it"),
  ends_there: gettext("ends there"),
  cut_off: gettext("reached only through it"),
  on_path: gettext("its modelled route passes it"),
  pooled: gettext("share of its sites"),
};

/**
 * Show them in a place; what comes late of an older question is dropped.
 * @param {HTMLElement} place @param {string} url @param {() => boolean} [isWanted]
 */
export async function showAffected(place, url, isWanted = () => true) {
  let affected;
  try {
    affected = await getJson(url);
  } catch (problem) {
    if (isWanted()) replace(place, ...(problem.status === 400 ? [] : [el("p", { class: "muted" }, problem.message)]));
    return;
  }
  if (isWanted()) replace(place, ...parts(affected));
}

/** @param {{id: number, kind: string, key: string, subject_name: string}} row */
export function openAffected(row) {
  const place = el("div", { "aria-live": "polite" }, gettext("Loading"));
  const title = interpolate(gettext("Agreements concerned by maintenance of %(kind)s %(key)s"), {
    kind: labelOf(row.kind),
    key: row.subject_name || gettext("everywhere"),
  });
  openDialog(title, [place]);
  return showAffected(place, `/api/v1/maintenance/${row.id}/concerns`);
}

/** @param {any} affected */
function parts(affected) {
  const words = interpolate(
    ngettext("It concerns %(count)s agreement", "It concerns %(count)s agreements", affected.count),
    { count: affected.count },
  );
  const rest = affected.count - affected.results.length;
  return [
    el("p", null, el("strong", null, words), " · ", sourceMark(affected.source)),
    affected.count > 0 &&
      el(
        "details",
        { class: "concerns" },
        el("summary", null, gettext("Which ones")),
        tableOf(
          [gettext("Agreement"), gettext("Of"), gettext("Metric"), gettext("Why"), gettext("Left out")],
          affected.results.map(cells),
        ),
        rest > 0 && el("p", { class: "muted" }, interpolate(gettext("and %(count)s more"), { count: rest })),
      ),
    el("details", null, el("summary", null, gettext("By which rule")), el("p", { class: "muted" }, affected.rule)),
  ].filter(Boolean);
}

/** @param {any} row */
function cells(row) {
  return [
    el("a", { href: `/sla/${row.agreement}` }, row.name),
    el("span", null, labelOf(row.kind), " ", el("code", { class: "muted" }, row.key)),
    METRIC_WORDS[row.metric] || row.metric,
    WHY_WORDS[row.why] || row.why,
    `${formatNumber(row.share * 100, row.share < 1 ? 1 : 0)} %`,
  ];
}
