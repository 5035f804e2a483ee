/** Do something a little later, and once for all that asked for it meanwhile. */

/** @typedef {(() => void) & {stop: () => void}} Later asks for it; `stop`: it is not wanted any more */

/**
 * Once nobody has asked for a while: typing pauses.
 * @param {() => unknown} run @param {number} waitMs @returns {Later}
 */
export function onceQuiet(run, waitMs) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  const ask = () => (stop(), (timer = setTimeout(run, waitMs)));
  return Object.assign(ask, { stop });
}

/**
 * A while after the first who asked: what is told without a pause delays it no further.
 * @param {() => unknown} run @param {number} waitMs @returns {Later}
 */
export function soon(run, waitMs) {
  let timer = 0;
  const stop = () => (clearTimeout(timer), (timer = 0));
  const ask = () => {
    timer ||= setTimeout(() => ((timer = 0), run()), waitMs);
  };
  return Object.assign(ask, { stop });
}
