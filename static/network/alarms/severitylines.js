/** Lines of the table of severities. Pure. */

/**
 * @typedef {{key: string, specific_problem: string, circumstance: string, severity: string, standard_severity: string,
 *   changed_at: string|null, changed_by: string}} Line
 */

/**
 * The lines that hold every word, in whatever case; null while none are known, for then nobody can say.
 * @param {Line[]|null} lines @param {string} words
 */
export function matching(lines, words) {
  if (!lines) return null;
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    const text = `${line.specific_problem} ${line.circumstance} ${line.key}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
