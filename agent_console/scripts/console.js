// Every page: live connection, queue strip, own state, "go to", theme. What a page needs beyond stands in its own script.

import "htmx.org";
import { ask, fragment } from "./parts/api.js";
import { connect, onLive } from "./parts/live.js";
import { startSnooping } from "./parts/snoop.js";
import { startTicking, tick } from "./parts/ticking.js";

const byId = (id) => document.getElementById(id);

// Appearance
const root = document.documentElement;
const remembered = localStorage.getItem("theme");
if (remembered) root.dataset.theme = remembered;
byId("theme")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

// Go to, shortcuts
const go = byId("go");
function openGo() { if (go && !go.open) { go.showModal(); byId("go-input").select(); } }
byId("go-open")?.addEventListener("click", openGo);
go?.addEventListener("keydown", (event) => {
  const links = [...go.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Enter" && at < 0 && links.length) { event.preventDefault(); links[0].click(); }
  if (event.key === "Escape") { event.preventDefault(); go.close(); } // a search field would only empty itself
  if (event.key === "ArrowDown") { event.preventDefault(); links[at + 1]?.focus(); }
  if (event.key === "ArrowUp") { event.preventDefault(); (links[at - 1] ?? byId("go-input")).focus(); }
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openGo(); }
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "?" && !typing) byId("keys")?.showModal();
});
document.querySelectorAll("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }));

// Own state. What is shown is what the exchange accepted; a refusal is red and changes nothing.
async function setState(state, minutes) {
  const wrong = byId("mine-wrong");
  wrong.textContent = "";
  byId("pause-menu").open = false;
  try {
    await ask("PUT", "/api/v1/operators/me/state", minutes ? { state, minutes } : { state });
  } catch (refusal) {
    wrong.textContent = `✕ ${refusal.message}`;
    return;
  }
  await refreshMine();
}
async function refreshMine() {
  const page = await fragment("/console/mine").catch(() => null);
  const fresh = page?.getElementById("mine");
  if (!fresh || !byId("mine")) return;
  const open = byId("pause-menu")?.open;
  byId("mine").replaceWith(document.importNode(fresh, true));
  byId("pause-menu").open = Boolean(open);
  tick();
}
document.addEventListener("click", (event) => {
  const menu = byId("pause-menu");
  const set = event.target.closest?.("[data-set-state]");
  const pause = event.target.closest?.("[data-pause]");
  if (set) setState(set.dataset.setState);
  if (pause) {
    const chosen = byId("pause-minutes").value;
    setState(`paused:${pause.dataset.pause}`, Number(chosen === "" ? pause.dataset.minutes : chosen));
  }
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = byId("pause-menu");
  if (!menu) return;
  if (event.key === "F9") { event.preventDefault(); menu.open = !menu.open; (menu.open ? menu.querySelector("[data-pause]") : byId("pause-open"))?.focus(); }
  if (event.key === "Escape" && menu.open) { menu.open = false; byId("pause-open").focus(); }
  const items = [...menu.querySelectorAll("[data-pause]")];
  const at = items.indexOf(document.activeElement);
  if (at >= 0 && event.key === "ArrowDown") { event.preventDefault(); items[at + 1]?.focus(); }
  if (at >= 0 && event.key === "ArrowUp") { event.preventDefault(); items[at - 1]?.focus(); }
});

// The queue strip follows the live events, at most four times a second.
let planned = 0;
async function refreshStrip() {
  planned = 0;
  const page = await fragment("/console/strip").catch(() => null);
  if (page) { byId("strip-queue").replaceChildren(...page.body.childNodes); tick(); }
}
onLive((event) => {
  if (event.type === "hello" || (event.type === "operator.changed" && event.data.operator === document.body.dataset.extension)) refreshMine();
  if (!byId("strip-queue") || planned) return;
  if (["call.queued", "call.answered", "call.ended", "notice.changed", "hello"].includes(event.type)) planned = setTimeout(refreshStrip, 250);
});

startTicking();
startSnooping();
connect();
export { onLive };
