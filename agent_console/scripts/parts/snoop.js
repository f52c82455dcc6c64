// A supervisor's buttons on a call's page: listen, whisper, barge. The supervisor's own telephone rings; nothing is
// heard here. A refusal stands in red beside the buttons.

import { ask, newKey } from "./api.js";

export function startSnooping() {
  const box = document.getElementById("snoop");
  box?.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-snoop]");
    if (!button) return;
    const line = document.getElementById("snoop-answer");
    const buttons = [...box.querySelectorAll("button")];
    buttons.forEach((one) => { one.disabled = true; });
    line.className = "quiet";
    line.textContent = box.dataset.rings;
    try {
      await ask("POST", `/api/v1/calls/${box.dataset.linkedid}/snoops`, { mode: button.dataset.snoop }, newKey());
      line.className = "active-word";
      line.textContent = `● ${button.textContent}`;
    } catch (refusal) {
      line.className = "wrong";
      line.textContent = `✕ ${box.dataset.refused} ${refusal.message}`;
    } finally {
      buttons.forEach((one) => { one.disabled = false; });
    }
  });
}
