/** Below a list that is turned page by page: where one is, and the way to the other pages. */
import { barred, FIRST_PAGE, LAST_PAGE } from "./barred.js";
import { el } from "./dom.js";
import { formatNumber, gettext, interpolate } from "./i18n.js";

/**
 * Which rows of how many are shown, and buttons to the others.
 * @param {{offset: number, last: number, count: number, rows: number}} place `rows`: of a page
 * @param {(to: number) => unknown} go
 */
export function pagerOf({ offset, last, count, rows }, go) {
  /** @param {string} focus @param {string} word @param {number} to @param {string|false} reason why it is of no use */
  const button = (focus, word, to, reason) =>
    el(
      "button",
      { class: "button small", type: "button", dataset: { focus }, ...barred(reason), onclick: () => go(to) },
      word,
    );
  const place = { first: formatNumber(offset + 1), last: formatNumber(last), count: formatNumber(count) };
  return el(
    "div",
    { class: "pager" },
    interpolate(gettext("%(first)s to %(last)s of %(count)s"), place),
    button("earlier", gettext("Earlier"), offset - rows, offset === 0 && FIRST_PAGE),
    button("next", gettext("Next"), offset + rows, last >= count && LAST_PAGE),
  );
}
