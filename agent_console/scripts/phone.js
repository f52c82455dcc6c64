// The telephone in the browser, on every page of an operator. One window of a browser holds it; another takes over
// when that one is closed. Owns the phone's panel; the line, the microphone and the sound have parts of their own.

import { ask } from "./parts/api.js";
import { Level, audioContext } from "./parts/phone/level.js";
import { Line } from "./parts/phone/line.js";
import { Microphone } from "./parts/phone/microphone.js";
import { Sound, listed } from "./parts/phone/sound.js";

const panel = document.getElementById("phone");
if (panel) startPhone();

function startPhone() {
  const byId = (id) => document.getElementById(id);
  const words = JSON.parse(byId("phone-words").textContent);
  const line = new Line(), microphone = new Microphone(), sound = new Sound(), caller = new Level();
  let state = "off"; // off | starting | ready | rings | talks | lost | elsewhere | waits
  let renewal = 0, held = false;

  function show(next, detail = "") {
    state = next;
    panel.dataset.state = next;
    byId("phone-word").textContent = words[next] + (detail ? ` ${detail}` : "");
    byId("phone-answer").hidden = next !== "rings";
    byId("phone-end").hidden = next !== "rings" && next !== "talks";
    byId("phone-mute").hidden = byId("phone-keys").hidden = next !== "talks";
    byId("phone-take").hidden = next !== "elsewhere";
    byId("phone-kind").disabled = next === "talks" || next === "rings";
    byId("phone-meters").hidden = ["off", "waits", "elsewhere"].includes(next);
  }
  const idle = () => show(line.registered ? "ready" : "lost");
  const wrong = (text) => { byId("phone-wrong").textContent = text ? `✕ ${text}` : ""; };

  // Login: asked for by this page alone, renewed at half of its life.
  async function register(takeOver = false) {
    const lease = takeOver ? null : localStorage.getItem("phone-lease");
    let answer;
    try {
      answer = await ask("PUT", "/api/v1/operators/me/phone", { kind: "browser", ...(lease ? { lease } : {}) });
    } catch (refusal) {
      if (refusal.errorId === "phone_elsewhere") { line.stop(); microphone.close(); show("elsewhere"); return; }
      wrong(refusal.message);
      renewal = setTimeout(register, 3000); // the line itself goes on with the login it has
      return;
    }
    wrong("");
    localStorage.setItem("phone-lease", answer.login.lease);
    line.start(answer.login);
    clearTimeout(renewal);
    renewal = setTimeout(register, Math.max(5000, (new Date(answer.login.expires_at) - Date.now()) / 2));
  }

  async function switchOn(takeOver = false) {
    show("starting");
    await Promise.all([register(takeOver), microphone.open(localStorage.getItem("phone-microphone") ?? "").then(fillDevices)]);
    await sound.restore();
  }
  // One window holds the phone; the lock passes on when that window is closed, reloaded or crashes.
  function hold() {
    if (held) return undefined; // in use here, or in line for it, already
    held = true;
    show("waits");
    if (!navigator.locks) return switchOn();
    navigator.locks.request("centrala-phone", () => switchOn().then(() => new Promise(() => undefined)));
    return undefined;
  }

  line.addEventListener("registered", () => { if (!line.busy) idle(); });
  line.addEventListener("unregistered", () => { if (!line.busy) show("lost"); });
  line.addEventListener("refused", ({ detail }) => {
    if (!line.busy) show("lost");
    if (detail.status === 401 || detail.status === 403) { clearTimeout(renewal); renewal = setTimeout(() => register().then(() => line.again()), 500); }
  });
  line.addEventListener("rings", ({ detail }) => {
    show("rings");
    if (detail.givenBack) answer(); else sound.ring();
  });
  line.addEventListener("audio", ({ detail }) => { sound.hear(detail.stream); caller.watch(detail.stream); });
  line.addEventListener("talks", () => { sound.quiet(); show("talks"); showMute(); });
  line.addEventListener("over", () => {
    sound.quiet();
    caller.watch(null);
    sound.hear(null);
    if (microphone.track) microphone.track.enabled = true;
    idle();
  });

  async function answer() {
    if (!line.ringing) return;
    sound.quiet();
    audioContext();
    if (!microphone.stream) await microphone.open();
    if (!microphone.stream) return; // the warning says why; the queue asks the next operator
    line.answer(microphone.stream);
  }
  function showMute() {
    const muted = microphone.track?.enabled === false;
    byId("phone-mute").textContent = muted ? words.unmute : words.mute;
    byId("phone-mute").setAttribute("aria-pressed", String(muted));
    panel.classList.toggle("muted", muted);
  }
  byId("phone-answer").addEventListener("click", answer);
  byId("phone-end").addEventListener("click", () => line.hangUp());
  byId("phone-take").addEventListener("click", () => switchOn(true));
  byId("phone-mute").addEventListener("click", () => {
    if (microphone.track) microphone.track.enabled = !microphone.track.enabled;
    showMute();
  });
  byId("phone-keys").querySelectorAll("[data-key]").forEach((key) => key.addEventListener("click", () => line.press(key.dataset.key)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2" && state === "rings") { event.preventDefault(); answer(); }
  });

  // Microphone: what is wrong stands in words beside the phone before a call comes.
  const judge = () => {
    byId("phone-microphone-wrong").textContent = microphone.fault ? `✕ ${words[`microphone_${microphone.fault}`]}` : "";
    panel.dataset.microphone = microphone.fault || (microphone.stream ? "good" : "");
  };
  microphone.addEventListener("judged", judge);
  microphone.addEventListener("opened", () => { judge(); if (line.talking) line.send(microphone.track); });
  microphone.addEventListener("devices", fillDevices);

  async function fillDevices() {
    const { microphones, outputs } = await listed();
    for (const [id, devices] of [["microphone", microphones], ["voice", outputs], ["bell", outputs]]) {
      const list = byId(`phone-${id}-device`);
      const chosen = localStorage.getItem(`phone-${id}`) ?? "";
      list.replaceChildren(new Option(words.usual_device, ""), ...devices.filter(({ deviceId }) => deviceId !== "default").map(({ label, deviceId }) => new Option(label || words.a_device, deviceId)));
      list.value = devices.some(({ deviceId }) => deviceId === chosen) ? chosen : "";
    }
  }
  byId("phone-microphone-device").addEventListener("change", ({ target }) => { localStorage.setItem("phone-microphone", target.value); microphone.open(target.value); });
  byId("phone-voice-device").addEventListener("change", ({ target }) => sound.use("voice", target.value));
  byId("phone-bell-device").addEventListener("change", ({ target }) => sound.use("bell", target.value).then(() => sound.ring(1.5)));

  byId("phone-kind").addEventListener("change", async ({ target }) => {
    if (target.value === "browser") { localStorage.removeItem("phone-lease"); hold(); return; }
    clearTimeout(renewal);
    try {
      await ask("PUT", "/api/v1/operators/me/phone", { kind: "sip" });
    } catch (refusal) { wrong(refusal.message); target.value = "browser"; return; }
    line.stop();
    microphone.close();
    show("off");
    location.reload(); // gives the lock back, so that a second window does not wait for it
  });

  setInterval(() => {
    byId("phone-mine").value = microphone.track?.enabled ? Math.min(1, microphone.peak * 3) : 0;
    byId("phone-theirs").value = Math.min(1, caller.peak() * 3);
  }, 100);

  if (panel.dataset.kind === "browser") hold(); else show("off");
}
