/** Rows of the page of one factory: its machines and the jobs behind them. */
import { el } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { namedBy } from "../../console/names.js";
import { withUnit } from "../../console/units.js";
import { aged, deadlineChip, latencyBar, levelChip, msText, percent, sparkline, stateChip } from "../drawing.js";
import { ageOf, levelOf } from "../state.js";

/**
 * @param {any} machine @param {number} now
 * @param {{staleAfterS: number, isSelected: boolean, points: Array<{time: number, risk: number}>, select: () => void}}
 *   more
 */
export function machineRow(machine, now, { staleAfterS, isSelected, points, select }) {
  const level = levelOf(machine, now, staleAfterS);
  const age = ageOf(machine.reading?.at, now);
  const values = machine.reading?.values || {};
  const old = age === null || age > staleAfterS;
  /** @param {any} value @param {string} unit @param {number} [digits] */
  const cell = (value, unit, digits = 0) =>
    el("td", { class: "number" }, value === undefined ? "–" : withUnit(value, unit, digits));
  return el(
    "tr",
    { "aria-selected": isSelected ? "true" : null, class: old ? "is-old" : "", dataset: { level } },
    el(
      "td",
      null,
      el(
        "button",
        {
          type: "button",
          class: "row-button",
          dataset: { key: `machine ${machine.name}` },
          onclick: select,
        },
        machine.name,
      ),
    ),
    el("td", null, levelChip(level)),
    el(
      "td",
      null,
      machine.risk ? el("span", { class: "inferred" }, percent(machine.risk.value)) : gettext("unknown"),
      " ",
      machine.risk && aged(gettext("%(age)s ago"), ageOf(machine.risk.at, now)),
    ),
    el("td", null, sparkline(points, machine.risk?.threshold ?? 0.5)),
    cell(values.torque_nm, "N·m", 1),
    cell(values.rotational_speed_rpm, "rpm"),
    cell(values.tool_wear_min, "min"),
    el("td", { class: old ? "is-stale" : "" }, aged(gettext("%(age)s ago"), age)),
  );
}

/** @param {any} job @param {number} now @param {number} scale @param {() => void} open */
export function jobRow(job, now, scale, open) {
  const opener = el(
    "button",
    { type: "button", class: "row-button", dataset: { key: `job ${job.id}` }, onclick: open },
    aged(gettext("%(age)s ago"), ageOf(job.created_at, now)),
  );
  return el(
    "tr",
    null,
    el("td", null, opener),
    el("td", null, namedBy("edge_node", job.node) || "–"),
    el("td", { class: "number" }, String(job.rows)),
    el("td", null, stateChip(job.state), job.reason && el("div", { class: "muted" }, job.reason)),
    el("td", null, job.highest_risk === null ? "–" : percent(job.highest_risk)),
    el("td", null, latencyBar(job.latency, scale)),
    el("td", { class: "number" }, msText(job.latency.total.ms)),
    el("td", null, deadlineChip(job.deadline)),
  );
}
