/** Forms of the administration and of the account: sent once, problems in a toast, secrets shown once. */
import { openDialog } from "./dialog.js";
import { el, formatTime } from "./dom.js";
import { gettext } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {string|null} text @param {string} otherwise @returns {Node|string} */
export const when = (text, otherwise) => (text ? el("time", { datetime: text }, formatTime(text)) : otherwise);

/** @param {string|HTMLFormElement} which @param {(form: any) => Promise<unknown>} action */
export function onSubmit(which, action) {
  const form = typeof which === "string" ? byId(which) : which;
  form?.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (event.submitter || form.querySelector("button"));
    if (button.disabled) return;
    button.disabled = true; // a second click would make a second one
    await attempt(() => action(form));
    button.disabled = false;
  });
}

/** @param {() => Promise<unknown>} action @returns {Promise<boolean>} whether it went well */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (problem) {
    const errors = (problem.errors || []).map((/** @type {import("./api.js").FieldError} */ error) => `${error.field}: ${error.expected}`);
    toast([problem.message, ...errors].join(" · "), "error");
    return false;
  }
}

/** @param {string} title @param {string} text @param {string} secret one line, or several */
export function showOnce(title, text, secret) {
  const copy = el("button", { class: "button primary", type: "button" }, gettext("Copy"));
  const lines = secret.split("\n").length;
  const field = /** @type {any} */ (
    lines > 1
      ? el("textarea", { class: "mono", readonly: true, rows: lines, "aria-label": title, id: "shown-once" }, secret)
      : el("input", { class: "mono", readonly: true, value: secret, "aria-label": title, id: "shown-once" })
  );
  copy.addEventListener("click", () => navigator.clipboard?.writeText(secret).then(() => toast(gettext("Copied")), () => field.select()));
  openDialog(title, [text, field], [copy]);
  field.select();
}
