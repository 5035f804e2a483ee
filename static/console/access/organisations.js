/** Organisations: list, add, change, end; and who belongs to each in which role. */
import { getAll, sendJson } from "../api.js";
import { confirmAction, openDialog } from "../dialog.js";
import { byId, chip, el, keepFocus, widget } from "../dom.js";
import { attempt, onSubmit, reaches } from "../forms.js";
import { gettext, interpolate } from "../i18n.js";
import { listing } from "../listing.js";
import { roleWord } from "./role_words.js";
import { copyOf, memberPath, nameOf, path, removeButton, roleForm } from "./organisationmembers.js";
import { tableOf } from "../table.js";

const page = byId("organisations");
const mayChange = page.dataset.mayChange === "yes";
const isChinese = document.documentElement.lang.startsWith("zh");
const kindWords = Object.fromEntries(
  [...copyOf("kinds").querySelectorAll("label")].map((label) => [
    label.querySelector("input").value,
    label.textContent.trim(),
  ]),
);

const list = listing({
  url: "/api/v1/organisations",
  form: byId("filters"),
  table: byId("list"),
  csv: byId("csv"),
  empty: gettext("No organisation fits these filters."),
  columns: [
    { word: gettext("Short name"), order: "slug", cell: (row) => el("code", null, row.slug) },
    {
      word: gettext("Name"),
      order: isChinese ? "name_zh" : "name_en",
      cell: nameOf,
    },
    {
      word: gettext("It is a"),
      cell: (row) => row.kinds.map((/** @type {string} */ kind) => kindWords[kind] || kind).join(", "),
    },
    {
      word: gettext("State"),
      cell: (row) => (row.is_active ? chip("normal", gettext("active")) : chip("unknown", gettext("ended"))),
    },
    { word: gettext("Codes"), cell: (row) => (row.requires_totp ? gettext("required") : gettext("not required")) },
    { word: "", cell: buttonsOf },
  ],
});

onSubmit("new", async (form) => {
  await sendJson("POST", "/api/v1/organisations", {
    ...namesOf(form),
    slug: form.elements.slug.value,
    kinds: kindsOf(form),
  });
  form.reset();
  list.reload();
});

/** @param {any} form */
const namesOf = (form) => ({ name_en: form.elements.name_en.value, name_zh: form.elements.name_zh.value });
/** @param {any} form */
const kindsOf = (form) => [...form.querySelectorAll("[name=kinds]:checked")].map((box) => box.value);

/** @param {any} row */
function buttonsOf(row) {
  const mayManage = reaches(page.dataset.reach, [row.slug]);
  /**
   * @param {string} word @param {(...given: any[]) => unknown} action
   * @param {string} purpose @param {string} [look]
   */
  const small = (word, action, purpose, look = "") =>
    el(
      "button",
      { class: `button small ${look}`, type: "button", dataset: { focus: `${purpose}-${row.slug}` }, onclick: action },
      word,
    );
  return el(
    "div",
    { class: "row" },
    mayManage && small(gettext("Members"), () => openMembers(row), "members"),
    mayManage &&
      small(
        row.requires_totp ? gettext("No longer require codes") : gettext("Require codes"),
        () => demand(row),
        "demand",
      ),
    mayChange && small(gettext("Change"), () => openChange(row), "change"),
    mayChange &&
      (row.is_active
        ? small(gettext("End"), () => end(row), "state", "danger")
        : small(gettext("Begin again"), () => change(row, { is_active: true }), "state")),
  );
}

/** @param {any} item @param {Record<string, any>} changes */
async function change(item, changes) {
  await attempt(() => sendJson("PATCH", path(item), changes));
  list.reload();
}

/** @param {any} item */
async function end(item) {
  const consequence = interpolate(
    gettext(
      "The people and keys of %(slug)s may do nothing any more, at once; open pages of theirs close. What it owns stays, and it can begin again.",
    ),
    { slug: nameOf(item) },
  );
  if (await confirmAction(gettext("End this organisation?"), consequence, gettext("End")))
    await change(item, { is_active: false });
}

/** @param {any} row */
async function demand(row) {
  const consequence = interpolate(
    gettext("Whoever of %(slug)s has not set up codes can do nothing before they have."),
    { slug: nameOf(row) },
  );
  if (!row.requires_totp && !(await confirmAction(gettext("Require codes?"), consequence, gettext("Require codes"))))
    return;
  await attempt(() => sendJson("PUT", `${path(row)}/totp`, { requires_totp: !row.requires_totp }));
  list.reload();
}

/** @param {any} row */
function openChange(row) {
  /** @param {string} name @param {string} word */
  const field = (name, word) =>
    el(
      "div",
      { class: "field" },
      el("label", { for: `c-${name}` }, word),
      el("input", { id: `c-${name}`, name, value: row[name], required: true, maxlength: 120 }),
    );
  const kinds = el("div", { class: "row" }, copyOf("kinds"));
  for (const box of kinds.querySelectorAll("input")) box.checked = row.kinds.includes(box.value);
  const form = el(
    "form",
    { class: "form" },
    field("name_en", gettext("Name in English")),
    field("name_zh", gettext("Name in Chinese")),
    el("fieldset", { class: "field" }, el("legend", { class: "label" }, gettext("It is a")), kinds),
    el("button", { class: "button primary" }, gettext("Save")),
  );
  const dialog = openDialog(nameOf(row), [form]);
  onSubmit(form, async () => {
    await sendJson("PATCH", path(row), { ...namesOf(form), kinds: kindsOf(form) });
    dialog.close();
    list.reload();
  });
}

/** @param {any} item */
function openMembers(item) {
  const place = el("div", { id: "members" });
  const role = el("select", { id: "m-role", name: "role" }, copyOf("roles"));
  const form = el(
    "form",
    { class: "toolbar", autocomplete: "off" },
    el(
      "div",
      { class: "field" },
      el("label", { for: "m-name" }, gettext("User name")),
      el("input", { id: "m-name", name: "username", required: true, maxlength: 150 }),
    ),
    el("div", { class: "field" }, el("label", { for: "m-role" }, gettext("Role")), role),
    el("button", { class: "button primary" }, gettext("Add this member")),
  );
  openDialog(interpolate(gettext("Members of %(slug)s"), { slug: nameOf(item) }), [form, place]);
  const reload = () => loadMembers(item, place, reload);
  onSubmit(form, async () => {
    await sendJson("PUT", memberPath(item, form.elements.username.value), { role: form.elements.role.value });
    form.reset();
    reload();
  });
  reload();
}

/** @param {any} row @param {HTMLElement} place @param {() => unknown} reload */
async function loadMembers(row, place, reload) {
  const state = widget(place);
  if (!place.firstChild) state.loading();
  try {
    const members = await getAll(`/api/v1/members?organisation__slug=${encodeURIComponent(row.slug)}`);
    const rows = members.map((member) => rowOf(row, member, reload));
    keepFocus(place, () =>
      rows.length
        ? state.show(tableOf([gettext("User name"), gettext("Role"), ""], rows))
        : state.empty(gettext("Nobody belongs to it yet.")),
    );
  } catch (problem) {
    state.error(problem.message, reload);
  }
}

/**
 * One's own role is for another administrator to change.
 * @param {any} item @param {any} member @param {() => unknown} reload
 */
function rowOf(item, member, reload) {
  if (member.username === page.dataset.person) return [member.username, roleWord(member.role), ""];
  return [member.username, roleForm(item, member, reload), removeButton(item, member, reload)];
}
