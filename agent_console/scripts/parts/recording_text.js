// What was said, beside the player: asked for with the purpose, like the sound. A click on a phrase goes there.

import { ask } from "./api.js";

export function startText(player, audio) {
  const box = document.getElementById("said");
  const why = document.getElementById("said-why");
  const words = document.getElementById("said-words").content;
  const word = (name) => words.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  let phrases = [];

  function paint(found) {
    why.textContent = found.why ? word(found.why) : found.phrases.length ? "" : word("silent");
    phrases = found.phrases.map((phrase) => {
      const line = document.createElement("li");
      const jump = document.createElement("button");
      jump.type = "button";
      jump.className = `phrase lane-${phrase.lane}`;
      const time = document.createElement("span");
      time.className = "num";
      time.textContent = clock(phrase.begins);
      const who = document.createElement("strong");
      who.textContent = word(phrase.lane);
      jump.append(time, " ", who, " ", phrase.text);
      jump.addEventListener("click", () => { audio.currentTime = phrase.begins; });
      line.append(jump);
      return { ...phrase, line, jump };
    });
    box.replaceChildren(...phrases.map((phrase) => phrase.line));
    box.hidden = !phrases.length;
    follow();
  }
  function follow() {
    for (const one of phrases) {
      if (audio.currentTime >= one.begins && audio.currentTime < one.ends) one.jump.setAttribute("aria-current", "true");
      else one.jump.removeAttribute("aria-current");
    }
  }
  for (const moved of ["timeupdate", "seeked"]) audio.addEventListener(moved, follow);

  return (purpose) => ask("GET", `${player.dataset.media.replace(/media$/, "text")}?purpose=${encodeURIComponent(purpose)}`)
    .then(paint, (refusal) => { why.textContent = `✕ ${refusal.message}`; });
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
