/** The picker of the time that all charts of a page show: the same on every page; it writes the address. */
import { el, formatTime, replace, setText } from "./dom.js";
import { gettext, interpolate } from "./i18n.js";
import { SPANS } from "./timerange.js";

const MINE = ["span", "from", "until"];

/**
 * @param {HTMLElement} node
 * @param {import("./timerange.js").TimeRange} range
 */
export function timePicker(node, range) {
  const select = el(
    "select",
    { "aria-label": gettext("Time shown on all charts"), onchange: () => range.choose(select.value) },
    ...range.names.map((name) => el("option", { value: name }, SPANS[name].word)),
  );
  const live = button("live", gettext("Up to now"), gettext("Up to now"), () => range.live());
  const shown = el("span", { class: "muted nowrap", role: "status" });
  replace(
    node,
    el("span", { class: "muted", "aria-hidden": "true" }, gettext("Time shown")),
    select,
    button("earlier", "‹", gettext("Earlier"), () => range.move(-0.5)),
    button("later", "›", gettext("Later"), () => range.move(0.5)),
    button("closer", "+", gettext("A shorter time"), () => range.closer()),
    button("farther", "−", gettext("A longer time"), () => range.farther()),
    live,
    shown,
  );
  const refresh = () => {
    select.value = range.name;
    live.hidden = range.isLive;
    const [from, until] = range.shownS.map((atS) => formatTime(atS * 1000));
    setText(shown, range.isLive ? "" : interpolate(gettext("%(from)s to %(until)s"), { from, until }));
  };
  refresh();
  range.onChange(() => {
    refresh();
    remember(range);
  });
}

/** @param {string} name @param {string} mark @param {string} word @param {() => unknown} onclick */
function button(name, mark, word, onclick) {
  const isWord = mark === word;
  const known = { type: "button", dataset: { time: name }, onclick, class: "button small" };
  return el("button", isWord ? known : { ...known, "aria-label": word, title: word }, mark);
}

/** @param {import("./timerange.js").TimeRange} range */
function remember(range) {
  const query = new URLSearchParams(location.search);
  for (const name of MINE) query.delete(name);
  for (const [name, value] of Object.entries(range.query())) query.set(name, value);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}
