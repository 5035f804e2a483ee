/** Forms of the administration and of the account: sent once, problems in a toast, secrets shown once. */
import { openDialog } from "./dialog.js";
import { byId, el, formatTime } from "./dom.js";
import { errorText, problemText } from "./fielderrors.js";
import { gettext } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {string|null} text @param {string} otherwise @returns {Node|string} */
export const when = (text, otherwise) => (text ? el("time", { datetime: text }, formatTime(text)) : otherwise);

/** @param {string|HTMLFormElement} which @param {(form: any) => Promise<unknown>} action */
export function onSubmit(which, action) {
  const form = typeof which === "string" ? byId(which) : which;
  let isUnderWay = false;
  form?.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (isUnderWay) return; // a second click would make a second one
    isUnderWay = true;
    const button = event.submitter || form.querySelector("button");
    button?.setAttribute("aria-disabled", "true"); // a disabled one would lose the focus
    await attempt(() => action(form));
    button?.removeAttribute("aria-disabled");
    isUnderWay = false;
  });
}

/**
 * A form that stays open, with the reason in its own line (`.field-error` of the page's, not of a field), until what it
 * says could be sent; it is sent once at a time.
 * @param {HTMLFormElement} form @param {() => Promise<unknown>} send
 */
export function sendFrom(form, send) {
  const wrong = /** @type {HTMLElement} */ (form.querySelector(".field-error"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button.primary"));
  let isUnderWay = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    isUnderWay = true;
    button.setAttribute("aria-disabled", "true"); // a disabled one would lose the focus
    [wrong.hidden, wrong.textContent] = [true, ""];
    try {
      await send();
    } catch (problem) {
      [wrong.hidden, wrong.textContent] = [false, problemText(problem)];
    }
    button.removeAttribute("aria-disabled");
    isUnderWay = false;
  });
}

/** A listener for what is under way once at most. @param {() => Promise<unknown>|unknown} action */
export function onceAtATime(action) {
  let isUnderWay = false;
  return async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    await attempt(async () => action());
    isUnderWay = false;
  };
}

/**
 * Organisations in which a page says that its person may do something: slugs, or `*` for all.
 * @param {string} [reach]
 */
export const placesOf = (reach) => (reach || "").split(" ").filter(Boolean);

/**
 * Whether the page's person may change what belongs to all of these organisations; others' rows get no buttons.
 * @param {string|undefined} reach as the page says it: organisations, or `*` for all
 * @param {string[]} slugs
 */
export function reaches(reach, slugs) {
  const own = placesOf(reach);
  return own.includes("*") || (slugs.length > 0 && slugs.every((slug) => own.includes(slug)));
}

/** @param {() => Promise<unknown>} action @returns {Promise<boolean>} whether it went well */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (problem) {
    toast([problem.message, ...(problem.errors || []).map(errorText)].join(" · "), "error");
    return false;
  }
}

/**
 * @param {string} title @param {string} text @param {string} secret one line, or several @returns {HTMLDialogElement}
 */
export function showOnce(title, text, secret) {
  const copy = el("button", { class: "button primary", type: "button" }, gettext("Copy"));
  const lines = secret.split("\n").length;
  const field = /** @type {any} */ (
    lines > 1
      ? el("textarea", { class: "mono", readonly: true, rows: lines, "aria-label": title, id: "shown-once" }, secret)
      : el("input", { class: "mono", readonly: true, value: secret, "aria-label": title, id: "shown-once" })
  );
  copy.addEventListener("click", () => copyFrom(field, secret));
  const dialog = openDialog(title, [text, field], [copy]);
  field.select();
  return dialog;
}

/**
 * Without TLS a browser has no clipboard for pages.
 * @param {HTMLInputElement|HTMLTextAreaElement} field @param {string} secret
 */
async function copyFrom(field, secret) {
  try {
    await navigator.clipboard.writeText(secret);
    toast(gettext("Copied"));
  } catch {
    field.focus();
    field.select();
    toast(
      gettext("The browser does not let this page copy. The text is selected: copy it with the keyboard."),
      "error",
    );
  }
}
