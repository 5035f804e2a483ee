/** One's own account: password, codes, sessions, sign-ins, organisations. */
import { getJson, sendJson } from "../api.js";
import { confirmAction, openDialog } from "../dialog.js";
import { byId, chip, el, keepFocus, widget } from "../dom.js";
import { onceAtATime, onSubmit, showOnce, when } from "../forms.js";
import { gettext, interpolate } from "../i18n.js";
import { roleWord } from "./role_words.js";
import { actFor } from "../shell_account.js";
import { signInTable, WAYS } from "./sign_ins.js";
import { toast } from "../toast.js";
import { ask, changePassword, chooseDisplay } from "./accountparts.js";
import { tableOf } from "../table.js";

const LAST_SIGN_INS = 20;
/** @type {Record<string, any>} */
const places = { roles: byId("roles"), codes: byId("codes"), sessions: byId("sessions"), signIns: byId("sign-ins") };
const parts = Object.fromEntries(Object.entries(places).map(([name, node]) => [name, widget(node)]));
/** @type {Record<string, any>} */
const turns = {};
const reload = () => load(["roles", "codes"], "/api/v1/me", drawAccount);
const reloadSessions = () => load(["sessions"], "/api/v1/me/sessions", drawSessions);

reload();
reloadSessions();
load(["signIns"], `/api/v1/me/sign-ins?limit=${LAST_SIGN_INS}`, drawSignIns);
onSubmit("password", changePassword);
byId("display").addEventListener("change", chooseDisplay);

/**
 * What parts show stays until there is an answer; of several asked for, the last one counts.
 * @param {string[]} names @param {string} url @param {(...given: any[]) => unknown} draw
 */
async function load(names, url, draw) {
  const turn = (turns[url] = (turns[url] || 0) + 1);
  if (turn === 1) for (const name of names) parts[name].loading();
  try {
    const answer = await getJson(url);
    if (turn === turns[url]) redraw(names, () => draw(answer));
  } catch (problem) {
    const again = () => load(names, url, draw);
    if (turn === turns[url]) redraw(names, () => names.forEach((name) => parts[name].error(problem.message, again)));
  }
}

/** @param {string[]} names @param {(...given: any[]) => unknown} draw */
function redraw(names, draw) {
  names.reduce((inner, name) => () => keepFocus(places[name], inner), draw)();
}

/** @param {any} me */
function drawAccount(me) {
  byId("password").hidden = !me.has_password;
  byId("no-password").hidden = me.has_password;
  byId("kept").textContent = interpolate(gettext("Kept for %(days)s days."), { days: me.sign_ins_kept_d });
  drawRoles(me.roles);
  drawCodes(me);
}

/** @param {any[]} roles */
function drawRoles(roles) {
  if (!roles.length) return parts.roles.empty(gettext("You belong to no organisation. Ask an administrator."));
  const isChinese = document.documentElement.lang.startsWith("zh");
  parts.roles.show(
    tableOf(
      [gettext("Organisation"), gettext("Role"), ""],
      roles.map((row) => [
        isChinese ? row.name_zh : row.name_en,
        roleWord(row.role),
        row.is_acting ? chip("normal", gettext("you act for it")) : actButton(row),
      ]),
    ),
  );
}

/** @param {any} row */
function actButton(row) {
  return button(gettext("Act for it"), () => actFor(row.organisation), { focus: `act-${row.organisation}` });
}

/** @param {string} word @param {() => unknown} action @param {{look?: string, focus: string}} more */
function button(word, action, { look = "small", focus }) {
  return el(
    "button",
    { class: `button ${look}`, type: "button", dataset: { focus }, onclick: onceAtATime(action) },
    word,
  );
}

/** @param {any} me */
function drawCodes(me) {
  if (!me.has_password)
    return parts.codes.show(
      el("p", { class: "muted" }, gettext("Your identity provider asks for what it wants besides the password.")),
    );
  if (!me.totp_since) {
    const text = me.requires_totp
      ? gettext("Codes are required of you.")
      : gettext("At present your password is all that is asked for.");
    return parts.codes.show(
      el("p", null, text),
      el("p", { class: "row" }, button(gettext("Set up codes"), setUp, { look: "primary", focus: "codes" })),
    );
  }
  const words = [
    interpolate(gettext("A code is asked for at each sign-in. Recovery codes left: %(count)s."), {
      count: me.recovery_codes_left,
    }),
  ];
  if (me.requires_totp) words.push(gettext("Codes are required of you, so they cannot be switched off."));
  parts.codes.show(
    el("p", null, words.join(" ")),
    el(
      "p",
      { class: "row" },
      button(gettext("New recovery codes"), renew, { focus: "codes" }),
      !me.requires_totp && button(gettext("Switch codes off"), switchOff, { look: "small danger", focus: "codes-off" }),
    ),
  );
}

function setUp() {
  ask(gettext("Set up codes"), false, gettext("Next"), async (fields) => {
    const made = await sendJson("POST", "/api/v1/me/totp", { password: fields.password.value });
    return () => showSetup(made);
  });
}

/** @param {any} made */
function showSetup(made) {
  const form = el(
    "form",
    { class: "form", autocomplete: "off" },
    el("p", null, gettext("Scan this with an authenticator app, or type the secret into it.")),
    el("img", { src: made.picture, alt: gettext("QR code of the secret"), width: 220, height: 220, class: "qr" }),
    el("p", { class: "mono", id: "totp-secret" }, made.secret.replace(/(.{4})/g, "$1 ").trim()),
    el(
      "div",
      { class: "field" },
      el("label", { for: "first-code" }, gettext("The six digits that it shows now")),
      el("input", {
        id: "first-code",
        name: "code",
        class: "mono",
        inputmode: "numeric",
        autocomplete: "one-time-code",
        maxlength: 10,
        required: true,
      }),
    ),
    el("button", { class: "button primary" }, gettext("Switch codes on")),
  );
  const dialog = openDialog(gettext("Set up codes"), [form]);
  onSubmit(form, async () => {
    const { recovery_codes: codes } = await sendJson("POST", "/api/v1/me/totp/confirm", {
      code: form.elements.code.value,
    });
    dialog.close();
    showRecovery(codes);
  });
}

/** @param {string[]} codes */
function showRecovery(codes) {
  const dialog = showOnce(
    gettext("Your recovery codes"),
    gettext("Keep them where you find them without your device. Each works once. They cannot be shown again."),
    codes.join("\n"),
  );
  dialog.addEventListener("close", () => (byId("due") ? location.reload() : reload()));
}

function renew() {
  ask(gettext("New recovery codes"), true, gettext("Make them"), async (fields) => {
    const made = await sendJson("POST", "/api/v1/me/totp/recovery", {
      password: fields.password.value,
      code: fields.code.value,
    });
    return () => showRecovery(made.recovery_codes);
  });
}

function switchOff() {
  ask(gettext("Switch codes off"), true, gettext("Switch codes off"), async (fields) => {
    await sendJson("POST", "/api/v1/me/totp/off", { password: fields.password.value, code: fields.code.value });
    return () => {
      toast(gettext("No codes are asked for any more."));
      reload();
    };
  });
}

/** @param {any} given */
function drawSessions({ results }) {
  const rows = results.map((/** @type {any} */ row) => [
    when(row.started_at, ""),
    when(row.active_at, ""),
    row.address || gettext("unknown"),
    row.browser || gettext("unknown"),
    WAYS[row.way] || row.way,
    row.is_this
      ? chip("normal", gettext("this one"))
      : button(gettext("End"), () => endOne(row), { focus: `session-${row.id}` }),
  ]);
  const words = [gettext("Since"), gettext("Last used"), gettext("From"), gettext("Browser"), gettext("With"), ""];
  const others =
    results.some((/** @type {any} */ row) => !row.is_this) &&
    el("p", { class: "row" }, button(gettext("End all others"), endOthers, { look: "danger", focus: "others" }));
  parts.sessions.show(tableOf(words, rows), others);
}

/** @param {any} row */
async function endOne(row) {
  try {
    await sendJson("DELETE", `/api/v1/me/sessions/${row.id}`);
  } finally {
    reloadSessions(); // one that ended by itself is not to be found, and goes from the list
  }
}

async function endOthers() {
  const consequence = gettext("Wherever else you are signed in, you are signed out at once.");
  if (!(await confirmAction(gettext("End all other sessions?"), consequence, gettext("End all others")))) return;
  await sendJson("DELETE", "/api/v1/me/sessions");
  reloadSessions();
}

/** @param {any} given */
function drawSignIns({ results }) {
  if (results.length) parts.signIns.show(signInTable(results));
  else parts.signIns.empty(gettext("No sign-in is kept."));
}
