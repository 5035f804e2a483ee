/** Organisations: list, add, change, end; and who belongs to each in which role. */
import { getAll, sendJson } from "./api.js";
import { confirmAction, openDialog } from "./dialog.js";
import { byId, chip, el, keepFocus, widget } from "./dom.js";
import { attempt, onSubmit, reaches } from "./forms.js";
import { gettext, interpolate } from "./i18n.js";
import { listing } from "./listing.js";
import { roleWord } from "./role_words.js";
import { tableOf } from "./sign_ins.js";
import { copyOf, memberPath, path, removeButton, roleForm } from "./organisationmembers.js";

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
    { word: gettext("Short name"), order: "slug", cell: (one) => one.slug },
    {
      word: gettext("Name"),
      order: isChinese ? "name_zh" : "name_en",
      cell: (one) => (isChinese ? one.name_zh : one.name_en),
    },
    {
      word: gettext("It is a"),
      cell: (one) => one.kinds.map((/** @type {string} */ kind) => kindWords[kind] || kind).join(", "),
    },
    {
      word: gettext("State"),
      cell: (one) => (one.is_active ? chip("normal", gettext("active")) : chip("unknown", gettext("ended"))),
    },
    { word: gettext("Codes"), cell: (one) => (one.requires_totp ? gettext("demanded") : gettext("not demanded")) },
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

/** @param {any} one */
function buttonsOf(one) {
  const mayManage = reaches(page.dataset.reach, [one.slug]);
  /** @param {string} word @param {(...given: any[]) => unknown} action @param {string} deed @param {string} [look] */
  const small = (word, action, deed, look = "") =>
    el(
      "button",
      { class: `button small ${look}`, type: "button", dataset: { focus: `${deed}-${one.slug}` }, onclick: action },
      word,
    );
  return el(
    "div",
    { class: "row" },
    mayManage && small(gettext("Members"), () => openMembers(one), "members"),
    mayManage &&
      small(one.requires_totp ? gettext("Demand no codes") : gettext("Demand codes"), () => demand(one), "demand"),
    mayChange && small(gettext("Change"), () => openChange(one), "change"),
    mayChange &&
      (one.is_active
        ? small(gettext("End"), () => end(one), "state", "danger")
        : small(gettext("Begin again"), () => change(one, { is_active: true }), "state")),
  );
}

/** @param {any} one @param {Record<string, any>} changes */
async function change(one, changes) {
  await attempt(() => sendJson("PATCH", path(one), changes));
  list.reload();
}

/** @param {any} one */
async function end(one) {
  const consequence = interpolate(
    gettext(
      "The people and keys of %(slug)s may do nothing any more, at once; open pages of theirs close. What it owns stays, and it can begin again.",
    ),
    one,
  );
  if (await confirmAction(gettext("End this organisation?"), consequence, gettext("End")))
    await change(one, { is_active: false });
}

/** @param {any} one */
async function demand(one) {
  const consequence = interpolate(
    gettext("Whoever of %(slug)s has not set up codes can do nothing before they have."),
    one,
  );
  if (!one.requires_totp && !(await confirmAction(gettext("Demand codes?"), consequence, gettext("Demand codes"))))
    return;
  await attempt(() => sendJson("PUT", `${path(one)}/totp`, { requires_totp: !one.requires_totp }));
  list.reload();
}

/** @param {any} one */
function openChange(one) {
  /** @param {string} name @param {string} word */
  const field = (name, word) =>
    el(
      "div",
      { class: "field" },
      el("label", { for: `c-${name}` }, word),
      el("input", { id: `c-${name}`, name, value: one[name], required: true, maxlength: 120 }),
    );
  const kinds = el("div", { class: "row" }, copyOf("kinds"));
  for (const box of kinds.querySelectorAll("input")) box.checked = one.kinds.includes(box.value);
  const form = el(
    "form",
    { class: "form" },
    field("name_en", gettext("Name in English")),
    field("name_zh", gettext("Name in Chinese")),
    el("fieldset", { class: "field" }, el("legend", { class: "label" }, gettext("It is a")), kinds),
    el("button", { class: "button primary" }, gettext("Save")),
  );
  const dialog = openDialog(one.slug, [form]);
  onSubmit(form, async () => {
    await sendJson("PATCH", path(one), { ...namesOf(form), kinds: kindsOf(form) });
    dialog.close();
    list.reload();
  });
}

/** @param {any} one */
function openMembers(one) {
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
  openDialog(interpolate(gettext("Members of %(slug)s"), one), [form, place]);
  const reload = () => loadMembers(one, place, reload);
  onSubmit(form, async () => {
    await sendJson("PUT", memberPath(one, form.elements.username.value), { role: form.elements.role.value });
    form.reset();
    reload();
  });
  reload();
}

/** @param {any} one @param {HTMLElement} place @param {() => unknown} reload */
async function loadMembers(one, place, reload) {
  const state = widget(place);
  if (!place.firstChild) state.loading();
  try {
    const members = await getAll(`/api/v1/members?organisation__slug=${encodeURIComponent(one.slug)}`);
    const rows = members.map((member) => rowOf(one, member, reload));
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
 * @param {any} one @param {any} member @param {() => unknown} reload
 */
function rowOf(one, member, reload) {
  if (member.username === page.dataset.person) return [member.username, roleWord(member.role), ""];
  return [member.username, roleForm(one, member, reload), removeButton(one, member, reload)];
}
