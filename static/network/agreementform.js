/** The dialog in which an agreement is made or changed, and the confirmation with which one is ended. */
import { sendJson } from "../console/api.js";
import { confirmAction, openDialog } from "../console/dialog.js";
import { byId, el, replace, setText } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { toast } from "../console/toast.js";
import { changesOf, consequenceOf, filledOf, isPercent, isTime, targetOf, wishOf } from "./agreementwish.js";
import { clear, mark } from "./inventoryform.js";
import { shareText } from "./service.js";
import { subjectSearch } from "./subjectsearch.js";

const FIELDS = [
  "kind",
  "key",
  "metric",
  "objective",
  "target_share",
  "period",
  "name",
  "most_unknown_share",
  "is_unknown_bad",
  "window_s",
  "min_samples",
];
const FIXED = ["kind", "key", "metric"];
/** @type {Record<string, string>} */
const KEY_WORDS = { path: gettext("From: key or name of a site"), flight: gettext("Drone: serial or name") };
/** @type {Record<string, string>} */
const OBJECTIVE_WORDS = {
  rtt_p99: gettext("Round trip at most"),
  jitter: gettext("Jitter at most"),
  loss_share: gettext("Packets lost at most"),
  availability: gettext("Available at least"),
  coverage: gettext("Covered at least"),
  deadline: gettext("Answered in time at least"),
};

/** @param {any} agreement the one to change; null to make one @param {(kept: any) => void} done */
export function openAgreementForm(agreement, done) {
  const template = /** @type {HTMLTemplateElement} */ (byId("agreement-form"));
  const form = /** @type {HTMLFormElement} */ (
    /** @type {Element} */ (template.content.firstElementChild).cloneNode(true)
  );
  const dialog = openDialog(agreement ? gettext("Change the agreement") : gettext("Make an agreement"), [form]);
  dialog.classList.add("wide");
  const sheet = sheetOf(form, JSON.parse(template.dataset.choices || "{}"), agreement);
  form.addEventListener("submit", (event) => (event.preventDefault(), save(sheet, dialog, done)));
  /** @type {HTMLElement} */ (form.querySelector("#g-kind:enabled, #g-objective")).focus();
}

/**
 * The form with what it offers: metrics of the kind, the search for its subjects, units, and what a change brings.
 * @param {any} form @param {any} choices @param {any} agreement
 */
function sheetOf(form, choices, agreement) {
  /** @param {string} id */
  const one = (id) => form.querySelector(`#g-${id}`);
  /** @param {string} name */
  const value = (name) => form.elements.namedItem(name).value;
  const sheet = { form, one, value, agreement };
  const search = subjectSearch(one("key"), one("key-hint"), {
    kind: () => (value("kind") === "path" ? "site" : value("kind")),
  });
  subjectSearch(one("to"), one("to-hint"), { kind: () => (value("kind") === "path" ? "site" : "") });
  const ofKind = () => {
    const metrics = Object.entries(choices[value("kind")] || {});
    replace(one("metric"), ...metrics.map(([name, { word }]) => el("option", { value: name }, word)));
    one("to-field").hidden = value("kind") !== "path";
    one("short").hidden = value("kind") !== "site";
    setText(one("key-word"), KEY_WORDS[value("kind")] || gettext("Which one: key or name"));
  };
  const ofMetric = () => {
    const metric = value("metric");
    setText(
      one("good"),
      interpolate(gettext("Good are: %(events)s"), { events: choices[value("kind")]?.[metric]?.good || "" }),
    );
    setText(one("objective-word"), OBJECTIVE_WORDS[metric] || gettext("Objective"));
    setText(one("unit"), isTime(metric) ? "ms" : "%");
    setText(
      one("objective-hint"),
      isTime(metric)
        ? gettext("More than 0, at most 60,000 ms.")
        : gettext("More than 0 and less than 100 %, so that there is a budget."),
    );
    followed(sheet);
  };
  one("kind").addEventListener(
    "change",
    () => (ofKind(), ofMetric(), (one("key").value = one("to").value = ""), search.reset()),
  );
  one("metric").addEventListener("change", ofMetric);
  form.addEventListener("input", (/** @type {any} */ event) => (clear(event.target), followed(sheet)));
  if (agreement) one("kind").value = agreement.kind;
  ofKind();
  if (agreement) fill(sheet);
  ofMetric();
  return sheet;
}

/** @param {any} given */
function fill({ form, one, agreement }) {
  for (const name of FIELDS) {
    const control = form.elements.namedItem(name);
    if (control.type === "checkbox") control.checked = agreement[name];
    else
      control.value =
        typeof agreement[name] === "number"
          ? filledOf(agreement[name], isPercent(name, agreement.metric))
          : agreement[name];
  }
  for (const name of FIXED) form.elements.namedItem(name).disabled = true;
  one("to-field").hidden = true;
  if (agreement.target_share === targetOf(agreement.metric, agreement.objective)) one("target_share").value = "";
  setText(one("key-hint"), gettext("Subject and metric never change: end this agreement and make another instead."));
}

/** @param {any} given */
function filled({ form }) {
  return Object.fromEntries(
    [...FIELDS, "to"].map((name) => {
      const control = form.elements.namedItem(name);
      return [name, control.type === "checkbox" ? control.checked : control.value.trim()];
    }),
  );
}

/** Say what follows from what is filled in: the target, and of a change its consequence. @param {any} sheet */
function followed(sheet) {
  const { one, value, agreement } = sheet;
  const wish = wishOf(filled(sheet));
  const target = targetOf(value("metric"), wish.objective);
  setText(
    one("target-hint"),
    target === null
      ? gettext("Empty: follows from the objective.")
      : interpolate(gettext("Empty: %(share)s, which follows from the objective."), {
          share: shareText(target, target > 0.999 ? 3 : 2),
        }),
  );
  if (!agreement) return setText(one("save"), gettext("Make the agreement"));
  const { isAnew, words } = consequenceOf(changesOf(wish, agreement), agreement);
  const now = words.join("\n");
  if (one("consequence").dataset.said !== now) replace(one("consequence"), ...words.map((text) => el("p", null, text)));
  one("consequence").dataset.said = now;
  one("save").classList.toggle("danger", isAnew);
  one("save").classList.toggle("primary", !isAnew);
  return setText(one("save"), isAnew ? gettext("End this one and begin another") : gettext("Save"));
}

/** @param {any} sheet @param {HTMLDialogElement} dialog @param {(kept: any) => unknown} done */
async function save(sheet, dialog, done) {
  const { one, agreement } = sheet;
  const wish = wishOf(filled(sheet));
  const body = agreement ? changesOf(wish, agreement) : wish;
  if (agreement && !Object.keys(body).length) return dialog.close();
  one("save").disabled = true;
  try {
    const kept = agreement
      ? await sendJson("PATCH", `/api/v1/agreements/${agreement.id}`, body)
      : await sendJson("POST", "/api/v1/agreements", body);
    dialog.close();
    toast(
      agreement
        ? gettext("Changed")
        : interpolate(gettext("Made: %(name)s. The first minutes are counted soon."), { name: kept.name }),
    );
    return done(kept);
  } catch (problem) {
    one("save").disabled = false;
    return showProblem(sheet, problem);
  }
}

/**
 * Each error stands beside its field, with the value as it was filled in and what was expected.
 * @param {any} given @param {any} problem
 */
function showProblem({ form, one, value }, problem) {
  FIELDS.forEach((name) => clear(form.elements.namedItem(name)));
  const rest = problem.errors.filter((/** @type {any} */ error) => {
    if (!FIELDS.includes(error.field)) return true;
    mark(
      form.elements.namedItem(error.field),
      `${givenText(error, value("metric"))}: ${expectedText(error, value("metric"))}`,
    );
    return false;
  });
  const words = problem.errors.length
    ? rest.map((/** @type {any} */ error) => `${error.field}: ${error.expected}`)
    : [problem.message];
  setText(one("rest"), words.join(" · "));
  one("rest").hidden = !words.length;
  (form.querySelector("[aria-invalid]") || one("rest")).scrollIntoView({ block: "nearest" });
  form.querySelector("[aria-invalid]")?.focus();
}

/** @param {any} given @param {any} metric */
function givenText({ field, value }, metric) {
  if (value === null || value === undefined || value === "") return gettext("nothing given");
  if (typeof value !== "number" || !isPercent(field, metric)) return `“${value}”`;
  return `${formatNumber(value * 100, 2)} %`;
}

/** The API speaks of shares where the form has per cent. @param {any} given @param {any} metric */
function expectedText({ field, value, expected }, metric) {
  if (typeof value !== "number" || !isPercent(field, metric)) return expected;
  return field === "most_unknown_share"
    ? gettext("expected 0 to 100 %")
    : gettext("expected more than 0 and less than 100 %, so that there is a budget");
}

/** End an agreement, once its consequence was read. @param {any} agreement @param {() => void} done */
export async function endAgreement(agreement, done) {
  const kept = gettext(
    "“%(name)s” is no longer counted or judged, and the alarms that it raised are cleared. What was counted and its breaches on record are kept, and reports of the months in which it was in force name it. This cannot be undone.",
  );
  const gone = gettext(
    "Nothing was counted for “%(name)s” yet, so it is deleted. The audit trail stays. This cannot be undone.",
  );
  if (
    !(await confirmAction(
      gettext("End this agreement?"),
      interpolate(agreement.is_counted ? kept : gone, agreement),
      gettext("End the agreement"),
    ))
  )
    return;
  try {
    await sendJson("DELETE", `/api/v1/agreements/${agreement.id}`);
    done();
  } catch (problem) {
    toast(problem.message, "error");
  }
}
