// The call column: painted at once from a pop, then completed from the server. Owns hang-up, recording, wrap-up.

import { ask, fragment, newKey } from "./api.js";
import { onLive } from "./live.js";
import { forgetSilence, isSilent, wants, wishSilence } from "./recording_pause.js";
import { startSteering, steeringDrawn } from "./steering.js";
import { tick } from "./ticking.js";

const byId = (id) => document.getElementById(id);
const mine = document.body.dataset.extension;

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
    if (!fresh) continue;
    keepWrapUp(fresh);
    byId(part ?? id).replaceWith(document.importNode(fresh, true));
  }
  bind();
  steeringDrawn();
  tick();
}

// What is half filled in stays: the column is drawn anew whenever the server has news of the call.
function keepWrapUp(fresh) {
  const before = byId("wrapup"), after = fresh.querySelector("#wrapup");
  if (!before || !after || before.dataset.linkedid !== after.dataset.linkedid) return;
  after.querySelector("[name=note]").setAttribute("value", before.elements.note.value);
  const chosen = before.querySelector("[name=outcome]:checked");
  if (chosen) after.querySelector(`[value="${chosen.value}"]`)?.setAttribute("checked", "");
}

function say(refusal) {
  const wrong = byId("call-wrong");
  if (wrong) wrong.textContent = `✕ ${refusal.message}`;
}

export async function muteRecording(wanted, why = "field") {
  if (callState() !== "talks" && wanted) return;
  await wishSilence(linkedid(), why, wanted).catch(say);
  showRecording();
}

function showRecording() {
  const line = byId("recording");
  if (!line) return;
  const muted = isSilent();
  byId("rec-word").textContent = muted ? `❚❚ ${line.dataset.off}` : `● ${line.dataset.on}`;
  byId("rec-word").classList.toggle("off", muted);
  byId("rec-button").textContent = wants("hand") ? line.dataset.resume : line.dataset.pause;
}

function bind() {
  showRecording();
  byId("rec-button")?.addEventListener("click", () => muteRecording(!wants("hand"), "hand"));
  const end = byId("hangup");
  end?.addEventListener("click", async () => {
    if (!confirm(end.dataset.confirm)) return;
    await ask("POST", `/api/v1/calls/${linkedid()}/hangup`).catch(say);
  });
  byId("wrapup-extend")?.addEventListener("click", () => ask("POST", "/api/v1/operators/me/wrapup/extend", {}).catch(say));
  const form = byId("wrapup");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    form.dataset.key ||= newKey();
    try {
      await ask("POST", "/api/v1/operators/me/wrapup", { outcome: given.get("outcome"), note: given.get("note"), linkedid: linkedid() }, form.dataset.key);
    } catch (refusal) {
      return say(refusal);
    }
    await refreshCall();
  });
}

export function startCallColumn() {
  bind();
  startSteering();
  document.addEventListener("keydown", (event) => {
    const form = byId("wrapup");
    if (event.key === "F8") { event.preventDefault(); (form?.querySelector("[name=outcome]:checked") ?? form?.querySelector("input"))?.focus(); }
    if (form && document.activeElement?.name === "outcome" && /^[1-9]$/.test(event.key)) {
      const choice = form.querySelectorAll("[name=outcome]")[Number(event.key) - 1];
      if (choice) { event.preventDefault(); choice.checked = true; choice.focus(); }
    }
    if (event.key === "Enter" && document.activeElement?.name === "outcome") { event.preventDefault(); form?.requestSubmit(); }
  });
  let planned = 0;
  const soon = (wait) => { clearTimeout(planned); planned = setTimeout(refreshCall, wait); };
  onLive((event) => {
    const { type, data } = event;
    if (type === "pop" && data.operator === mine) {
      if (callState() === "talks") return;
      forgetSilence();
      paintPop(event);
      soon(30);
    } else if (type === "call.ringing" || type === "hello") {
      if (type === "hello") soon(30);
    } else if (/^(call|operator)\./.test(type) && (data.linkedid === linkedid() || data.operator === mine || data.to === `operator-${mine}`)) {
      // Who is not at work has no state that changes: that they answered is told by their telephone alone.
      soon(30);
    }
  });
}
