/** Sign-ins as a table, of oneself and of others. */
import { chip, el } from "./dom.js";
import { when } from "./forms.js";
import { gettext } from "./i18n.js";

/** @type {Record<string, [string, string]>} */
const OUTCOMES = {
  signed_in: ["normal", gettext("signed in")],
  wrong_password: ["warning", gettext("wrong password")],
  wrong_code: ["warning", gettext("wrong code")],
  refused: ["warning", gettext("refused")],
};
/** @type {Record<string, string>} */
export const WAYS = {
  password: gettext("password"),
  password_and_code: gettext("password and code"),
  password_and_recovery_code: gettext("password and recovery code"),
  provider: gettext("identity provider"),
};

/** @param {Array<any>} rows @returns {HTMLElement} */
export function signInTable(rows) {
  const words = [gettext("Time"), gettext("Outcome"), gettext("With"), gettext("From"), gettext("Browser")];
  return tableOf(
    words,
    rows.map((row) => [
      when(row.at, ""),
      chip(...(OUTCOMES[row.outcome] || ["unknown", row.outcome])),
      WAYS[row.way] || row.way,
      row.address || gettext("unknown"),
      row.browser || gettext("unknown"),
    ]),
  );
}

/** @param {string[]} words @param {Array<Array<Node|string>>} rows @returns {HTMLElement} */
export function tableOf(words, rows) {
  const head = el("thead", null, el("tr", null, ...words.map((word) => el("th", { scope: "col" }, word))));
  const body = el("tbody", null, ...rows.map((cells) => el("tr", null, ...cells.map((cell) => el("td", null, cell)))));
  return el("div", { class: "table-wrap" }, el("table", { class: "table" }, head, body));
}
