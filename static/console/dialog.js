/** Dialogs: a heading, a body, and for wide actions a confirmation that names the consequence. */
import { el, focusAgain, icon } from "./dom.js";
import { gettext } from "./i18n.js";

/**
 * Open a modal dialog; it removes itself when closed. Messages show within it meanwhile, for what is outside can be
 * neither pressed nor read out. The focus goes back to what opened it, also when that was drawn anew meanwhile.
 * @param {string} title
 * @param {Array<Node|string>} body
 * @param {Array<HTMLElement>} [actions]
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, body, actions = []) {
  const opener = /** @type {HTMLElement|null} */ (document.activeElement);
  const close = el("button", { class: "icon-button", type: "button", "aria-label": gettext("Close") }, icon("close"));
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { "aria-label": title },
      el("div", { class: "dialog-head" }, el("h2", null, title), close),
      el("div", { class: "dialog-body" }, ...body),
      actions.length > 0 && el("div", { class: "dialog-foot" }, ...actions),
    )
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => ended(dialog, opener));
  document.body.append(dialog);
  dialog.showModal();
  seatToasts(dialog);
  return dialog;
}

/** @param {HTMLDialogElement} dialog @param {HTMLElement|null} opener */
function ended(dialog, opener) {
  const others = [...document.querySelectorAll("dialog[open]")].filter((other) => other !== dialog);
  if (dialog.querySelector("#toasts")) seatToasts(others.at(-1) || document.body);
  dialog.remove();
  const active = document.activeElement;
  if (!opener?.isConnected && (!active || active === document.body)) focusAgain(document, opener?.dataset.focus);
}

/** @param {Element} place */
function seatToasts(place) {
  const toasts = document.getElementById("toasts");
  if (toasts) place.append(toasts);
}

/**
 * Ask before a wide action. Resolves to whether the person agreed.
 * @param {string} title
 * @param {string} consequence
 * @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirmAction(title, consequence, verb) {
  return new Promise((resolve) => {
    const yes = el("button", { class: "button danger", type: "button" }, verb);
    const no = el("button", { class: "button", type: "button" }, gettext("Cancel"));
    const dialog = openDialog(title, [consequence], [no, yes]);
    yes.addEventListener("click", () => (resolve(true), dialog.close()));
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve(false));
  });
}
