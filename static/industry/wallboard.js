/** The wallboard's view of industry: machines by their risk, and the factories most at risk. */
import { getAll } from "../console/api.js";
import { el } from "../console/dom.js";
import { gettext, interpolate } from "../console/i18n.js";
import { age_, row, ROWS } from "../network/wallboard/wallboardparts.js";
import { nameOf, stateChip } from "../network/words.js";

/** @type {Record<string, () => import("../network/wallboard/wallboardparts.js").View>} by name */
export const views = { industry: () => ({ title: gettext("Industry"), read: readIndustry }) };

async function readIndustry() {
  const results = await getAll("/api/v1/factories");
  /** @param {string} level */
  const sum = (level) => results.reduce((total, factory) => total + (factory.levels[level] || 0), 0);
  const machines = results.reduce((total, factory) => total + factory.machines, 0);
  const unknown =
    machines -
    results.reduce(
      (total, factory) => total + Object.values(factory.levels).reduce((all, count) => all + Number(count), 0),
      0,
    );
  const newest = Math.max(...results.map((factory) => Date.parse(factory.newest_reading_at) || 0), 0) || null;
  /** @param {string} state @param {string} word @param {number} count */
  const big = (state, word, count) => ({ state, word, count, atMs: newest });
  return (/** @type {number} */ nowMs) => ({
    bigs: [
      big("breached", gettext("at high risk"), sum("high")),
      big("at_risk", gettext("at elevated risk"), sum("elevated")),
      big("unknown", gettext("machines unknown"), Math.max(unknown, 0) + sum("unknown")),
      big("met", gettext("machines normal"), sum("normal")),
    ],
    listed: gettext("Factories of all regions, the most at risk first"),
    staleS: 30,
    atMs: newest,
    rows: [...results]
      .sort((a, b) => (b.levels.high || 0) - (a.levels.high || 0))
      .slice(0, ROWS)
      .map((factory) => factoryRow(factory, nowMs)),
  });
}

/** @param {any} factory @param {number} nowMs */
function factoryRow(factory, nowMs) {
  const age = factory.newest_reading_at ? (nowMs - Date.parse(factory.newest_reading_at)) / 1000 : null;
  const isOld = age === null || age > factory.stale_after_s;
  const high = factory.levels.high || 0;
  return row(
    nameOf(factory),
    interpolate(gettext("%(count)s machines"), { count: factory.machines }),
    isOld
      ? stateChip("unknown")
      : el(
          "span",
          { class: high ? "chip breached" : "chip met" },
          interpolate(gettext("%(count)s at high risk"), { count: high }),
        ),
    age_(age),
  );
}
