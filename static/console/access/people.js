/** People: who there is, in which organisations and roles, and what an administrator does for them. */
import { getJson, sendJson } from "../api.js";
import { confirmAction, openDialog } from "../dialog.js";
import { byId, chip, el, widget } from "../dom.js";
import { attempt, onSubmit, reaches, showOnce, when } from "../forms.js";
import { gettext, interpolate } from "../i18n.js";
import { listing } from "../listing.js";
import { roleWord } from "./role_words.js";
import { signInTable } from "./sign_ins.js";
import { namedBy } from "../names.js";
import { toast } from "../toast.js";

const list = listing({
  url: "/api/v1/people",
  form: byId("filters"),
  table: byId("list"),
  csv: byId("csv"),
  empty: gettext("Nobody fits these filters."),
  columns: [
    { word: gettext("User name"), order: "username", cell: (person) => person.username },
    {
      word: gettext("Organisations and roles"),
      cell: (person) =>
        person.roles
          .map(
            (/** @type {any} */ role, /** @type {number} */ index) =>
              `${namedBy("organisation", person.organisations[index])}: ${roleWord(role)}`,
          )
          .join(", ") || gettext("none"),
    },
    {
      word: gettext("State"),
      order: "is_active",
      cell: (person) =>
        person.is_active ? chip("normal", gettext("may sign in")) : chip("unknown", gettext("deactivated")),
    },
    { word: gettext("Code"), cell: (person) => (person.totp_since ? gettext("asked for") : gettext("none")) },
    { word: gettext("Last sign-in"), order: "last_login", cell: (person) => when(person.last_login, gettext("never")) },
    { word: "", cell: buttonsOf },
  ],
});

onSubmit("new", async (form) => {
  const fields = form.elements;
  const wanted = {
    username: fields.username.value,
    role: fields.role.value,
    organisation: fields.organisation?.value || null,
  };
  const made = await sendJson("POST", "/api/v1/people", wanted);
  showOnce(
    gettext("The first password"),
    interpolate(
      gettext("Give it to %(username)s, who has to change it at the first sign-in. It cannot be shown again."),
      made,
    ),
    made.password,
  );
  form.reset();
  list.reload();
});

/**
 * One's own is at one's account; and whoever belongs to others, too, is theirs to see to as well.
 * @param {any} person
 */
function buttonsOf(person) {
  const { reach, person: own } = byId("list").dataset;
  if (String(person.id) === own || !reaches(reach, person.organisations)) return "";
  return el("div", { class: "row" }, letInButton(person), moreButton(person));
}

/** @param {any} person */
function letInButton(person) {
  const word = person.is_active ? gettext("Deactivate") : gettext("Activate");
  const button = el(
    "button",
    { class: "button small", type: "button", dataset: { focus: `let-in-${person.id}` } },
    word,
  );
  button.addEventListener("click", async () => {
    const consequence = interpolate(gettext("%(username)s is signed out everywhere at once."), person);
    if (person.is_active && !(await confirmAction(gettext("Deactivate this person?"), consequence, word))) return;
    await attempt(() => sendJson("PATCH", `/api/v1/people/${person.id}`, { is_active: !person.is_active }));
    list.reload();
  });
  return button;
}

/** @param {any} person */
function moreButton(person) {
  const label = interpolate(gettext("More for %(username)s"), person);
  return el(
    "button",
    {
      class: "button small",
      type: "button",
      "aria-haspopup": "dialog",
      "aria-label": label,
      dataset: { focus: `more-${person.id}` },
      onclick: () => openPerson(person),
    },
    gettext("More"),
  );
}

/** @param {any} person */
function openPerson(person) {
  const history = el("div", { id: "history" });
  const actions = [
    actionButton(
      gettext("Reset the password"),
      gettext(
        "The password of %(username)s is replaced by a generated one, which has to be changed at the next sign-in. All sessions end.",
      ),
      () => resetPassword(person),
    ),
    actionButton(gettext("End all sessions"), gettext("%(username)s is signed out everywhere at once."), () =>
      endSessions(person),
    ),
    person.totp_since &&
      actionButton(
        gettext("Reset the codes"),
        gettext("%(username)s signs in with the password alone until codes are set up again. All sessions end."),
        () => sendJson("DELETE", `/api/v1/people/${person.id}/totp`),
      ),
  ].filter(Boolean);
  const dialog = openDialog(
    person.username,
    [el("h3", null, gettext("Sign-ins")), history],
    actions.map((make) => make(person, () => dialog.close())),
  );
  loadHistory(person, widget(history));
}

/** @param {string} word @param {string} consequence @param {() => Promise<unknown>} action */
function actionButton(word, consequence, action) {
  return (/** @type {any} */ person, /** @type {() => unknown} */ close) => {
    const button = el("button", { class: "button", type: "button" }, word);
    button.addEventListener("click", async () => {
      close();
      if (!(await confirmAction(`${word}?`, interpolate(consequence, person), word))) return;
      if (await attempt(action)) list.reload();
    });
    return button;
  };
}

/** @param {any} person */
async function resetPassword(person) {
  const made = await sendJson("POST", `/api/v1/people/${person.id}/password`);
  showOnce(
    gettext("The new password"),
    interpolate(
      gettext("Give it to %(username)s, who has to change it at the next sign-in. It cannot be shown again."),
      person,
    ),
    made.password,
  );
}

/** @param {any} person */
async function endSessions(person) {
  const { ended_sessions: count } = await sendJson("DELETE", `/api/v1/people/${person.id}/sessions`);
  toast(interpolate(gettext("Sessions ended: %(count)s"), { count }));
}

/** @param {any} person @param {any} state */
async function loadHistory(person, state) {
  state.loading();
  try {
    const { results } = await getJson(`/api/v1/people/${person.id}/sign-ins?limit=20`);
    if (results.length) state.show(signInTable(results));
    else state.empty(gettext("No sign-in is kept."));
  } catch (problem) {
    state.error(problem.message, () => loadHistory(person, state));
  }
}
