/** What the frame of every page does for the account: for whom one acts, and telling that the page is in use. */
import { sendJson } from "./api.js";
import { toast } from "./toast.js";

const TOLD_EVERY_MS = 60_000;
const USES = ["keydown", "pointerdown", "wheel"];

export function startAccount() {
  startActing();
  if (document.documentElement.dataset.idleLimit) startUse();
}

function startActing() {
  const select = /** @type {HTMLSelectElement|null} */ (document.getElementById("acting"));
  select?.addEventListener("change", async () => {
    try {
      await sendJson("POST", "/api/v1/me/acting", { organisation: select.value });
      location.reload();
    } catch (problem) {
      toast(problem.message, "error");
    }
  });
}

/** What a page asks for by itself keeps no session alive, so hands at it have to be told. */
function startUse() {
  let toldMs = performance.now(); // the page itself was use
  const tell = () => {
    if (performance.now() - toldMs < TOLD_EVERY_MS) return;
    toldMs = performance.now();
    sendJson("POST", "/api/v1/me/active").catch(() => {}); // the next key or click tells again
  };
  for (const use of USES) document.addEventListener(use, tell, { passive: true, capture: true });
}
