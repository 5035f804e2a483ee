/** Administration: API keys and the audit trail. One module, the page says which by its body class. */
import { nowMs, sendJson } from "../api.js";
import { confirmAction } from "../dialog.js";
import { byId, chip, el } from "../dom.js";
import { attempt, onSubmit, reaches, showOnce, when } from "../forms.js";
import { gettext, interpolate } from "../i18n.js";
import { listing } from "../listing.js";
import { namedBy } from "../names.js";

const MOST_NAMED = 6;
const pages = { "page-keys": keysPage, "page-audit": auditPage };

for (const [name, start] of Object.entries(pages)) {
  if (document.body.classList.contains(name)) start();
}

/** @param {string} url @param {any} columns @param {string} empty */
function listOf(url, columns, empty) {
  return listing({ url, columns, empty, form: byId("filters"), table: byId("list"), csv: byId("csv") });
}

function keysPage() {
  const list = listOf(
    "/api/v1/keys",
    [
      { word: gettext("Name"), order: "name", cell: (/** @type {any} */ key) => key.name },
      {
        word: gettext("Prefix"),
        order: "prefix",
        cell: (/** @type {any} */ key) => el("code", { class: "mono" }, `loft_${key.prefix}_…`),
      },
      { word: gettext("Organisation"), cell: (/** @type {any} */ key) => namedBy("organisation", key.organisation) },
      { word: gettext("May"), look: "wrap", cell: (/** @type {any} */ key) => scopeWords(key.scopes) },
      { word: gettext("State"), cell: keyState },
      {
        word: gettext("Last used"),
        order: "last_used_at",
        cell: (/** @type {any} */ key) => when(key.last_used_at, gettext("never")),
      },
      {
        word: gettext("Expires"),
        order: "expires_at",
        cell: (/** @type {any} */ key) => when(key.expires_at, gettext("never")),
      },
      {
        word: "",
        cell: (/** @type {any} */ key) =>
          key.revoked_at || !reaches(byId("list").dataset.reach, [key.organisation])
            ? ""
            : revokeButton(key, () => list.reload()),
      },
    ],
    gettext("No key yet. A drone or factory system needs one to post; make it above."),
  );
  onSubmit("new", async (form) => {
    const scopes = [...form.querySelectorAll("[name=scopes]:checked")].map((box) => box.value);
    const days = Number(form.elements.days.value);
    const expires = days ? new Date(nowMs() + days * 86400e3).toISOString() : null;
    const made = await sendJson("POST", "/api/v1/keys", {
      name: form.elements.name.value,
      scopes,
      expires_at: expires,
      organisation: form.elements.organisation?.value || null,
    });
    showOnce(
      gettext("The new key"),
      gettext("Copy this token now. It is not stored and cannot be shown again."),
      made.token,
    );
    form.reset();
    list.reload();
  });
}

/** What a key may do, in words. @param {string[]} scopes */
function scopeWords(scopes) {
  const words = JSON.parse(byId("scope-words").textContent || "{}");
  return scopes.map((scope) => words[scope] || scope).join("; ");
}

/** @param {any} key */
function keyState(key) {
  if (key.revoked_at) return chip("unknown", gettext("revoked"));
  if (key.expires_at && Date.parse(key.expires_at) <= nowMs()) return chip("unknown", gettext("expired"));
  return chip("normal", gettext("good"));
}

/** @param {any} key @param {() => unknown} done */
function revokeButton(key, done) {
  const button = el(
    "button",
    { class: "button small danger", type: "button", dataset: { focus: `revoke-${key.id}` } },
    gettext("Revoke"),
  );
  button.addEventListener("click", async () => {
    const consequence = interpolate(
      gettext("Everything that calls with the key %(name)s is refused from now on."),
      key,
    );
    if (!(await confirmAction(gettext("Revoke this key?"), consequence, gettext("Revoke")))) return;
    await attempt(() => sendJson("POST", `/api/v1/keys/${key.id}/revoke`));
    done();
  });
  return button;
}

function auditPage() {
  listOf(
    "/api/v1/audit",
    [
      { word: gettext("Time"), order: "at", cell: (/** @type {any} */ entry) => when(entry.at, "") },
      { word: gettext("Who"), order: "actor", cell: (/** @type {any} */ entry) => entry.actor },
      { word: gettext("Did what"), order: "verb", cell: (/** @type {any} */ entry) => entry.verb },
      {
        word: gettext("To what"),
        order: "subject",
        cell: (/** @type {any} */ entry) => el("code", null, entry.subject),
      },
      {
        word: gettext("Detail"),
        look: "anywhere",
        cell: (/** @type {any} */ entry) => el("code", null, detailOf(entry.detail)),
      },
      { word: gettext("From"), cell: (/** @type {any} */ entry) => entry.address || "" },
    ],
    gettext("No change fits these filters."),
  );
}

/** @param {any} detail */
function detailOf(detail) {
  return Object.entries(detail || {})
    .map(
      ([name, value]) =>
        `${name}: ${Array.isArray(value) ? named(value) : typeof value === "object" ? JSON.stringify(value) : value}`,
    )
    .join(", ");
}

/** @param {string[]} values */
function named(values) {
  const shown = values.slice(0, MOST_NAMED).join(", ");
  if (values.length <= MOST_NAMED) return shown;
  return interpolate(gettext("%(shown)s and %(count)s more"), { shown, count: values.length - MOST_NAMED });
}
