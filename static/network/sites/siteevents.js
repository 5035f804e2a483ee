/** What happened at a site in the time that its charts show: marks on them, and a list in words. */
import { getJson } from "../../console/api.js";
import { fetchInto } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { whenHeardAgain } from "../../console/lineunknown.js";
import { soon } from "../../console/soon.js";
import { Turns } from "../../console/turns.js";
import { marksOf, timelineRows } from "../timeline.js";

const REFRESH_MS = 60_000;
const SOON_MS = 500;

/**
 * @param {HTMLElement} node @param {string} slug
 * @param {{time: import("../../console/timerange.js").TimeRange, marks:
 *   import("../../console/chartmarks.js").Marks}} page
 * @returns {() => void} read it again, soon
 */
export function siteEvents(node, slug, { time, marks }) {
  const turns = new Turns();
  /** @type {string|null} */
  let told = null;
  const load = () =>
    fetchInto([node], "network.view_site", async (state) => {
      const before = told;
      told = null; // what fails is said in place of the list
      const query = new URLSearchParams(time.asked);
      const rows = await turns.answerTo(time.key, () => getJson(`/api/v1/sites/${slug}/timeline?${query}`));
      if (!rows) return undefined;
      told = JSON.stringify(rows);
      if (told === before) return undefined; // the list stays where it was scrolled to
      marks.show(marksOf(rows));
      if (rows.length === 0)
        return state.empty(gettext("No alarm, maintenance, push of settings or change in the time shown."));
      return state.show(timelineRows(rows));
    });
  time.onChange(load);
  whenHeardAgain(load);
  setInterval(() => document.hidden || load(), REFRESH_MS);
  load();
  return soon(load, SOON_MS);
}
