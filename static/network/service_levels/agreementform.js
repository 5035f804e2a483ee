/** The dialog in which an agreement is made or changed, and the confirmation with which one is ended. */
import { bar, UNDER_WAY } from "../../console/barred.js";
import { sendJson } from "../../console/api.js";
import { confirmAction, openDialog } from "../../console/dialog.js";
import { byId, el, replace, setText } from "../../console/dom.js";
import { clear, givenText, markErrors, restOf } from "../../console/fielderrors.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { toast } from "../../console/toast.js";
import { changesOf, consequenceOf, filledOf, isPercent, isTime, targetOf, requestOf } from "./agreementrequest.js";
import { shareText } from "./service.js";
import { endsOf, hasWindow, keyWordOf, searchedFor } from "../subject.js";
import { subjectSearch } from "../subjectsearch.js";

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
const NEVER_CHANGES = gettext("Subject and metric never change: end this agreement and make another instead.");
const FIXED = ["kind", "key", "metric"];
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
  const field = (id) => form.querySelector(`#g-${id}`);
  /** @param {string} name */
  const value = (name) => form.elements.namedItem(name).value;
  const sheet = { form, field, value, agreement };
  const search = subjectSearch(field("key"), field("key-hint"), {
    kind: () => endsOf(value("kind")) || searchedFor(value("kind")),
  });
  subjectSearch(field("to"), field("to-hint"), { kind: () => endsOf(value("kind")) });
  const ofKind = () => {
    const metrics = Object.entries(choices[value("kind")] || {});
    replace(field("metric"), ...metrics.map(([name, { word }]) => el("option", { value: name }, word)));
    field("to-field").hidden = !endsOf(value("kind"));
    field("short").hidden = !hasWindow(value("kind"));
    setText(field("key-word"), keyWordOf(value("kind")));
  };
  const ofMetric = () => {
    const metric = value("metric");
    setText(
      field("good"),
      interpolate(gettext("Good are: %(events)s"), { events: choices[value("kind")]?.[metric]?.good || "" }),
    );
    setText(field("objective-word"), OBJECTIVE_WORDS[metric] || gettext("Objective"));
    setText(field("unit"), isTime(metric) ? "ms" : "%");
    setText(
      field("objective-hint"),
      isTime(metric)
        ? gettext("More than 0, at most 60,000 ms.")
        : gettext("More than 0 and less than 100 %, so that there is a budget."),
    );
    followed(sheet);
  };
  field("kind").addEventListener(
    "change",
    () => (ofKind(), ofMetric(), (field("key").value = field("to").value = ""), search.reset()),
  );
  field("metric").addEventListener("change", ofMetric);
  form.addEventListener("input", (/** @type {any} */ event) => (clear(event.target), followed(sheet)));
  if (agreement) field("kind").value = agreement.kind;
  ofKind();
  if (agreement) fill(sheet);
  ofMetric();
  return sheet;
}

/** @param {any} given */
function fill({ form, field, agreement }) {
  for (const name of FIELDS) {
    const control = form.elements.namedItem(name);
    if (control.type === "checkbox") control.checked = agreement[name];
    else
      control.value =
        typeof agreement[name] === "number"
          ? filledOf(agreement[name], isPercent(name, agreement.metric))
          : agreement[name];
  }
  for (const name of FIXED) bar(form.elements.namedItem(name), NEVER_CHANGES);
  field("to-field").hidden = true;
  if (agreement.target_share === targetOf(agreement.metric, agreement.objective)) field("target_share").value = "";
  setText(field("key-hint"), NEVER_CHANGES);
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
  const { field, value, agreement } = sheet;
  const request = requestOf(filled(sheet));
  const target = targetOf(value("metric"), request.objective);
  setText(
    field("target-hint"),
    target === null
      ? gettext("Empty: follows from the objective.")
      : interpolate(gettext("Empty: %(share)s, which follows from the objective."), {
          share: shareText(target, target > 0.999 ? 3 : 2),
        }),
  );
  if (!agreement) return setText(field("save"), gettext("Make the agreement"));
  const { isAnew, words } = consequenceOf(changesOf(request, agreement), agreement);
  const now = words.join("\n");
  if (field("consequence").dataset.said !== now)
    replace(field("consequence"), ...words.map((text) => el("p", null, text)));
  field("consequence").dataset.said = now;
  field("save").classList.toggle("danger", isAnew);
  field("save").classList.toggle("primary", !isAnew);
  return setText(field("save"), isAnew ? gettext("End this one and begin another") : gettext("Save"));
}

/** @param {any} sheet @param {HTMLDialogElement} dialog @param {(kept: any) => unknown} done */
async function save(sheet, dialog, done) {
  const { field, agreement } = sheet;
  const request = requestOf(filled(sheet));
  const body = agreement ? changesOf(request, agreement) : request;
  if (agreement && !Object.keys(body).length) return dialog.close();
  bar(field("save"), UNDER_WAY);
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
    bar(field("save"), "");
    return showProblem(sheet, problem);
  }
}

/**
 * Each error stands beside its field, with the value as it was filled in and what was expected.
 * @param {any} given @param {any} problem
 */
function showProblem({ form, field, value }, problem) {
  FIELDS.forEach((name) => clear(form.elements.namedItem(name)));
  const metric = value("metric");
  const rest = markErrors(
    problem.errors,
    (name) => (FIELDS.includes(name) ? form.elements.namedItem(name) : null),
    (error) => `${filledText(error, metric)}: ${expectedText(error, metric)}`,
  );
  const words = restOf(problem, rest);
  setText(field("rest"), words.join(" · "));
  field("rest").hidden = !words.length;
  (form.querySelector("[aria-invalid]") || field("rest")).scrollIntoView({ block: "nearest" });
  form.querySelector("[aria-invalid]")?.focus();
}

/** @param {any} error @param {any} metric */
function filledText(error, metric) {
  if (typeof error.value !== "number" || !isPercent(error.field, metric)) return givenText(error);
  return `${formatNumber(error.value * 100, 2)} %`;
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
