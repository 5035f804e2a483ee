/** A form made from fields: values as the REST API wants them, errors of problem details at the field they name. */
import { bar } from "../../console/barred.js";
import { getJson } from "../../console/api.js";
import { el, replace } from "../../console/dom.js";
import { clear, markErrors } from "../../console/fielderrors.js";
import { gettext } from "../../console/i18n.js";
import { onceQuiet } from "../../console/soon.js";
import { nameOf } from "../words.js";

/**
 * @typedef {import("./inventoryfields.js").Field} Field
 * @typedef {import("../../console/api.js").FieldError} FieldError
 * @typedef {HTMLInputElement|HTMLSelectElement|HTMLTextAreaElement} Input
 * @typedef {Map<string, {field: Field, input: Input}>} Controls by the fields' names
 */

const WAIT_MS = 200;
const SUGGESTED = 12;

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
  if (row && field.isFixed) bar(input, gettext("It tells the record apart for good, so it never changes."));
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
  const inputs = [...controls.values()].map(({ input }) => input);
  inputs.forEach(clear);
  const rest = markErrors(errors, (name) => controls.get(name)?.input);
  inputs.find((input) => input.hasAttribute("aria-invalid"))?.focus();
  return rest;
}

/** Offer records by name while a key is typed. @param {Input} input @param {string} from the list of the API */
function suggestions(input, from) {
  const list = el("datalist", { id: `${input.id}-list` });
  input.setAttribute("list", list.id);
  const look = async () => {
    /** @type {{results: any[]}} */
    const answer = await getJson(`/api/v1/${from}?search=${encodeURIComponent(input.value)}&limit=${SUGGESTED}`).catch(
      () => ({ results: [] }),
    );
    replace(list, ...answer.results.map((row) => el("option", { value: row.slug }, nameOf(row))));
  };
  input.addEventListener("input", onceQuiet(look, WAIT_MS));
  return list;
}
