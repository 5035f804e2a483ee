/** What a factory runs: switches and latency budgets, for those who may change them. */
import { barred } from "../../console/barred.js";
import { sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { el } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import { lacking } from "../../console/rights.js";
import { toast } from "../../console/toast.js";
import { msText } from "../drawing.js";

/**
 * @param {{empty: (text: string) => void, show: (...nodes: Node[]) => void}} box
 * @param {string} slug
 * @param {Array<{id: number, model: string, latency_budget_ms: number|null, enabled: boolean}>} workloads
 * @param {boolean} mayChange
 */
export function drawWorkloads(box, slug, workloads, mayChange) {
  if (workloads.length === 0) return box.empty(gettext("No model works on this factory's readings."));
  return box.show(...workloads.map((workload) => rowOf(slug, workload, mayChange)));
}

/** @param {string} slug @param {any} workload @param {boolean} mayChange */
function rowOf(slug, workload, mayChange) {
  const why = mayChange ? null : lacking("industry.change_workload");
  /** @param {Record<string, any>} changes */
  const send = (changes) => change(slug, workload, changes);
  const enabled = el("input", { type: "checkbox", checked: workload.enabled, ...barred(why) });
  enabled.addEventListener("change", async () => {
    const consequence = gettext("Readings go on being stored, but their risk will be unknown.");
    const title = interpolate(gettext("Stop %(model)s?"), { model: namedBy("model", workload.model) });
    if (enabled.checked || (await confirmAction(title, consequence, gettext("Stop"))))
      send({ enabled: enabled.checked });
    else enabled.checked = true;
  });
  const budget = el("input", {
    type: "number",
    min: "0.001",
    step: "any",
    value: workload.latency_budget_ms ?? "",
    ...barred(why),
    "aria-label": gettext("Latency budget, ms"),
  });
  budget.addEventListener("change", () =>
    send({ latency_budget_ms: budget.value === "" ? null : Number(budget.value) }),
  );
  return el(
    "div",
    { class: "workload", title: why },
    el("a", { href: `/models#${workload.model}-1` }, namedBy("model", workload.model)),
    el("label", null, enabled, ` ${gettext("on")}`),
    el("label", { class: "row" }, gettext("Latency budget"), budget, el("span", { class: "unit" }, "ms")),
  );
}

/** @param {string} slug @param {any} workload @param {Record<string, any>} changes */
async function change(slug, workload, changes) {
  try {
    const now = await sendJson("PATCH", `/api/v1/factories/${slug}/workloads/${workload.id}`, changes);
    toast(
      interpolate(gettext("%(model)s is %(state)s, latency budget %(budget)s"), {
        model: namedBy("model", now.model),
        state: now.enabled ? gettext("on") : gettext("off"),
        budget: now.latency_budget_ms === null ? gettext("none") : msText(now.latency_budget_ms),
      }),
    );
  } catch (problem) {
    toast(problem.errors?.[0]?.expected || problem.message, "error");
  }
}
