/** Errors of problem details: each beside the field that it names, the others in a line of their own. */
import { el } from "./dom.js";
import { gettext } from "./i18n.js";

/** @typedef {import("./api.js").FieldError} FieldError */

/** The field that an error is of: `route[2]` and `route.site` are of `route`. @param {FieldError} error */
export const fieldOf = ({ field }) => String(field).split(/[.[]/)[0];

/** @param {FieldError} error */
export const errorText = ({ field, expected }) => `${field}: ${expected}`;

/** What was filled in, before what was expected. @param {FieldError} error */
export const givenText = ({ value }) =>
  value === null || value === undefined || value === "" ? gettext("nothing given") : `“${value}”`;

/** All that was wrong in one line. @param {any} problem */
export const problemText = ({ errors, message }) => (errors || []).map(errorText).join(" · ") || message;

/**
 * What is left to say of a problem once the errors of fields stand there.
 * @param {any} problem @param {FieldError[]} rest those at no field
 */
export const restOf = ({ errors, message }, rest) => (errors?.length ? rest.map(errorText) : [message]);

/**
 * Show each error at the control of its field; return those that have none.
 * @param {FieldError[]} errors
 * @param {(field: string) => HTMLElement|null|undefined} controlOf
 * @param {(error: FieldError) => string} [wordsOf]
 */
export const markErrors = (errors, controlOf, wordsOf = ({ expected }) => expected) => {
  /** @type {Map<HTMLElement, string[]>} several errors may be of parts of one field */
  const marks = new Map();
  const rest = errors.filter((error) => {
    const control = controlOf(fieldOf(error));
    const words = fieldOf(error) === error.field ? wordsOf(error) : errorText(error);
    if (control) marks.set(control, [...(marks.get(control) || []), words]);
    return !control;
  });
  marks.forEach((words, control) => mark(control, words.join(" · ")));
  return rest;
};

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
