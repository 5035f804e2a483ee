/** What the form above a list asks for, and what the address says of it. Pure but for the form that it fills in. */

/**
 * What is filled in, without the first page, which is the usual one.
 * @param {Iterable<[string, FormDataEntryValue]>} fields
 * @param {string[]} [always] names that are said though they are empty: that is another choice than the usual one
 */
export function queryOf(fields, always = []) {
  const filled = [...fields].map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(
    filled.filter(([name, value]) => (value && !(name === "offset" && value === "0")) || always.includes(name)),
  );
}

/** @param {URLSearchParams} query @param {Record<string, string>} more */
export const withMore = (query, more) => new URLSearchParams({ ...Object.fromEntries(query), ...more });

/** @param {URLSearchParams} query @param {string[]} [names] */
export const without = (query, names = []) => new URLSearchParams([...query].filter(([name]) => !names.includes(name)));

/** Where the last page begins. @param {number} count of all rows @param {number} rows of a page */
export const lastOffset = (count, rows) => Math.max(0, Math.ceil(count / rows) - 1) * rows;

/**
 * Fill the form in as an address says.
 * @param {{elements: {namedItem: (name: string) => any}}} form @param {URLSearchParams} query
 */
export function restore(form, query) {
  for (const [name, value] of query) {
    const field = form.elements.namedItem(name);
    if (field?.type === "checkbox") field.checked = value === field.value;
    else if (field) field.value = value;
  }
}
