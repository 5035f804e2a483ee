/** A form made from fields: values as the REST API wants them, errors of problem details at the field they name. */
import { getJson } from "../console/api.js";
import { el, replace } from "../console/dom.js";
import { gettext } from "../console/i18n.js";
import { nameOf } from "./words.js";

/**
 * @typedef {import("./inventoryfields.js").Field} Field
 * @typedef {import("../console/api.js").FieldError} FieldError
 * @typedef {HTMLInputElement|HTMLSelectElement|HTMLTextAreaElement} Input
 * @typedef {Map<string, {field: Field, input: Input}>} Controls by the fields' names
 */

const WAIT_MS = 200;
const SUGGESTED = 12;
const zone = document.documentElement.dataset.timeZone || "UTC";

/**
 * @param {import("./inventoryfields.js").Field[]} fields
 * @param {any} row the record as it is; null for a new one
 * @returns {{nodes: HTMLElement[], values: () => Record<string, any>, changed: () => Record<string, any>,
 *   showErrors: (errors: FieldError[]) => FieldError[]}}
 */
export function formOf(fields, row) {
  /** @type {Controls} */
  const controls = new Map();
  const nodes = fields.map((field) => nodeOf(field, row, controls));
  const values = () =>
    Object.fromEntries([...controls].map(([name, { field, input }]) => [name, filledIn(field, input)]));
  const before = values();
  return {
    nodes,
    values,
    changed: () =>
      Object.fromEntries(
        Object.entries(values()).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
      ),
    showErrors: (errors) => showErrors(controls, errors),
  };
}

/** @param {Field} field @param {any} row @param {Controls} controls */
function nodeOf(field, row, controls) {
  const id = `r-${field.name}`;
  const input = controlOf(field, id, row ? row[field.name] : field.initial);
  if (row && field.isFixed) input.disabled = true;
  controls.set(field.name, { field, input });
  const word = field.unit ? [field.word, el("span", { class: "unit" }, ` ${field.unit}`)] : [field.word];
  if (field.type === "flag") return el("div", { class: "field flag" }, el("label", { class: "row" }, input, ...word));
  if (field.hint) input.setAttribute("aria-describedby", `${id}-hint`);
  const list = field.type === "lookup" && suggestions(input, field.from || "");
  return el(
    "div",
    { class: field.type === "number" ? "field half" : "field" },
    el("label", { for: id }, ...word),
    input,
    list,
    field.hint && el("span", { class: "hint", id: `${id}-hint` }, field.hint),
  );
}

/** @param {Field} field @param {string} id @param {any} value @returns {Input} */
function controlOf(field, id, value) {
  const common = { id, name: field.name, autocomplete: "off", required: !field.isOptional };
  if (field.type === "flag")
    return withValue(el("input", { ...common, required: null, type: "checkbox", checked: value === true }));
  if (field.type === "choice")
    return withValue(
      el(
        "select",
        common,
        ...Object.entries(field.options || {}).map(([name, word]) => el("option", { value: name }, word)),
      ),
      value,
    );
  if (field.type === "path")
    return withValue(
      el("textarea", { ...common, rows: 6, class: "mono" }),
      (value || []).map((/** @type {number[]} */ point) => point.join(", ")).join("\n"),
    );
  if (field.type === "number")
    return withValue(el("input", { ...common, type: "number", step: "any", min: field.least, max: field.most }), value);
  return withValue(el("input", { ...common, maxlength: 253, class: field.type === "text" ? null : "mono" }), value);
}

/** @template {Input} T @param {T} input @param {any} [value] @returns {T} */
function withValue(input, value) {
  if (value !== undefined && value !== null) input.value = String(value);
  return input;
}

/** @param {Field} field @param {Input} input */
function filledIn(field, input) {
  if (field.type === "flag") return /** @type {HTMLInputElement} */ (input).checked;
  const text = input.value.trim();
  if (field.type === "number")
    return input.validity.badInput ? gettext("not a number") : text === "" ? null : Number(text);
  if (field.type === "path")
    return text
      .split("\n")
      .filter((line) => line.trim())
      .map((line) =>
        line
          .split(/[,\s]+/)
          .filter(Boolean)
          .map((part) => (Number.isFinite(Number(part)) ? Number(part) : part)),
      );
  return text;
}

/**
 * Show each error at its field; return those that name none of them.
 * @param {Controls} controls @param {FieldError[]} errors
 */
function showErrors(controls, errors) {
  for (const { input } of controls.values()) clear(input);
  const rest = errors.filter((error) => {
    const found = controls.get(String(error.field).split(/[.[]/)[0]);
    if (found) mark(found.input, error.expected);
    return !found;
  });
  [...controls.values()].find(({ input }) => input.hasAttribute("aria-invalid"))?.input.focus();
  return rest;
}

/** Mark a control as wrong and say why beside it. @param {HTMLElement} input @param {string} words */
export function mark(input, words) {
  clear(input);
  input.setAttribute("aria-invalid", "true");
  describe(input, [...described(input), errorId(input)]);
  input.closest(".field")?.append(el("span", { class: "field-error", id: errorId(input) }, words));
}

/** @param {HTMLElement} input */
export function clear(input) {
  document.getElementById(errorId(input))?.remove();
  input.removeAttribute("aria-invalid");
  describe(
    input,
    described(input).filter((id) => id !== errorId(input)),
  );
}

/** @param {HTMLElement} input */
const errorId = (input) => `${input.id}-error`;
/** @param {HTMLElement} input */
const described = (input) => (input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);

/** @param {HTMLElement} input @param {string[]} ids */
function describe(input, ids) {
  if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
  else input.removeAttribute("aria-describedby");
}

/** Offer records by name while a key is typed. @param {Input} input @param {string} from the list of the API */
function suggestions(input, from) {
  const list = el("datalist", { id: `${input.id}-list` });
  let timer = 0;
  input.setAttribute("list", list.id);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      /** @type {{results: any[]}} */
      const found = await getJson(`/api/v1/${from}?search=${encodeURIComponent(input.value)}&limit=${SUGGESTED}`).catch(
        () => ({ results: [] }),
      );
      replace(list, ...found.results.map((row) => el("option", { value: row.slug }, nameOf(row))));
    }, WAIT_MS);
  });
  return list;
}

/**
 * The moment that a wall clock of the console's time zone shows. Null for an empty text.
 * @param {string} text as `datetime-local` gives it, "2026-06-01T12:00"
 */
export function momentOf(text) {
  if (!text) return null;
  const wall = Date.parse(`${text}Z`);
  const guess = wall - offsetMs(wall);
  return new Date(wall - offsetMs(guess)).toISOString();
}

/** What a wall clock of the console's time zone shows at a moment, as `datetime-local` takes it. @param {string} at */
export function wallOf(at) {
  const moment = Date.parse(at);
  return new Date(moment + offsetMs(moment)).toISOString().slice(0, 16);
}

/** How far the zone's wall clock is ahead of UTC at a moment. @param {number} moment */
function offsetMs(moment) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(moment);
  const of = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second) - Math.floor(moment / 1000) * 1000;
}
