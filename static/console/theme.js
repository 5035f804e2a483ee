/**
 * The theme, set before the first paint: a classic script in the head, so that nothing flashes.
 * Remembered in this browser; without a choice, a request for more contrast is honoured.
 */
(() => {
  const KEY = "loft.theme";
  const NAMES = ["dark", "light", "contrast"];
  const root = document.documentElement;

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden; the choice then lasts for the page
    }
  }

  function preferred() {
    return matchMedia("(prefers-contrast: more)").matches ? "contrast" : "dark";
  }

  /** @param {string|null} name */
  function use(name) {
    root.dataset.theme = name && NAMES.includes(name) ? name : preferred();
    document.dispatchEvent(new CustomEvent("loft:theme", { detail: root.dataset.theme }));
  }

  /** @param {string} name */
  function choose(name) {
    try {
      localStorage.setItem(KEY, name);
    } catch {
      /* see remembered() */
    }
    use(name);
  }

  use(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const select = /** @type {HTMLSelectElement|null} */ (document.getElementById("theme"));
    if (!select) return;
    select.value = root.dataset.theme || "";
    select.addEventListener("change", () => choose(select.value));
  });
})();
