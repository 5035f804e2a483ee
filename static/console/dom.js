/** Building blocks of pages: elements, ages, times, and the states a widget can be in. */
import { formatNumber, gettext, interpolate } from "./i18n.js";
import { watch } from "./lineunknown.js";
import { refusalText } from "./rights.js";
import { unitFor, valueFor } from "./units.js";

const root = document.documentElement;

/** @typedef {Node|string|number|boolean|null|undefined} Child `false` and what is null or undefined is left out */

/**
 * Make an element. `on…` attributes are listeners, `dataset` is a mapping, true/false switch attributes.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>|null} [attrs]
 * @param {...(Child|Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) set(node, name, value);
  node.append(...shown(children));
  return node;
}

/** @param {Array<Child|Child[]>} children @returns {Array<Node|string>} */
function shown(children) {
  const some = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  return /** @type {Array<Node|string>} */ (some); // the browser writes numbers as text
}

/** @param {HTMLElement} node @param {string} name @param {any} value */
function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** @param {Element} node @param {...(Child|Child[])} children */
export function replace(node, ...children) {
  node.replaceChildren(...shown(children));
}

/** What the page's template has under this name. @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * Set a text only when it changed, so that readers and layout are left in peace.
 * @param {Element} node @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * What has the focus keeps it when its surroundings are drawn anew: it is found again by `data-focus`. When it is gone,
 * its surroundings have the focus, so that nobody at the keyboard starts again at the top of the page.
 * @param {HTMLElement} node @param {() => void} drawAnew
 */
export function keepFocus(node, drawAnew) {
  const active = /** @type {HTMLElement|null} */ (document.activeElement);
  const isInside = node.contains(active);
  drawAnew();
  if (!isInside || !active || node.contains(document.activeElement)) return;
  focusAgain(node, active.dataset.focus);
  if (node.contains(document.activeElement)) return;
  node.setAttribute("tabindex", "-1");
  node.focus({ preventScroll: true });
}

/** @param {ParentNode} node @param {string|undefined} name what `data-focus` says */
export function focusAgain(node, name) {
  if (name) /** @type {HTMLElement|null} */ (node.querySelector(`[data-focus="${CSS.escape(name)}"]`))?.focus();
}

/**
 * An element of a drawing.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string|number|boolean>} attrs @param {...(Node|string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attrs, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** An icon of ours. @param {string} name */
export const icon = (name) =>
  svg("svg", { "aria-hidden": "true" }, svg("use", { href: `${root.dataset.icons}#${name}` }));

/** A state: colour, shape and word. @param {string} state @param {string} word */
export function chip(state, word) {
  return el("span", { class: `chip ${state}` }, word);
}

/**
 * A number with its unit, as the reader wants both, or the word that it is unknown.
 * @param {number|null|undefined} value @param {string} unit in which it comes @param {number} [digits]
 */
export function quantity(value, unit, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return el("span", { class: "muted" }, gettext("unknown"));
  }
  const number = formatNumber(valueFor(value, unit), digits);
  return el("span", { class: "nowrap" }, number, el("span", { class: "unit" }, ` ${unitFor(unit)}`));
}

/** An age in words: "0.4 s", "12 s", "3 min", "2 h", "4 d". @param {number|null} seconds @returns {string} */
export function ageText(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return gettext("unknown");
  const age = Math.max(0, seconds);
  if (age < 10) return interpolate(gettext("%(count)s s"), { count: formatNumber(age, 1) });
  if (age < 120) return interpolate(gettext("%(count)s s"), { count: Math.floor(age) });
  if (age < 7200) return interpolate(gettext("%(count)s min"), { count: Math.floor(age / 60) });
  if (age < 172800) return interpolate(gettext("%(count)s h"), { count: Math.floor(age / 3600) });
  return interpolate(gettext("%(count)s d"), { count: Math.floor(age / 86400) });
}

/** @type {Intl.DateTimeFormatOptions} */
const PARTS = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZoneName: "shortOffset" };
const zone = root.dataset.timeZone || "UTC";
const clock = new Intl.DateTimeFormat(root.lang, { ...PARTS, timeZone: zone });
const FAR_MS = 180 * 86400e3; // a day without its year could be of two
const yearly = new Intl.DateTimeFormat(root.lang, {
  ...PARTS,
  year: "numeric",
  month: "short",
  day: "numeric",
  timeZone: zone,
});
const dated = new Intl.DateTimeFormat(root.lang, { ...PARTS, month: "short", day: "numeric", timeZone: zone });

/**
 * A time with its zone printed; with the day when it is not today, with the year when it is far away.
 * @param {Date|string|number} value @returns {string}
 */
export function formatTime(value) {
  const date = value instanceof Date ? value : new Date(value);
  if (Number.isNaN(date.getTime())) return gettext("unknown");
  const awayMs = Math.abs(Date.now() - date.getTime());
  return (awayMs < 12 * 3600e3 ? clock : awayMs < FAR_MS ? dated : yearly).format(date);
}

/**
 * What a widget shows was read so long ago. Where that was nothing, it was nothing then: its words tell of the present.
 * @param {HTMLElement} node @param {number} age seconds
 */
function sayStale(node, age) {
  node.querySelector(".widget-stale")?.remove();
  const empty = node.querySelector(".widget-state.empty");
  if (empty)
    replace(
      empty,
      el("strong", null, gettext("Nothing was here then")),
      el("span", null, gettext("What has come since is shown once Loft answers again.")),
    );
  const words = interpolate(gettext("Last updated %(age)s ago"), { age: ageText(age) });
  node.prepend(el("div", { class: "widget-stale" }, words));
}

/**
 * The states of a widget: loading, empty, stale, error, forbidden, or its content.
 * @param {HTMLElement} node
 */
export function widget(node) {
  /** @param {string} kind @param {string} title @param {string|null|undefined} text @param {...Child} more */
  const say = (kind, title, text, ...more) =>
    replace(
      node,
      el("div", { class: `widget-state ${kind}` }, el("strong", null, title), text && el("span", null, text), ...more),
    );
  return {
    loading() {
      node.setAttribute("aria-busy", "true");
      replace(node, skeleton());
      watch(node);
    },
    /** @param {string} text */
    empty(text) {
      done(node);
      say("empty", gettext("Nothing here yet"), text);
      watch(node);
    },
    /** @param {number} age seconds */
    stale(age) {
      sayStale(node, age);
    },
    /** @param {string} text @param {(() => unknown)|null} [retry] */
    error(text, retry) {
      done(node);
      say(
        "error",
        gettext("This could not be loaded"),
        text,
        retry && el("button", { class: "button small", type: "button", onclick: retry }, gettext("Try again")),
      );
    },
    /** @param {string} reason a right, or the server's sentence, which may be of one */
    forbidden(reason) {
      done(node);
      say("forbidden", gettext("Not for you to see"), refusalText(reason));
    },
    /** @param {...(Child|Child[])} children */
    show(...children) {
      done(node);
      replace(node, ...children);
      watch(node);
    },
  };
}

/**
 * Show what is fetched, or in its place why it cannot be had, with a way to ask again.
 * @param {HTMLElement[]} nodes all that wait for it; the first one's widget is handed on
 * @param {string} right without which it is refused
 * @param {(state: ReturnType<typeof widget>) => unknown} fetchAndShow
 */
export async function fetchInto(nodes, right, fetchAndShow) {
  const states = nodes.map(widget);
  try {
    await fetchAndShow(states[0]);
  } catch (problem) {
    for (const state of states)
      if (problem.status === 403) state.forbidden(right);
      else state.error(problem.message, () => fetchInto(nodes, right, fetchAndShow));
  }
}

function skeleton() {
  const lines = [el("span"), el("span"), el("span")];
  return el("div", { class: "skeleton", role: "img", "aria-label": gettext("Loading") }, ...lines);
}

/** @param {HTMLElement} node */
function done(node) {
  node.removeAttribute("aria-busy");
}
