/** Members of an organisation: their roles, each with its form, and taking them out. */
import { sendJson } from "../api.js";
import { confirmAction } from "../dialog.js";
import { byId, el, replace } from "../dom.js";
import { attempt, onSubmit } from "../forms.js";
import { gettext, interpolate } from "../i18n.js";

/** @param {any} organisation */
export const path = (organisation) => `/api/v1/organisations/${encodeURIComponent(organisation.slug)}`;

const isChinese = document.documentElement.lang.startsWith("zh");
/** What it is called, in the reader's language. @param {any} organisation @returns {string} */
export const nameOf = (organisation) => (isChinese && organisation.name_zh) || organisation.name_en;

/** @param {string} id @returns {any} */
export function copyOf(id) {
  return byId(id).content.cloneNode(true);
}

/** @param {any} item @param {string} username */
export const memberPath = (item, username) => `${path(item)}/members/${encodeURIComponent(username)}`;

/**
 * Arrow keys go through the roles one by one, so choosing one is not yet giving it.
 * @param {any} item @param {any} member @param {() => unknown} reload
 */
export function roleForm(item, member, reload) {
  const select = /** @type {HTMLSelectElement} */ (
    el("select", { "aria-label": interpolate(gettext("Role of %(username)s"), member) })
  );
  replace(select, ...copyOf("roles").children);
  select.value = member.role;
  const save = el(
    "button",
    {
      class: "button small",
      "aria-label": interpolate(gettext("Save the role of %(username)s"), member),
      dataset: { focus: `save-${member.username}` },
    },
    gettext("Save"),
  );
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "row", autocomplete: "off" }, select, save));
  onSubmit(form, async () => {
    try {
      await sendJson("PUT", memberPath(item, member.username), { role: select.value });
    } finally {
      reload();
    }
  });
  return form;
}

/** @param {any} row @param {any} member @param {() => unknown} reload */
export function removeButton(row, member, reload) {
  const remove = async () => {
    const consequence = interpolate(gettext("%(username)s sees and changes nothing of %(slug)s any more, at once."), {
      ...member,
      slug: nameOf(row),
    });
    if (!(await confirmAction(gettext("Remove this member?"), consequence, gettext("Remove")))) return;
    await attempt(() => sendJson("DELETE", memberPath(row, member.username)));
    reload();
  };
  return el(
    "button",
    {
      class: "button small",
      type: "button",
      "aria-label": interpolate(gettext("Remove %(username)s"), member),
      dataset: { focus: `remove-${member.username}` },
      onclick: remove,
    },
    gettext("Remove"),
  );
}
