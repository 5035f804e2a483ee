/** The inspector of one machine: its risk over time and what it last reported. */
import { sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { el, formatTime, replace, setText } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { facts } from "../../console/table.js";
import { toast } from "../../console/toast.js";
import { withUnit } from "../../console/units.js";
import { aged, levelChip, percent } from "../drawing.js";
import { MachineRisk } from "./machinerisk.js";
import { ageOf, levelOf } from "../state.js";

/** @type {Array<[string, string, string, number]>} */
const VALUES = [
  ["air_temperature_k", gettext("Air"), "K", 1],
  ["process_temperature_k", gettext("Process"), "K", 1],
  ["rotational_speed_rpm", gettext("Speed"), "rpm", 0],
  ["torque_nm", gettext("Torque"), "N·m", 1],
  ["tool_wear_min", gettext("Tool wear"), "min", 0],
];

/**
 * @param {HTMLElement} node
 * @param {() => void} onClose
 * @param {{slug: string, mayDelete: boolean, keptS: number,
 *   time: import("../../console/timerange.js").TimeRange}} page `slug`: of the factory; `keptS`: how long risks are
 *   kept [s]
 */
export function machinePanel(node, onClose, { slug, mayDelete, keptS, time }) {
  const heading = el("h2", null);
  const close = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": gettext("Close the details"), onclick: onClose },
    "✕",
  );
  const now = el("div", null);
  /** @type {any} */
  let shown = null;
  const remove = el(
    "button",
    { type: "button", class: "button danger", hidden: !mayDelete, onclick: () => deleteShown(shown) },
    gettext("Delete…"),
  );
  /** @param {any} machine */
  const deleteShown = (machine) => deleteMachine(slug, machine, () => shown?.id === machine.id && onClose());
  const risk = new MachineRisk(slug, time, keptS);
  return {
    /**
     * @param {any} machine @param {Array<{time: number, risk: number}>} points @param {number} nowMs
     * @param {number} staleAfterS
     */
    draw(machine, points, nowMs, staleAfterS) {
      shown = machine;
      node.closest(".inspector")?.toggleAttribute("hidden", !machine);
      if (!machine) return (risk.hide(), node.replaceChildren());
      if (!node.contains(heading)) {
        const [picker, ...charts] = risk.nodes;
        const last = el("div", { class: "row" }, remove);
        node.append(el("div", { class: "row spread" }, heading, close), picker, ...charts, now, last);
      }
      setText(heading, machine.name);
      risk.show(machine, points);
      return replace(now, state(machine, nowMs, staleAfterS));
    },
  };
}

/** @param {any} machine @param {number} nowMs @param {number} staleAfterS */
function state(machine, nowMs, staleAfterS) {
  const { risk, reading } = machine;
  /** @type {Array<[string, HTMLElement]>} */
  const values = reading
    ? VALUES.map(([name, word, unit, digits]) => [
        word,
        el("span", { class: "measured" }, withUnit(reading.values[name], unit, digits)),
      ])
    : [];
  return facts([
    [gettext("State"), levelChip(levelOf(machine, nowMs, staleAfterS))],
    [gettext("Failure risk"), risk ? el("span", { class: "inferred" }, percent(risk.value)) : gettext("unknown")],
    [
      gettext("Inferred by"),
      risk
        ? interpolate(gettext("%(model)s from the reading of %(time)s"), {
            model: risk.model,
            time: formatTime(risk.at),
          })
        : gettext("No risk was inferred yet."),
    ],
    [gettext("Product variant"), reading?.values.type ?? gettext("unknown")],
    ...values,
    [
      gettext("Measured"),
      reading
        ? el("span", null, formatTime(reading.at), " ", aged(gettext("%(age)s ago"), ageOf(reading.at, nowMs)))
        : gettext("never"),
    ],
    [gettext("Received"), reading ? formatTime(reading.received_at) : gettext("never")],
  ]);
}

/** @param {string} slug @param {any} machine @param {() => unknown} onDone */
async function deleteMachine(slug, machine, onDone) {
  const consequence = gettext(
    "The machine is deleted for good with its readings and risks; the audit trail keeps that you did so. If its factory posts readings of it again, it is registered again as a new machine.",
  );
  if (
    !(await confirmAction(
      interpolate(gettext("Delete %(name)s with its readings?"), machine),
      consequence,
      gettext("Delete"),
    ))
  )
    return;
  try {
    await sendJson("DELETE", `/api/v1/factories/${slug}/machines/${machine.id}`);
    onDone();
  } catch (problem) {
    toast(problem.message, "error");
  }
}
