/** What the frame of every page does for the account: for whom one acts, and telling that the page is in use. */
import { sendJson } from "./api.js";
import { onSubmit } from "./forms.js";
import { gettext, interpolate } from "./i18n.js";
import { toast } from "./toast.js";

const TOLD_EVERY_MS = 60_000;
const TOLD_PER_LIMIT = 4; // so often within the time after which an unused session ends
const tabs = new BroadcastChannel("loft.acting");
const USES = ["keydown", "pointerdown", "wheel"];

export function startAccount() {
  startActing();
  const limitMin = Number(document.documentElement.dataset.idleLimit);
  if (limitMin) startUse(Math.min(TOLD_EVERY_MS, (limitMin * 60_000) / TOLD_PER_LIMIT));
}

/** Act for another organisation, in all tabs of this session. @param {string} slug */
export async function actFor(slug) {
  await sendJson("POST", "/api/v1/me/acting", { organisation: slug });
  tabs.postMessage(slug);
  location.reload();
}

function startActing() {
  const form = /** @type {HTMLFormElement|null} */ (document.getElementById("acting-form"));
  if (!form) return;
  const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem("acting"));
  const shown = select.value;
  onSubmit(form, () => actFor(select.value)); // arrow keys go through them one by one, so choosing is not yet acting
  tabs.addEventListener(
    "message",
    ({ data: slug }) => slug !== shown && tellOther([...select.options].find((option) => option.value === slug)),
  );
}

/**
 * What is typed here is not thrown away; but whoever goes on has to know to whom it will belong.
 * @param {any} option
 */
function tellOther(option) {
  toast(
    interpolate(
      gettext(
        "In another tab you chose to act for %(name)s. What you make here belongs to it, too. Reload this page to see it as it is.",
      ),
      { name: option?.textContent || "?" },
    ),
    "error",
  );
}

/** What a page asks for by itself keeps no session alive, so hands at it have to be told. @param {number} everyMs */
function startUse(everyMs) {
  let toldMs = performance.now(); // the page itself was use
  const tell = () => {
    if (performance.now() - toldMs < everyMs) return;
    toldMs = performance.now();
    sendJson("POST", "/api/v1/me/active").catch(() => {}); // the next key or click tells again
  };
  for (const use of USES) document.addEventListener(use, tell, { passive: true, capture: true });
}
