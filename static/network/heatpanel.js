/** The strip of sites by time with what belongs to it: fetched by the minute, walked by keys, said in words and as a table. */
import { getJson } from "../console/api.js";
import { ageText, el, setText, widget } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { Heat, LETTERS, tallyOf } from "./heat.js";
import { heatStrip } from "./heatstrip.js";
import { clockOf, nameOf, smallTable, STATE_WORDS } from "./words.js";

const REFRESH_MS = 60_000;
const DETAIL_MS = 250;
const DENSE_FROM = 120;
const MOST_LINES = 50;
const WORDS = { ...STATE_WORDS, excluded: gettext("maintenance") };
const byId = (id) => document.getElementById(id);

/**
 * @param {{query: () => any, slugs: () => Set<string>, selected: () => string, pick: (slug: string) => void}} page
 */
export function heatPanel(page) {
  const heat = new Heat();
  const state = widget(byId("heat"));
  const details = new Map();
  let strip = null;
  let loadedMs = 0;
  let wait = 0;
  let shownKey = "";
  byId("heat-table").addEventListener("toggle", drawTable);

  async function load() {
    const { span = "minute", region = "" } = page.query();
    const isSame = strip && heat.columns && span === spanName() && document.body.contains(strip.box);
    const query = new URLSearchParams({ span, ...(region && { region }), ...(isSame && { since: heat.askSince() }) });
    try {
      const answer = await getJson(`/api/v1/samples/heat?${query}`);
      if (!isSame || !heat.extend(answer)) heat.load(isSame ? await getJson(`/api/v1/samples/heat?${new URLSearchParams({ span, ...(region && { region }) })}`) : answer);
      loadedMs = Date.now();
      details.clear();
      draw(true);
    } catch (problem) {
      if (problem.status === 403) state.forbidden("network.view_stampsample");
      else if (loadedMs) state.stale((Date.now() - loadedMs) / 1000);
      else state.error(problem.message, load);
    }
  }

  function spanName() {
    return heat.spanMs === 60_000 ? "minute" : "hour";
  }

  function rows() {
    return heat.rows(page.slugs(), page.query().strip === "name" ? "name" : "worst");
  }

  function draw(isNew = false) {
    if (!loadedMs) return;
    const asked = page.query();
    const key = [page.selected(), page.slugs().size, asked.strip, asked.search, asked.kind, asked.state].join("|");
    if (!isNew && key === shownKey) return undefined;
    shownKey = key;
    const found = rows();
    if (heat.bySlug.size === 0) return state.empty(gettext("Sites that are probed appear here, one line each, as soon as a minute of them was counted."));
    if (!strip || !document.body.contains(strip.box)) {
      strip = heatStrip(byId("heat"), { said, open: (slug) => location.assign(`/network/sites/${slug}`) });
      byId("heat").removeAttribute("aria-busy");
    }
    byId("heat").querySelector(".widget-stale")?.remove();
    strip.show(heat, found, { isDense: found.length > DENSE_FROM, selected: page.selected() });
    return drawTable();
  }

  function said(row, column) {
    page.pick(row.slug);
    const [from, until] = heat.timesOf(column);
    const isDated = heat.spanMs >= 3_600_000;
    const word = WORDS[LETTERS[row.states[column]] || "unknown"];
    const start = interpolate(gettext("%(site)s, %(from)s to %(until)s: %(state)s"), { site: nameOf(row), from: clockOf(from, isDated), until: clockOf(until, isDated), state: word });
    setText(byId("heat-said"), start);
    clearTimeout(wait);
    wait = setTimeout(() => explain(row, from, until, start), DETAIL_MS);
  }

  async function explain(row, from, until, start) {
    const key = `${row.slug} ${from}`;
    if (!details.has(key)) {
      const query = new URLSearchParams({ site: row.slug, span: spanName(), since: new Date(from).toISOString(), until: new Date(until).toISOString() });
      details.set(key, await getJson(`/api/v1/samples/history?${query}`).then(([one]) => one || null, () => undefined));
    }
    const one = details.get(key);
    if (one === undefined || !byId("heat-said").textContent.startsWith(start)) return;
    setText(byId("heat-said"), `${start} · ${one ? figures(one) : gettext("no digest of that time")}`);
  }

  function drawTable() {
    if (!byId("heat-table").open || !heat.columns) return;
    const found = heat.rows(page.slugs(), "worst").filter(({ weight }) => weight > 0);
    const lines = found.slice(0, MOST_LINES).map((row) => [el("a", { href: `/network/sites/${row.slug}` }, nameOf(row)), ...["breached", "at_risk", "unknown", "excluded", "met"].map((name) => String(tallyOf(row.states)[name]))]);
    const unit = spanName() === "minute" ? gettext("Minutes: breached") : gettext("Hours: breached");
    const more = el("p", { class: "muted" }, interpolate(gettext("%(shown)s of %(count)s sites that were not met all the time."), { shown: formatNumber(lines.length), count: formatNumber(found.length) }));
    widget(byId("heat-lines")).show(smallTable([gettext("Site"), unit, gettext("at risk"), gettext("unknown"), gettext("maintenance"), gettext("met")], lines), more);
  }

  setInterval(() => {
    if (document.hidden) return;
    const age = loadedMs ? (Date.now() - loadedMs) / 1000 : null;
    setText(byId("heat-age"), age === null ? "" : interpolate(gettext("counted %(age)s ago"), { age: ageText(age) }));
    if (age !== null && age * 1000 > REFRESH_MS) load();
  }, 5_000);
  state.loading();
  return { load, draw, heat };
}

function figures(one) {
  const ms = (value) => (value === null ? gettext("unknown") : `${formatNumber(value, 2)} ms`);
  const values = { p50: ms(one.p50_ms), p95: ms(one.p95_ms), p99: ms(one.p99_ms), lost: formatNumber(one.lost), packets: formatNumber(one.packets) };
  return interpolate(gettext("p50 %(p50)s, p95 %(p95)s, p99 %(p99)s, %(lost)s of %(packets)s packets lost"), values);
}
