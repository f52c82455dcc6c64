// The player: the purpose is asked once per sitting and sent with every listen; without it there is no sound address.

import { ask, newKey } from "./parts/api.js";
import { startScores } from "./parts/recording_scores.js";
import { startText } from "./parts/recording_text.js";
import { Waveform } from "./parts/waveform.js";

const byId = (id) => document.getElementById(id);
const player = byId("player");
if (byId("purpose-form")) startPlayer();

function startPlayer() {
  const audio = byId("audio");
  const address = `/api/v1/recordings/${encodeURIComponent(player.dataset.id)}`;
  const waveform = new Waveform(byId("waveform"), (seconds) => { audio.currentTime = seconds; });
  const loadText = byId("said") ? startText(player, audio) : () => {};
  const loadScores = byId("scores") ? startScores(player.dataset.id, player.dataset.mine) : () => {};
  let known = { lanes: [], gaps: [], marks: [], seconds: 0 };

  const media = (purpose, more = "") => `${player.dataset.media}?purpose=${encodeURIComponent(purpose)}${more}`;
  function show(purpose) {
    byId("purpose-form").hidden = Boolean(purpose);
    byId("sound").hidden = !purpose;
    if (!purpose) { audio.removeAttribute("src"); byId("purpose").focus(); return; }
    byId("purpose-said").textContent = `„${purpose}“`;
    audio.src = media(purpose);
    look();
    loadText(purpose);
    loadScores();
  }
  async function look() {
    const found = await ask("GET", address).catch(() => null);
    if (found) known = found;
    byId("no-waveform").hidden = known.lanes.length > 0;
    byId("waveform").hidden = !known.lanes.length;
    paint();
  }
  function paint() {
    waveform.show(known.lanes, known.seconds || audio.duration || 0, known.gaps, known.marks);
    paintMarks();
    const gaps = byId("gaps");
    gaps.replaceChildren(...known.gaps.map((gap) => {
      const words = (gap.ends === null ? gaps.dataset.open : gaps.dataset.gap).replace("{begins}", clock(gap.begins)).replace("{ends}", clock(gap.ends ?? 0));
      return item(`❚❚ ${words}`, gap.by);
    }));
  }
  function paintMarks() {
    const list = byId("marks");
    if (!known.marks.length) { list.replaceChildren(item("", list.dataset.none)); return; }
    list.replaceChildren(...known.marks.map((mark) => {
      const line = item("", mark.author);
      const jump = document.createElement("button");
      jump.type = "button";
      jump.className = "plain num";
      jump.textContent = clock(mark.at);
      jump.addEventListener("click", () => { audio.currentTime = mark.at; });
      line.prepend(jump, ` ${mark.text} `);
      if (mark.author === player.dataset.mine) {
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "plain";
        remove.textContent = "✕";
        remove.setAttribute("aria-label", `${list.dataset.delete}: ${mark.text}`);
        remove.addEventListener("click", () => ask("DELETE", `${address}/marks/${mark.id}`).then(look).catch(say("mark-wrong")));
        line.append(remove);
      }
      return line;
    }));
  }

  byId("purpose-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const purpose = byId("purpose").value.trim();
    if (purpose.length < 3) return;
    sessionStorage.setItem("purpose", purpose);
    show(purpose);
  });
  byId("purpose-change").addEventListener("click", () => { sessionStorage.removeItem("purpose"); show(""); });
  byId("download").addEventListener("click", () => { location.href = media(sessionStorage.getItem("purpose"), "&download=true"); });

  audio.addEventListener("loadedmetadata", () => { byId("sound-loading").hidden = true; });
  audio.addEventListener("error", () => { if (audio.src) { byId("sound-loading").hidden = true; const wrong = byId("sound-wrong"); wrong.textContent = `✕ ${wrong.dataset.text}`; } });
  for (const moved of ["timeupdate", "seeked"]) audio.addEventListener(moved, () => { waveform.moveTo(audio.currentTime); byId("mark-at").textContent = clock(audio.currentTime); });
  const skip = (seconds) => { audio.currentTime = Math.max(0, audio.currentTime + seconds); };
  byId("back").addEventListener("click", () => skip(-10));
  byId("forward").addEventListener("click", () => skip(10));
  const speed = byId("speed");
  const setSpeed = () => { audio.playbackRate = Number(speed.value); audio.preservesPitch = true; };
  speed.addEventListener("change", setSpeed);
  audio.addEventListener("play", setSpeed);

  byId("mark-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("mark-text").value.trim();
    if (!text) return;
    byId("mark-wrong").textContent = "";
    try {
      await ask("POST", `${address}/marks`, { at: audio.currentTime, text }, newKey());
    } catch (refusal) { say("mark-wrong")(refusal); return; }
    byId("mark-text").value = "";
    look();
  });
  byId("hold-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask("POST", `${address}/holds`, { reason: byId("hold-reason").value.trim() }, newKey()).then(() => location.reload(), say("hold-wrong"));
  });
  for (const button of document.querySelectorAll("[data-release]")) {
    button.addEventListener("click", () => {
      const reason = prompt(button.dataset.ask);
      if (reason) ask("POST", `/api/v1/recording-holds/${button.dataset.release}/release`, { reason }).then(() => location.reload(), say("hold-wrong"));
    });
  }

  document.addEventListener("keydown", (event) => {
    if (byId("sound").hidden || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, button, a, audio")) return;
    const choice = [...speed.options].findIndex((one) => one.selected);
    if (event.key === " ") { if (audio.paused) audio.play(); else audio.pause(); }
    else if (event.key === "ArrowLeft") skip(-5);
    else if (event.key === "ArrowRight") skip(5);
    else if (event.key === "[" && choice > 0) { speed.selectedIndex = choice - 1; setSpeed(); }
    else if (event.key === "]" && choice < speed.options.length - 1) { speed.selectedIndex = choice + 1; setSpeed(); }
    else if (event.key === "m" || event.key === "M") { audio.pause(); byId("mark-text").focus(); }
    else return;
    event.preventDefault();
  });

  byId("purpose").value = sessionStorage.getItem("purpose") ?? "";
  show(sessionStorage.getItem("purpose") ?? "");
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function item(words, quiet) {
  const line = document.createElement("li");
  const note = document.createElement("span");
  note.className = "quiet";
  note.textContent = quiet;
  line.append(words, words ? " " : "", note);
  return line;
}

function say(id) {
  return (refusal) => { byId(id).textContent = `✕ ${refusal.message}`; };
}
