/** The page shown while the database cannot answer: it asks again by itself, or leads back to what was typed. */
const notice = /** @type {HTMLElement} */ (document.getElementById("not-now"));
const JITTER = 0.5; // of the pause: pages that came at once do not come back at once

const againS = Number(notice.dataset.again);
if (againS > 0) setTimeout(() => location.reload(), againS * 1000 * (1 + JITTER * Math.random()));
document.getElementById("back")?.addEventListener("click", () => history.back());
