/** The dialog in which settings for a site are filled in and pushed. */
import { sendJson } from "../console/api.js";
import { openDialog } from "../console/dialog.js";
import { el, replace } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { toast } from "../console/toast.js";

/**
 * What is sent for what was filled in; empty fields change nothing. Pure.
 * @param {{tilt: string, power: string, sleep: string, route: string, reason: string}} filled
 */
export function wishOf({ tilt, power, sleep, route, reason }) {
  const wish = {};
  if (tilt.trim()) wish.tilt_deg = Number(tilt);
  if (power.trim()) wish.power_dbm = Number(power);
  if (sleep) wish.sleep = sleep === "asleep";
  if (route.trim()) wish.route = route.trim() === "-" ? null : route.trim().split(/[\s,>→]+/).filter(Boolean);
  if (reason.trim()) wish.reason = reason.trim();
  return wish;
}

/** @param {string} slug @param {() => string[]} sectorsOf @param {(push: any) => void} pushed */
export function openPushDialog(slug, sectorsOf, pushed) {
  const tilt = el("input", { type: "number", min: "-10", max: "30", step: "0.1" });
  const power = el("input", { type: "number", min: "0", max: "60", step: "0.1" });
  const sleep = el("select", null, el("option", { value: "" }, gettext("as it is")), el("option", { value: "asleep" }, gettext("asleep")), el("option", { value: "awake" }, gettext("awake")));
  const route = el("input", { type: "text", maxlength: "2000" });
  const reason = el("input", { type: "text", maxlength: "200" });
  const problem = el("p", { class: "field-error", role: "alert" });
  const send = el("button", { class: "button primary", type: "button" }, gettext("Push"));
  const sectors = sectorsOf();
  const dialog = openDialog(gettext("Push settings"), [
    el("p", { class: "muted" }, sectors.length ? interpolate(gettext("For all sectors: %(sectors)s. What is left empty stays as it is. A sector that sleeps serves nobody."), { sectors: sectors.join(", ") }) : gettext("What is left empty stays as it is.")),
    field(gettext("Tilt, downwards"), tilt, "°"), field(gettext("Power"), power, "dBm"), field(gettext("Sectors are"), sleep),
    field(gettext("Route"), route, gettext("sites from the core to this one; - for the shortest")), field(gettext("Reason"), reason), problem,
  ], [send]);
  send.addEventListener("click", async () => {
    send.disabled = true;
    try {
      pushed(await sendJson("POST", `/api/v1/sites/${slug}/configuration`, wishOf({ tilt: tilt.value, power: power.value, sleep: sleep.value, route: route.value, reason: reason.value })));
      toast(gettext("The settings are on their way."));
      dialog.close();
    } catch (failed) {
      replace(problem, failed.errors?.length ? failed.errors.map((one) => `${one.field}: ${one.expected || one.message || ""}`).join("; ") : failed.message);
      send.disabled = false;
    }
  });
  tilt.focus();
}

function field(word, input, hint = "") {
  return el("label", { class: "field" }, el("span", null, word), input, hint && el("span", { class: "muted" }, hint));
}
