/** Parts of the account's page: buttons, changing the password, and asking for what shows that it is the person. */
import { sendJson } from "../api.js";
import { openDialog } from "../dialog.js";
import { el } from "../dom.js";
import { onSubmit } from "../forms.js";
import { gettext } from "../i18n.js";
import { reloadAndTell, toast } from "../toast.js";

/** @param {any} form */
export async function changePassword(form) {
  const fields = form.elements;
  if (fields.new_password.value !== fields.again.value)
    return toast(gettext("The new password was typed differently the second time."), "error");
  await sendJson("POST", "/api/v1/me/password", {
    current_password: fields.current_password.value,
    new_password: fields.new_password.value,
  });
  form.reset();
  // this one's key is another, too
  reloadAndTell(gettext("Your password is changed. All your other sessions have ended."));
}

/**
 * Keep what was chosen of units and tables; this page follows at once, others as they are next opened. What was not
 * taken is chosen no more.
 * @param {any} event
 */
export async function chooseDisplay({ currentTarget: form, target: { name } }) {
  try {
    const kept = await sendJson("PATCH", "/api/v1/me/display", { [name]: form.elements[name].value });
    applyDisplay(kept);
    for (const option of form.elements[name].options) option.defaultSelected = option.value === kept[name];
    toast(gettext("Kept. Other open pages follow when they are opened again."));
  } catch (problem) {
    form.reset();
    toast(problem.message, "error");
  }
}

/** Show the page as chosen. @param {Record<string, string>} kept */
export function applyDisplay(kept) {
  const { dataset } = document.documentElement;
  [dataset.lengthUnit, dataset.speedUnit] = [kept.length_unit, kept.speed_unit];
  [dataset.temperatureUnit, dataset.density] = [kept.temperature_unit, kept.table_density];
}

/**
 * Ask for what shows that it is the person.
 * @param {string} title @param {boolean} withCode @param {string} verb
 * @param {(fields: any) => Promise<() => unknown>} action returns what follows once the question is closed: what it
 *   opens, and what waits for that to be closed, is another dialog
 */
export function ask(title, withCode, verb, action) {
  const form = el(
    "form",
    { class: "form", autocomplete: "off" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "ask-password" }, gettext("Your password")),
      el("input", {
        id: "ask-password",
        name: "password",
        type: "password",
        autocomplete: "current-password",
        required: true,
      }),
    ),
    withCode &&
      el(
        "div",
        { class: "field" },
        el("label", { for: "ask-code" }, gettext("A code, or a recovery code")),
        el("input", {
          id: "ask-code",
          name: "code",
          class: "mono",
          autocomplete: "one-time-code",
          maxlength: 40,
          required: true,
        }),
      ),
    el("button", { class: "button primary" }, verb),
  );
  const dialog = openDialog(title, [form]);
  onSubmit(form, async () => {
    const next = await action(form.elements);
    dialog.close();
    next();
  });
}
