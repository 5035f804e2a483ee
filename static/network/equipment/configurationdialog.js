/** The dialog in which settings for a site are filled in, and the confirmation with which they are pushed. */
import { bar, UNDER_WAY } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction, openDialog } from "../../console/dialog.js";
import { el, replace, setText } from "../../console/dom.js";
import { clear, givenText, markErrors, restOf } from "../../console/fielderrors.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { consequenceOf, requestOf } from "./configurationrequest.js";

const FIELDS = ["tilt_deg", "power_dbm", "sleep", "route", "reason"];

/**
 * @param {string} slug @param {() => any} countersNow what was told of it last, with `sinceMs`
 * @param {(push: any) => void} pushed
 */
export async function openConfigurationDialog(slug, countersNow, pushed) {
  const page = await getJson(`/api/v1/sectors?site=${slug}&limit=100`).catch(() => ({ results: [] }));
  const sectors = page.results;
  const form = /** @type {any} */ (formOf(sectors));
  const dialog = openDialog(gettext("Push settings"), [form]);
  const all = sectors.map((/** @type {any} */ sector) => sector.slug);
  const request = () => requestOf(filled(form, all));
  const say = () =>
    replace(
      form.querySelector(".consequence"),
      ...consequenceOf(request(), all, countersNow()).map((text) => el("p", null, text)),
    );
  form.addEventListener("input", (/** @type {any} */ event) => (clear(event.target), say()));
  form.addEventListener("submit", async (/** @type {any} */ event) => {
    event.preventDefault();
    const asked = request();
    const consequence = consequenceOf(asked, all, countersNow());
    if (
      consequence.length &&
      !(await confirmAction(
        interpolate(gettext("Push these settings to %(site)s?"), { site: slug }),
        consequence.join(" "),
        gettext("Push"),
      ))
    )
      return;
    send(form, asked, slug, (made) => (dialog.close(), toast(gettext("The settings are on their way.")), pushed(made)));
  });
  form.querySelector("input")?.focus();
}

/** @param {any[]} sectors */
function formOf(sectors) {
  return el(
    "form",
    { class: "form push-form", novalidate: true, autocomplete: "off" },
    choiceOf(sectors),
    ...fieldsOf(sectors),
    el(
      "div",
      { class: "form-end" },
      el("div", { class: "consequence", role: "status" }),
      el("p", { class: "field-error", role: "alert", hidden: true }),
      el("button", { class: "button primary" }, gettext("Push")),
    ),
  );
}

/** @param {any[]} sectors */
function choiceOf(sectors) {
  const boxes = sectors.map((sector) =>
    el(
      "label",
      { class: "row" },
      el("input", { type: "checkbox", name: "sectors", value: sector.slug, checked: true }),
      sector.slug,
    ),
  );
  return el(
    "fieldset",
    { class: "field", id: "p-sectors" },
    el("legend", { class: "label" }, gettext("Sectors")),
    el(
      "div",
      { class: "row" },
      ...boxes,
      !boxes.length && el("span", { class: "muted" }, gettext("No antenna stands here.")),
    ),
  );
}

/** What the inventory says of sectors. @param {any[]} sectors @param {string} name @param {string} unit */
function knownText(sectors, name, unit) {
  if (!sectors.length) return gettext("empty: as it is");
  const values = [...new Set(sectors.map((sector) => formatNumber(sector[name], 1)))].join(", ");
  return interpolate(gettext("inventory: %(value)s; empty: as it is"), { value: values + unit });
}

/** @param {any[]} sectors */
function fieldsOf(sectors) {
  /** @param {string} name @param {string} unit */
  const known = (name, unit) => knownText(sectors, name, unit);
  return [
    field("tilt_deg", gettext("Tilt, downwards"), "°", el("input", { inputmode: "decimal" }), known("tilt_deg", "°")),
    field("power_dbm", gettext("Power"), "dBm", el("input", { inputmode: "decimal" }), known("power_dbm", " dBm")),
    field(
      "sleep",
      gettext("Sectors are"),
      "",
      el(
        "select",
        null,
        el("option", { value: "" }, gettext("as it is")),
        el("option", { value: "asleep" }, gettext("asleep")),
        el("option", { value: "awake" }, gettext("awake")),
      ),
    ),
    field(
      "route",
      gettext("Route"),
      "",
      el("input", { maxlength: "2000" }),
      gettext("sites from the core to this one; - for the shortest"),
    ),
    field("reason", gettext("Reason"), "", el("input", { maxlength: "200" })),
  ];
}

/** @param {string} name @param {string} word @param {string} unit @param {any} input @param {string} [hint] */
function field(name, word, unit, input, hint = "") {
  const id = `p-${name}`;
  input.id = id;
  input.name = name;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return el(
    "div",
    { class: "field" },
    el("label", { for: id }, word, unit && el("span", { class: "unit" }, ` ${unit}`)),
    input,
    hint && el("span", { class: "hint", id: `${id}-hint` }, hint),
  );
}

/** @param {any} form @param {string[]} all @returns {any} */
function filled(form, all) {
  /** @param {string} name */
  const value = (name) => form.elements.namedItem(name).value;
  const sectors = [...form.querySelectorAll("[name=sectors]:checked")].map((box) => box.value);
  return {
    ...Object.fromEntries(FIELDS.map((name) => [name, value(name)])),
    sectors: sectors.length === all.length ? null : sectors,
  };
}

/** @param {any} form @param {any} request @param {string} slug @param {(made: any) => unknown} done */
async function send(form, request, slug, done) {
  const button = form.querySelector("button");
  const rest = form.querySelector(".form-end > .field-error");
  bar(button, UNDER_WAY);
  try {
    done(await sendJson("POST", `/api/v1/sites/${slug}/configuration`, request));
  } catch (problem) {
    const left = markErrors(
      problem.errors,
      (name) => form.querySelector(`#p-${name}`),
      (error) => `${givenText(error)}: ${error.expected}`,
    );
    const words = restOf(problem, left);
    setText(rest, words.join(" · "));
    rest.hidden = !words.length;
    form.querySelector("[aria-invalid]")?.focus();
  }
  bar(button, "");
}
