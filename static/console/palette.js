/** The search palette: pages, what can be done on this one, and whatever the apps can find. Opened by `/`. */
import { getJson } from "./api.js";
import { el, replace } from "./dom.js";
import { gettext, interpolate } from "./i18n.js";
import { bindings } from "./keyboard.js";
import { within } from "./within.js";

const WAIT_MS = 150;
const LONGEST_MS = 20_000; // who looks for a page is not kept from it by a line that is lost
const MOST_PER_SOURCE = 8;
const isChinese = document.documentElement.lang.startsWith("zh");

/** @typedef {{label: string, detail?: string, url?: string, run?: () => void}} Found `run`: of what is no place */
/**
 * @typedef {{dialog: HTMLDialogElement, input: HTMLInputElement, list: HTMLElement, found: Found[], active: number,
 *   aborter: AbortController, timer: number, shown: string|null, isEntered: boolean}} Palette `shown`: of which text
 * the list is
 * @typedef {{word: string, found: Found[]}} Group
 * @typedef {{kind: string, found: {name_en: string, name_zh: string, detail: string, url: string}[]}} FoundGroup
 */
/** Go to something found. A page may handle `loft:go` itself instead of loading anew. @param {string} url */
export function go(url) {
  const event = new CustomEvent("loft:go", { detail: new URL(url, location.href), cancelable: true });
  if (document.dispatchEvent(event)) location.assign(url);
}

/** Open the palette. */
export function openPalette() {
  if (document.querySelector("dialog[open]")) return;
  const list = el("ul", { class: "palette-list", role: "listbox", id: "palette-list", "aria-label": gettext("Found") });
  const input = /** @type {HTMLInputElement} */ (
    el("input", {
      type: "search",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "palette-list",
      autocomplete: "off",
      "aria-label": gettext("Search"),
      placeholder: gettext("Drone, site, factory, machine, alarm, corridor, district, page, action"),
    })
  );
  const dialog = /** @type {HTMLDialogElement} */ (
    el("dialog", { class: "palette", "aria-label": gettext("Search") }, input, list)
  );
  /** @type {Palette} */
  const palette = {
    dialog,
    input,
    list,
    found: [],
    active: 0,
    aborter: new AbortController(),
    timer: 0,
    shown: null,
    isEntered: false,
  };
  input.addEventListener("input", () => {
    clearTimeout(palette.timer);
    palette.isEntered = false;
    palette.timer = setTimeout(() => search(palette), WAIT_MS);
  });
  input.addEventListener("keydown", (event) => onKey(palette, event));
  dialog.addEventListener("close", () => (palette.aborter.abort(), dialog.remove()));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  search(palette);
}

/** @param {Palette} palette */
async function search(palette) {
  palette.aborter.abort();
  palette.aborter = new AbortController();
  const { signal } = palette.aborter;
  const text = palette.input.value.trim();
  const { groups: others, missing } = await answered(things(text, signal));
  if (signal.aborted) return;
  const own = [
    { word: gettext("Pages"), found: places(text) },
    { word: gettext("Actions"), found: actions(text) },
  ];
  palette.shown = text;
  show(
    palette,
    [...own, ...others].filter((group) => group.found.length),
    missing,
  );
  if (palette.isEntered && palette.found.length) choose(palette, palette.found[0]);
}

/**
 * Pages are found without the server, too; but what was not looked through is not told to hold nothing.
 * @param {Promise<Group[]>} search
 * @returns {Promise<{groups: Group[], missing: string}>} `missing`: why it is not known
 */
export const answered = (search) =>
  search.then(
    (groups) => ({ groups, missing: "" }),
    (problem) => ({
      groups: [],
      missing: interpolate(gettext("Only pages and actions were searched. %(reason)s"), { reason: problem.message }),
    }),
  );

/** @param {string} words */
const sentence = (words) => el("li", { class: "palette-empty", role: "option", "aria-disabled": "true" }, words);

/** @param {Palette} palette @param {Group[]} groups @param {string} missing why not all was searched */
function show(palette, groups, missing) {
  palette.found = groups.flatMap((group) => group.found);
  palette.active = 0;
  if (!palette.found.length)
    return replace(palette.list, sentence(missing || gettext("Nothing found. Try a part of the name or serial.")));
  let index = 0;
  replace(
    palette.list,
    ...groups.flatMap((group) => [
      el("li", { class: "palette-group", role: "presentation" }, group.word),
      ...group.found.map((item) => row(palette, item, index++)),
    ]),
    missing && sentence(missing),
  );
  mark(palette);
}

/** @param {Palette} palette @param {Found} item @param {number} index */
function row(palette, item, index) {
  return el(
    "li",
    { class: "palette-item", role: "option", id: `palette-${index}`, onclick: () => choose(palette, item) },
    el("span", null, item.label),
    item.detail && el("span", { class: "muted" }, item.detail),
  );
}

/** @param {Palette} palette @param {KeyboardEvent} event */
function onKey(palette, event) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step && palette.found.length) {
    event.preventDefault();
    palette.active = (palette.active + step + palette.found.length) % palette.found.length;
    mark(palette);
  } else if (event.key === "Enter") {
    event.preventDefault();
    enter(palette);
  }
}

/**
 * Go to what is marked. What is listed may be of an earlier text: then to the first that is found for this one.
 * @param {Palette} palette
 */
function enter(palette) {
  if (palette.input.value.trim() === palette.shown) {
    if (palette.found[palette.active]) choose(palette, palette.found[palette.active]);
    return;
  }
  clearTimeout(palette.timer);
  palette.isEntered = true;
  search(palette);
}

/** @param {Palette} palette */
function mark(palette) {
  for (const node of palette.list.querySelectorAll(".palette-item")) {
    const isActive = node.id === `palette-${palette.active}`;
    node.setAttribute("aria-selected", String(isActive));
    if (isActive) node.scrollIntoView({ block: "nearest" });
  }
  palette.input.setAttribute("aria-activedescendant", `palette-${palette.active}`);
}

/** @param {Palette} palette @param {Found} item */
function choose(palette, item) {
  palette.dialog.close();
  if (item.run) item.run();
  else if (item.url) go(item.url);
}

/** @param {string} text @returns {Found[]} */
function places(text) {
  const links = [...document.querySelectorAll("a.rail-place, a.found-place")];
  return links
    .map((link) => ({ label: link.textContent.trim(), url: link.getAttribute("href") || "" }))
    .filter((place) => place.label.toLowerCase().includes(text.toLowerCase()))
    .slice(0, text ? MOST_PER_SOURCE : undefined);
}

/** What keys do on this page, by their words. @param {string} text @returns {Found[]} */
function actions(text) {
  if (!text) return [];
  return bindings()
    .filter(({ word }) => word.toLowerCase().includes(text.toLowerCase()))
    .map(({ key, word, run }) => ({ label: word, detail: key, run }))
    .slice(0, MOST_PER_SOURCE);
}

/** @param {string} text @param {AbortSignal} signal @returns {Promise<Group[]>} everything else that holds it */
async function things(text, signal) {
  if (!text) return [];
  /** @type {FoundGroup[]} */
  const answer = await getJson(`/api/v1/search?${new URLSearchParams({ search: text })}`, {
    signal: within(LONGEST_MS, signal),
  });
  return answer.map(groupOf);
}

/** As the server answers it. @param {FoundGroup} group @returns {Group} */
export function groupOf({ kind, found }) {
  return {
    word: kind,
    found: found.map(({ name_en, name_zh, detail, url }) => ({
      label: (isChinese && name_zh) || name_en || detail,
      detail,
      url,
    })),
  };
}
