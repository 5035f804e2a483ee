/** Buttons and fields that cannot be used say why, by pointer and to readers of screens. The one way to disable any. */
import { gettext } from "./i18n.js";

/** Why there is no way back or forth in a list. */
export const FIRST_PAGE = gettext("This is the beginning of the list.");
export const LAST_PAGE = gettext("This is the end of the list.");
/** Why a field asks for nothing: what is chosen elsewhere in the form has no use for it. */
export const NOT_ASKED = gettext("What is chosen above does not ask for this.");
/** Why what was pressed cannot be pressed again yet. */
export const UNDER_WAY = gettext("It is being sent.");

/**
 * Disable a control for a reason, or let it be used where there is none.
 * @param {HTMLElement & {disabled: boolean}} control
 * @param {string|false|null|undefined} reason a sentence
 */
export function bar(control, reason) {
  control.disabled = Boolean(reason);
  if (reason) control.title = reason;
  else control.removeAttribute("title");
}

/** The attributes of a control that is made, barred for a reason or not. @param {string|false|null|undefined} reason */
export const barred = (reason) => ({ disabled: Boolean(reason), title: reason || null });
