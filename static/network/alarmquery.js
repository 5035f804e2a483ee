/** What the filters of the alarm list ask for, and what the address says of them. */
import { formatNumber, gettext, interpolate } from "../console/i18n.js";

export const MOST_CSV = 1000; // as many as the API gives at once

/** @param {HTMLFormElement} form */
export function queryOf(form) {
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(
    fields.filter(([name, value]) => (value && !(name === "offset" && value === "0")) || name === "is_active"),
  );
}

/**
 * What the API is asked for: consequences stay below their root causes, and held alarms apart, unless they are
 * wanted.
 * @param {HTMLFormElement} form @param {boolean} isWide consequences and held ones, too
 */
export function askedOf(form, isWide) {
  const wanted = queryOf(form);
  const hours = Number(wanted.get("hours"));
  for (const name of ["alarm", "consequences", "hours"]) wanted.delete(name);
  const shown = wanted.get("is_active");
  if (!shown || shown === "open") wanted.delete("is_active");
  if (shown === "open") wanted.set("is_open", "true");
  if (!form.elements.consequences.checked && !isWide) wanted.set("is_consequence", "false");
  if (!wanted.get("state") && !isWide) wanted.set("is_held", "false");
  if (hours) wanted.set("since", new Date(Date.now() - hours * 3600e3).toISOString());
  return wanted;
}

/** Fill the form in as an address says. @param {HTMLFormElement} form @param {URLSearchParams} query */
export function restore(form, query) {
  for (const [name, value] of query) {
    const control = form.elements[name];
    if (control?.type === "checkbox") control.checked = value === "on";
    else if (control) control.value = value;
  }
}

/** A file that holds less than the filter finds says so before it is fetched. @param {number} total */
export function csvWord(total) {
  if (total <= MOST_CSV) return gettext("Export CSV");
  const counts = { most: formatNumber(MOST_CSV), count: formatNumber(total) };
  return interpolate(gettext("Export CSV (the first %(most)s of %(count)s)"), counts);
}
