/** What was changed of a record, what is planned, who did it and why; a plan can be withdrawn. */
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { chip, el, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { toast } from "../../console/toast.js";
import { RECORD_WORDS, dateOf } from "../words.js";

const MOST = 50;
const MOST_CHARACTERS = 60;

/** Where a change stands: withdrawn, planned, stuck or applied. @param {any} change */
export function changeState(change) {
  if (change.withdrawn_at) return "withdrawn";
  if (change.applied_at) return "applied";
  return change.problem ? "stuck" : "planned";
}

/** Whether it can still be withdrawn. @param {any} change */
export function isPlan(change) {
  return ["planned", "stuck"].includes(changeState(change));
}

/** @param {any} change */
export function changeStateChip(change) {
  /** @type {Record<string, [string, string]>} */
  const words = {
    withdrawn: ["unknown", gettext("withdrawn")],
    applied: ["normal", gettext("applied")],
    stuck: ["failed", gettext("could not be applied")],
    planned: ["waiting", gettext("planned")],
  };
  return chip(...words[changeState(change)]);
}

/**
 * The fields in which a change differs from what held before it. Pure.
 * @param {{before: Record<string, any>|null, values: Record<string, any>|null}} change
 * @returns {Array<{name: string, before: any, after: any}>}
 */
export function differences({ before, values }) {
  const changed = Object.entries(values || {}).filter(
    ([name, after]) => JSON.stringify(after) !== JSON.stringify(before?.[name]),
  );
  return changed.map(([name, after]) => ({ name, before: before?.[name], after }));
}

/**
 * Draw the history of a record into a node.
 * @param {HTMLElement} node @param {string} record @param {string} key
 * @param {{missing: string, changed: () => void, drawn?: (plans: any[]) => void}} setup `missing`: the right to
 *   withdraw that this person lacks
 * @returns {Promise<void>}
 */
export async function drawHistory(node, record, key, setup) {
  const state = widget(node);
  try {
    /** @type {import("../../console/listing.js").Page} */
    const page = await getJson(`/api/v1/inventory/changes?kind=${record}&key=${encodeURIComponent(key)}&limit=${MOST}`);
    setup.drawn?.(page.results.filter((change) => isPlan(change)));
    if (page.results.length === 0)
      return state.empty(gettext("No change is on record: the values are from before the records began."));
    return state.show(el("ol", { class: "timeline" }, ...page.results.map((change) => entry(change, setup))));
  } catch (problem) {
    if (problem.status === 403) return state.forbidden("network.view_change");
    return state.error(problem.message, () => drawHistory(node, record, key, setup));
  }
}

/** @param {any} change @param {{missing: string, changed: () => void}} setup */
function entry(change, setup) {
  const who = el("span", { class: "muted" }, [change.actor, change.reason].filter(Boolean).join(" · "));
  return el(
    "li",
    null,
    el("div", { class: "row" }, el("strong", null, dateOf(change.valid_from)), changeStateChip(change)),
    who,
    change.problem && el("p", { class: "field-error" }, change.problem),
    what(change),
    isPlan(change) ? withdrawButton(change, setup) : null,
  );
}

/** @param {any} change */
function what(change) {
  if (!change.values) return el("p", null, gettext("Removed"));
  const differing = differences(change);
  if (!change.before)
    return el(
      "details",
      null,
      el("summary", null, gettext("Added")),
      el(
        "ul",
        { class: "plain-list" },
        ...differing.map((field) =>
          el("li", null, el("span", { class: "mono" }, field.name), ` ${shown(field.after)}`),
        ),
      ),
    );
  if (differing.length === 0) return el("p", { class: "muted" }, gettext("Nothing differs from before"));
  return el("ul", { class: "plain-list" }, ...differing.map((field) => el("li", null, difference(field))));
}

/** One field of a change, before and after. @param {{name: string, before: any, after: any}} field */
export function difference(field) {
  return el("span", null, el("span", { class: "mono" }, field.name), ` ${shown(field.before)} → ${shown(field.after)}`);
}

/** @param {any} value */
function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? gettext("yes") : gettext("no");
  if (typeof value === "number") return formatNumber(value, Math.min(6, (String(value).split(".")[1] || "").length));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** @param {any} change @param {{missing: string, changed: () => void}} setup */
export function withdrawButton(change, { missing, changed }) {
  const words = missing ? lacking(missing) : null;
  const button = el(
    "button",
    { class: "button small", type: "button", "aria-disabled": missing ? "true" : null, title: words },
    gettext("Withdraw"),
    words && el("span", { class: "visually-hidden" }, ` ${words}`),
  );
  button.addEventListener("click", async () => {
    if (words) return toast(words, "error");
    const consequence = interpolate(gettext("What was planned of %(kind)s %(key)s from %(time)s will not happen."), {
      kind: RECORD_WORDS[change.kind],
      key: change.key,
      time: dateOf(change.valid_from),
    });
    if (!(await confirmAction(gettext("Withdraw this plan?"), consequence, gettext("Withdraw")))) return undefined;
    try {
      await sendJson("POST", `/api/v1/inventory/changes/${change.id}/withdraw`);
      toast(gettext("Withdrawn"));
    } catch (problem) {
      toast(problem.message, "error");
    }
    return changed();
  });
  return button;
}
