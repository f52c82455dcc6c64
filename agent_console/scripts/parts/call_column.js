// The call column: painted at once from a pop, then completed from the server. Owns hang-up, recording, wrap-up.

import { ask, fragment, newKey } from "./api.js";
import { onLive } from "./live.js";
import { tick } from "./ticking.js";

const byId = (id) => document.getElementById(id);
const mine = document.body.dataset.extension;
let muted = false;

export const linkedid = () => byId("call-column").dataset.linkedid;
const callState = () => byId("call-column").dataset.callState;

function paintPop(event) {
  // The caller is on the screen before anything else is asked: the server's fuller column follows.
  const { data } = event;
  const column = byId("call-column");
  column.dataset.linkedid = data.linkedid;
  column.dataset.callState = "rings";
  column.dataset.language = data.language ?? "";
  const card = document.createElement("div");
  card.className = "call-card active";
  const state = document.createElement("p");
  state.className = "call-state soon";
  state.textContent = "▲";
  const caller = document.createElement("p");
  caller.className = "caller num";
  caller.textContent = data.caller?.shown || "…";
  const menu = document.createElement("p");
  menu.textContent = (data.menu ?? []).map((step) => `${step.keys} ${step.node}`.trim()).join(" › ");
  card.append(state, caller, menu);
  column.querySelectorAll(":scope > :not(.column-head)").forEach((old) => old.remove());
  column.append(card);
  document.documentElement.dataset.pop = data.linkedid;
  document.documentElement.dataset.popAt = String(Date.now());
  performance.mark(`pop ${data.linkedid}`);
}

export async function refreshCall() {
  const page = await fragment("/console/desk/call").catch(() => null);
  if (!page) return;
  for (const [id, part] of [["call-column", null], ["context-column", "known"]]) {
    const fresh = page.getElementById(part ?? id);
    if (fresh) byId(part ?? id).replaceWith(document.importNode(fresh, true));
  }
  bind();
  tick();
}

function say(refusal) {
  const wrong = byId("call-wrong");
  if (wrong) wrong.textContent = `✕ ${refusal.message}`;
}

export async function muteRecording(wanted) {
  if (callState() !== "talks" || muted === wanted) return;
  muted = wanted;
  try {
    await ask("PUT", `/api/v1/calls/${linkedid()}/record/${wanted ? "pause" : "resume"}`);
  } catch (refusal) {
    muted = !wanted;
    say(refusal);
  }
  showRecording();
}

function showRecording() {
  const line = byId("recording");
  if (!line) return;
  byId("rec-word").textContent = muted ? `❚❚ ${line.dataset.off}` : `● ${line.dataset.on}`;
  byId("rec-word").classList.toggle("off", muted);
  byId("rec-button").textContent = muted ? line.dataset.resume : line.dataset.pause;
}

function bind() {
  showRecording();
  byId("rec-button")?.addEventListener("click", () => muteRecording(!muted));
  const end = byId("hangup");
  end?.addEventListener("click", async () => {
    if (!confirm(end.dataset.confirm)) return;
    await ask("POST", `/api/v1/calls/${linkedid()}/hangup`).catch(say);
  });
  const form = byId("wrapup");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    form.key ??= newKey();
    try {
      await ask("POST", "/api/v1/operators/me/wrapup", { outcome: given.get("outcome"), note: given.get("note"), linkedid: linkedid() }, form.key);
    } catch (refusal) {
      return say(refusal);
    }
    await refreshCall();
  });
}

export function startCallColumn() {
  bind();
  document.addEventListener("keydown", (event) => {
    if (event.key === "F8") { event.preventDefault(); byId("wrapup")?.querySelector("input")?.focus(); }
  });
  let planned = 0;
  const soon = (wait) => { clearTimeout(planned); planned = setTimeout(refreshCall, wait); };
  onLive((event) => {
    const { type, data } = event;
    if (type === "pop" && data.operator === mine) {
      if (callState() === "talks") return;
      muted = false;
      paintPop(event);
      soon(30);
    } else if (type === "call.ringing" || type === "hello") {
      if (type === "hello") soon(30);
    } else if (type.startsWith("call.") && (data.linkedid === linkedid() || data.operator === mine)) {
      soon(30);
    }
  });
}
