/** Parts of the notifications page: channels in words, buttons with their reasons, forms in dialogs. */
import { barred } from "../../console/barred.js";
import { openDialog } from "../../console/dialog.js";
import { byId, chip, el } from "../../console/dom.js";
import { attempt, sendFrom, showOnce } from "../../console/forms.js";
import { formatNumber, gettext, interpolate, ngettext } from "../../console/i18n.js";
import { lacking } from "../../console/rights.js";
import { namedBy } from "../../console/names.js";
import { SEVERITY_WORDS } from "../words.js";

/** @type {Record<string, string>} */
const TYPE_WORDS = {
  communications: gettext("Communications"),
  quality_of_service: gettext("Quality of service"),
  processing: gettext("Processing"),
  equipment: gettext("Equipment"),
  environmental: gettext("Environmental"),
};

/** @param {any} channel */
export function filterText(channel) {
  const parts = [
    interpolate(gettext("from %(severity)s on"), { severity: SEVERITY_WORDS[channel.least_severity] }),
    namedBy("region", channel.region),
    TYPE_WORDS[channel.alarm_type] || channel.alarm_type,
    channel.search && `“${channel.search}”`,
    channel.is_with_consequences && gettext("with consequences"),
  ];
  return channel.is_for_escalations_only ? gettext("only escalations") : parts.filter(Boolean).join(" · ");
}

/** @param {any} channel */
export function howItDoes(channel) {
  const rest = [
    channel.waiting && interpolate(gettext("%(count)s waiting"), { count: formatNumber(channel.waiting) }),
    channel.given_up && interpolate(gettext("%(count)s given up"), { count: formatNumber(channel.given_up) }),
  ]
    .filter(Boolean)
    .join(" · ");
  const look = !channel.is_active
    ? chip("off", gettext("switched off"))
    : channel.failures
      ? chip(
          "minor",
          interpolate(ngettext("failed %(count)s time", "failed %(count)s times", channel.failures), {
            count: channel.failures,
          }),
        )
      : chip("normal", gettext("working"));
  return el("span", null, look, rest && el("span", { class: "muted" }, ` ${rest}`));
}

/**
 * A button that is disabled with its reason for whoever may not.
 * @param {string} word @param {boolean} allowed @param {string} right @param {(event: any) => unknown} run
 */
export function actionButton(word, allowed, right, run) {
  const reason = !allowed && lacking(right);
  return el("button", { class: "button small", type: "button", ...barred(reason), onclick: run }, word);
}

/**
 * Show a form of the page in a dialog; it stays open, with the reason, until it could be sent.
 * @param {string} title @param {string} template @param {(...given: any[]) => unknown} fill
 * @param {(...given: any[]) => unknown} send
 */
export function ask(title, template, fill, send) {
  const form = /** @type {HTMLFormElement} */ (byId(template).content.firstElementChild.cloneNode(true));
  fill(form);
  const dialog = openDialog(title, [form]);
  /** @type {any} */ (form.querySelector("input, select"))?.focus();
  sendFrom(form, async () => send(form, dialog));
}

/** @param {string} secret */
export const showSecret = (secret) =>
  showOnce(
    gettext("The secret of this channel"),
    gettext("Its receiver checks signatures with it. Copy it now; it cannot be shown again."),
    secret,
  );

/** @param {() => Promise<unknown>} run @param {() => unknown} after */
export async function tryTo(run, after) {
  await attempt(run);
  after();
}
