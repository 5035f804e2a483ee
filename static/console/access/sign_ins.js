/** Sign-ins as a table, of oneself and of others. */
import { chip } from "../dom.js";
import { when } from "../forms.js";
import { gettext } from "../i18n.js";
import { tableOf } from "../table.js";

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
