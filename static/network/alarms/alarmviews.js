/** Saved views of the alarm list: a filter under a name, one's own or shared. */
import { getJson, sendJson } from "../../console/api.js";
import { openDialog } from "../../console/dialog.js";
import { el, replace } from "../../console/dom.js";
import { gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";

/** @type {any[]} */
let views = [];

/**
 * @param {HTMLSelectElement} select @param {() => URLSearchParams} query @param {(query: URLSearchParams) => void} use
 */
export function startViews(select, query, use) {
  select.addEventListener("change", () => {
    const choice = select.value;
    select.value = "";
    if (choice === "save") askName(query(), () => load(select));
    else if (choice.startsWith("-")) forget(Number(choice.slice(1)), () => load(select));
    else if (choice) use(new URLSearchParams(views.find((view) => view.id === Number(choice)).query));
  });
  load(select);
}

/** @param {HTMLSelectElement} select */
async function load(select) {
  try {
    views = (await getJson("/api/v1/alarms/views?limit=200")).results;
  } catch {
    views = [];
  }
  const own = views.filter((view) => view.owner === select.dataset.person);
  replace(
    select,
    el("option", { value: "" }, gettext("Views")),
    ...views.map((view) =>
      el(
        "option",
        { value: view.id },
        view.owner === select.dataset.person ? view.name : `${view.name} (${view.owner})`,
      ),
    ),
    el("option", { value: "save" }, gettext("Save this view…")),
    ...own.map((view) => el("option", { value: -view.id }, interpolate(gettext("Remove “%(name)s”"), view))),
  );
}

/** @param {URLSearchParams} query @param {() => void} done */
function askName(query, done) {
  for (const name of ["alarm", "offset"]) query.delete(name);
  const name = /** @type {HTMLInputElement} */ (
    el("input", { id: "view-name", maxlength: "60", required: true, autocomplete: "off" })
  );
  const shared = /** @type {HTMLInputElement} */ (el("input", { id: "view-shared", type: "checkbox" }));
  const form = el(
    "form",
    { class: "form" },
    el("div", { class: "field" }, el("label", { for: "view-name" }, gettext("Name")), name),
    el("label", { class: "row" }, shared, " ", gettext("Everybody may use it")),
    el("button", { class: "button primary" }, gettext("Save")),
  );
  const dialog = openDialog(gettext("Save this view"), [form]);
  name.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    dialog.close();
    await tryTo(() =>
      sendJson("POST", "/api/v1/alarms/views", { name: name.value, query: String(query), is_shared: shared.checked }),
    );
    done();
  });
}

/** @param {number} id @param {() => void} done */
async function forget(id, done) {
  await tryTo(() => sendJson("DELETE", `/api/v1/alarms/views/${id}`));
  done();
}

/** @param {() => Promise<unknown>} run */
async function tryTo(run) {
  try {
    await run();
  } catch (reason) {
    toast(reason.message, "error");
  }
}
