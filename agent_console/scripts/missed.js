// The worklist of missed calls: call back with one click, and a bar instead of rows that jump under the pointer.

import { ask, newKey } from "./parts/api.js";
import { onLive } from "./parts/live.js";

const page = document.getElementById("missed");

async function callBack(button) {
  const status = button.closest(".calling").querySelector("[role=status]");
  const address = button.dataset.callback ? `/api/v1/missed/${button.dataset.callback}/callback` : `/api/v1/calls/${button.dataset.callbackCall}/callback`;
  button.disabled = true;
  status.className = "block quiet";
  status.textContent = page.dataset.ringing;
  try {
    await ask("POST", address, {}, newKey());
    status.className = "block good";
    status.textContent = page.dataset.begun;
  } catch (refusal) {
    status.className = "block wrong";
    status.textContent = `✕ ${refusal.message}`;
    button.disabled = false;
  }
}
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-callback], [data-callback-call]");
  if (button) callBack(button);
});

const reasons = new Set(page.dataset.reasons.split(" "));
let fresh = 0;
onLive(({ type, data }) => {
  if (type === "call.ended" && reasons.has(data.outcome)) fresh += 1;
  else return;
  const bar = document.getElementById("new-rows");
  bar.hidden = false;
  bar.querySelector("a").textContent = `▲ ${page.dataset.new.replace("#", fresh)}`;
});
