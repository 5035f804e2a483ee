/** Pages before signing in: only the language switch needs a script. */
const form = /** @type {HTMLFormElement|null} */ (document.getElementById("language-form"));
form?.language.addEventListener("change", () => form.requestSubmit());
