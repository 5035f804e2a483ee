/** Taking drones out: buttons that say what follows before they do it. */
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { el } from "../../console/dom.js";
import { placesOf, reaches } from "../../console/forms.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";

/**
 * The buttons of one drone, as far as the person may.
 * @param {any} drone
 * @param {{retire: string|undefined, remove: string|undefined, onDone: () => void}} options in which organisations the
 *   person may do what, as the page says it
 * @returns {HTMLElement[]}
 */
export function removalButtons(drone, { retire: retires, remove: removes, onDone }) {
  if (drone.isForeign) return [];
  const [mayRetire, mayDelete] = [retires, removes].map((reach) => reaches(reach, [drone.organisation]));
  const retire = drone.is_retired ? gettext("Take back into service") : gettext("Retire");
  const buttons = [
    mayRetire &&
      el(
        "button",
        { type: "button", class: "button", onclick: () => attempt(() => retireDrone(drone), onDone) },
        retire,
      ),
    mayDelete &&
      el(
        "button",
        { type: "button", class: "button danger", onclick: () => attempt(() => deleteDrone(drone), onDone) },
        gettext("Delete…"),
      ),
  ];
  return buttons.filter((button) => button !== false);
}

/** @param {any} drone */
async function retireDrone(drone) {
  const consequence = gettext(
    "It disappears from the map and the lists, and its reports are refused from now on. What is known of it stays, and it can be taken back.",
  );
  if (
    !drone.is_retired &&
    !(await confirmAction(interpolate(gettext("Retire %(serial)s?"), drone), consequence, gettext("Retire")))
  )
    return false;
  await sendJson("PATCH", `/api/v1/drones/${drone.id}`, { is_retired: !drone.is_retired });
  return true;
}

/** @param {any} drone */
async function deleteDrone(drone) {
  const consequence = gettext(
    "Its registration and every position stored of it are deleted for good; the audit trail keeps that you did so. If it reports again, it is registered again as unverified: retire it to refuse its reports.",
  );
  if (
    !(await confirmAction(
      interpolate(gettext("Delete %(serial)s with its history?"), drone),
      consequence,
      gettext("Delete"),
    ))
  )
    return false;
  await sendJson("DELETE", `/api/v1/drones/${drone.id}`);
  return true;
}

/**
 * Delete the unverified drones that a filter names, in the organisations in which the person may.
 * @param {string} filter words of the query
 * @param {string|undefined} reach in which organisations, as the page says it
 * @param {() => void} onDone
 */
export function deleteUnverified(filter, reach, onDone) {
  const places = placesOf(reach);
  const queries = (places.includes("*") ? [""] : places).map((place) => unverified(filter, place));
  return attempt(async () => {
    const counts = await Promise.all(
      queries.map(async (query) => (await getJson(`/api/v1/drones?${query}&limit=1`)).count),
    );
    const count = counts.reduce((total, item) => total + item, 0);
    if (!count) return toast(gettext("No unverified drone fits the filter."));
    const title = interpolate(gettext("Delete %(count)s unverified drones?"), { count: formatNumber(count) });
    const consequence = gettext(
      "All unverified drones that fit the present filter are deleted for good, on every page of the list, with every position stored of them. Those that report again are registered again as unverified.",
    );
    if (!(await confirmAction(title, consequence, gettext("Delete")))) return false;
    let deleted = 0;
    for (const query of queries.filter((_, at) => counts[at]))
      deleted += (await sendJson("DELETE", `/api/v1/drones?${query}`)).deleted;
    toast(interpolate(gettext("%(count)s drones deleted"), { count: formatNumber(deleted) }));
    return true;
  }, onDone);
}

/** @param {string} filter @param {string} place an organisation; empty: all */
function unverified(filter, place) {
  const query = new URLSearchParams(filter);
  query.set("verified", "false");
  if (place) query.set("organisation", place);
  for (const name of ["limit", "offset", "ordering"]) query.delete(name);
  return query;
}

/** @param {(...given: any[]) => unknown} act @param {() => unknown} onDone */
async function attempt(act, onDone) {
  try {
    if (await act()) onDone();
  } catch (problem) {
    toast(problem.message, "error");
  }
}
