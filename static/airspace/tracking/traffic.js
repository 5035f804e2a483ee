/** A drone's details: all that is known of one's own, and of another operator's only where it is. */
import { Problem, getJson } from "../../console/api.js";
import { gettext } from "../../console/i18n.js";

/**
 * @param {number} id
 * @param {boolean} isForeign whether the picture says that it is another's; unknown is false
 * @returns {Promise<any>} the drone; of another's its number, `isForeign` and the last position
 */
export async function readDrone(id, isForeign = false) {
  const own = isForeign ? null : await getJson(`/api/v1/drones/${id}`).catch(noneIfMissing);
  if (own) return own;
  const { results } = await getJson(`/api/v1/traffic?id=${id}`);
  if (!results.length) throw new Problem({ status: 404, title: gettext("It is not known here, or it was removed.") });
  return { id, isForeign: true, last_position: results[0] };
}

/** A foreign drone's trail begins with what is heard live. @param {any} problem */
export function noneIfMissing(problem) {
  if (problem.status !== 404) throw problem;
  return null;
}
