/** What modules that draw find of a page: tokens, canvases and a WebGL context that note what is done to them. */

/**
 * A thing that notes every call as its name and arguments; constants are their own names.
 * @param {Record<string, any>} has values and answers that are told
 * @returns {any} with `calls`
 */
export function noting(has = {}) {
  /** @type {any[][]} */
  const calls = [];
  /** @type {Record<string|symbol, any>} */
  const known = { ...has, calls };
  return new Proxy(known, {
    get(target, name) {
      if (name in target && typeof target[name] !== "function") return target[name];
      if (/^[A-Z0-9_]+$/.test(String(name))) return String(name);
      return (/** @type {any[]} */ ...given) => {
        calls.push([String(name), ...given]);
        return target[name]?.(...given);
      };
    },
  });
}

/** What was called so, in order. @param {{calls: any[][]}} thing @param {string} name */
export const callsOf = ({ calls }, name) => calls.filter(([called]) => called === name).map(([, ...given]) => given);

/**
 * Canvases and the tokens of a theme. Colours are as browsers give them back: six digits.
 * @param {Record<string, string>} tokens by their names without dashes
 */
export function layPaper(tokens = {}) {
  const theme = { ...tokens };
  const canvas = () => {
    const pen = noting({ getImageData: () => "picture" });
    return { width: 0, height: 0, style: {}, hidden: false, className: "", pen, getContext: () => pen };
  };
  Object.assign(document, { createElement: canvas });
  Object.assign(globalThis, {
    devicePixelRatio: 1,
    getComputedStyle: () => ({ getPropertyValue: (/** @type {string} */ name) => theme[name.slice(2)] ?? "" }),
  });
  return theme;
}
