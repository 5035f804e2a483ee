/**
 * Pages before signing in: the language switch, and a form that is sent only while the database answers: what was
 * typed, the password too, stays where it is.
 */
import { within } from "./within.js";

const READY_MS = 5000; // somebody waits behind the button
const language = /** @type {HTMLFormElement|null} */ (document.getElementById("language-form"));
language?.language.addEventListener("change", () => language.requestSubmit());

const form = /** @type {HTMLFormElement|null} */ (document.querySelector(".notice form.form"));
const notNow = document.getElementById("not-now");
let isAsking = false;
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isAsking) return;
  isAsking = true;
  if (notNow) notNow.hidden = await isThere();
  isAsking = false;
  if (notNow?.hidden ?? true) form.submit();
});

/** Whether the database answers; where nothing says so, or not in time, the form goes its way. */
async function isThere() {
  try {
    const answer = await fetch("/readyz", { credentials: "omit", signal: within(READY_MS) });
    const { wrong = [] } = await answer.json();
    return !wrong.includes("database_answers");
  } catch {
    return true;
  }
}
