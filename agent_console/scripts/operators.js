// The supervisor's list of operators: pause, unpause, log out, queues. Every change is the server's answer, drawn anew.

import { ask, fragment } from "./parts/api.js";
import { connect, onLive } from "./parts/live.js";
import { tick } from "./parts/ticking.js";

const box = document.getElementById("operators");
const wrong = document.getElementById("operators-wrong");
let planned = 0;

async function refresh() {
  planned = 0;
  if (box.contains(document.activeElement) && document.activeElement.matches("select")) { planned = setTimeout(refresh, 1000); return; }
  const page = await fragment("/console/operators/rows").catch(() => null);
  if (page) { box.replaceChildren(...page.body.childNodes); tick(); }
}
const extensionOf = (element) => element.closest("tr").dataset.extension;
async function change(address, body) {
  wrong.textContent = "";
  document.activeElement?.blur();
  await ask("PUT", address, body).catch((refusal) => { wrong.textContent = `✕ ${refusal.message}`; });
  await refresh();
}
box.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
  change(`/api/v1/operators/${extensionOf(button)}/state`, { state: button.dataset.do });
});
box.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-pause-select]") && target.value) {
    const minutes = Number(target.selectedOptions[0].dataset.minutes) || null;
    change(`/api/v1/operators/${extensionOf(target)}/state`, { state: `paused:${target.value}`, minutes });
  }
  if (target.matches("[data-queue]")) {
    const chosen = [...target.closest("tr").querySelectorAll("[data-queue]:checked")].map((one) => one.dataset.queue);
    change(`/api/v1/operators/${extensionOf(target)}/queues`, { queues: chosen });
  }
});
onLive((event) => { if (event.type === "operator.changed" || event.type === "hello") planned ||= setTimeout(refresh, 250); });
connect();
