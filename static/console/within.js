/** How long a page waits for an answer: a line that is lost without a word would keep it waiting for ever. */
export const ANSWER_MS = 90_000; // the slowest maps take a third of it

/**
 * A signal that calls off what takes longer, and what is called off anyway.
 * @param {number} ms @param {AbortSignal|null} [signal]
 */
export function within(ms, signal) {
  const late = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([signal, late]) : late;
}
