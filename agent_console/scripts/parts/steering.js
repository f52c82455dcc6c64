// Hold, transfer, consultation, conference: the buttons of the call column and their keys. Owns the picker of targets.
// A refusal stands in red beside the buttons; what the call is like is drawn by the server, never guessed here.

import { ask, newKey } from "./api.js";

const byId = (id) => document.getElementById(id);
let open = false;
let chosen = "";
let working = false;

const column = () => byId("call-column");

function refused(refusal) {
  const line = byId("steer-wrong");
  if (line) line.textContent = `✕ ${byId("steer").dataset.refused} ${refusal.message}`;
}

async function act(path, body) {
  if (working || !column().dataset.linkedid) return;
  working = true;
  const buttons = [...document.querySelectorAll("#steer button")];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const key = body ? newKey() : undefined;
    await ask("POST", `/api/v1/calls/${column().dataset.linkedid}/${path}`, body, key);
    open = false;
    byId("steer-wrong")?.replaceChildren();
  } catch (refusal) {
    refused(refusal);
  } finally {
    working = false;
    buttons.forEach((button) => { button.disabled = false; });
    show(false);
  }
}

function option(target, words) {
  const item = document.createElement("option");
  item.value = target.target;
  item.dataset.kind = target.kind;
  const state = { ready: `● ${words[0]}`, busy: `▲ ${words[1]}`, paused: `❚❚ ${words[2]}`, offline: `○ ${words[3]}` }[target.state];
  item.textContent = target.kind === "queue" ? `${words[4]}: ${target.name}` : target.kind === "duty" ? `${words[5]} ${target.name}` : state ? `${target.name} · ${state}` : target.name;
  return item;
}

async function fill() {
  const select = byId("steer-target");
  if (!select) return;
  const words = byId("steer").dataset.words.split("|");
  const { items } = await ask("GET", "/api/v1/transfer-targets");
  const empty = document.createElement("option");
  empty.value = "";
  empty.textContent = byId("steer").dataset.choose;
  const groups = [["operator", words[6]], ["queue", words[7]], ["", words[8]]].map(([kind, label]) => {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...items.filter((one) => (kind ? one.kind === kind : !["operator", "queue"].includes(one.kind))).map((one) => option(one, words)));
    return group;
  });
  select.replaceChildren(empty, ...groups.filter((group) => group.children.length));
  select.value = chosen;
}

function show(focus = true) {
  const picker = byId("steer-picker");
  if (!picker) return;
  picker.hidden = !open;
  byId("steer-open")?.setAttribute("aria-expanded", String(open));
  if (open) fill().then(() => { if (focus) byId("steer-target")?.focus(); }).catch(refused);
}

// The column was drawn anew: what was being chosen stays.
export function steeringDrawn() {
  if (!byId("steer-picker") || !byId("steer-open")) { open = false; chosen = ""; }
  show(open);
}

export function startSteering() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-steer]");
    if (button) return act(button.dataset.steer);
    if (event.target.closest?.("#steer-open")) { open = !open; show(); }
    if (event.target.closest?.("#steer-close")) { open = false; show(); byId("steer-open")?.focus(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "steer-target") return;
    chosen = event.target.value;
    byId("steer-ask").disabled = event.target.selectedOptions[0]?.dataset.kind === "queue";
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "steer-picker") return;
    event.preventDefault();
    act(event.submitter?.value || "transfer", { target: byId("steer-target").value });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F4" && byId("steer")) {
      event.preventDefault();
      byId("steer").querySelector('[data-steer="transfer/return"], [data-steer="unhold"], [data-steer="hold"]')?.click();
    }
    if (event.key === "F6" && byId("steer-open")) { event.preventDefault(); open = true; show(); }
    if (event.key === "Escape" && open) { open = false; show(); byId("steer-open")?.focus(); }
  });
}
