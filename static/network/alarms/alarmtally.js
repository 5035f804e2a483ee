/** How many alarms there are of each severity, and what is aside. */
import { getJson } from "../../console/api.js";
import { el, replace } from "../../console/dom.js";
import { gettext, interpolate, ngettext } from "../../console/i18n.js";
import { SEVERITY_WORDS } from "../words.js";

/** @param {HTMLElement} node */
export async function drawTally(node) {
  const { counts, returned, held, consequences } = await getJson("/api/v1/alarms/summary");
  const chips = Object.entries(counts)
    .filter(([, count]) => count)
    .map(([severity, count]) => el("span", { class: `chip ${severity}` }, `${count} ${SEVERITY_WORDS[severity]}`));
  const aside = [
    returned && interpolate(gettext("%(count)s returned, unacknowledged"), { count: returned }),
    consequences &&
      interpolate(ngettext("%(count)s consequence", "%(count)s consequences", consequences), { count: consequences }),
    held && interpolate(gettext("%(count)s held"), { count: held }),
  ].filter(Boolean);
  replace(node, ...chips, aside.length > 0 && el("span", { class: "muted" }, aside.join(" · ")));
}
