// Scores beside the player: shown once the purpose is said, given once the sound was asked for. The server counts.

import { ask, newKey } from "./api.js";

const byId = (id) => document.getElementById(id);

export function startScores(recording, me) {
  const address = `/api/v1/recordings/${encodeURIComponent(recording)}/scores`;
  const list = byId("scores");
  const form = byId("score-form");
  const choice = byId("score-choice");
  const wrong = byId("score-wrong");
  let known = [];

  const fields = () => form.querySelector(`[data-score-form="${choice.value}"]`);
  const version = () => Number(choice.selectedOptions[0].dataset.version);
  const own = () => known.find((one) => one.scored_by === me && one.form === Number(choice.value));

  async function load() {
    const found = await ask("GET", address).catch(() => null);
    if (!found) return;
    known = found.items;
    paint();
    if (form) fill();
  }
  function paint() {
    if (!known.length) { list.replaceChildren(line("", list.dataset.none)); return; }
    list.replaceChildren(...known.map((score) => {
      const shown = line(`${score.percent.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} %`, `${score.form_name} (${list.dataset.version.replace("{version}", score.version)}), ${list.dataset.by.replace("{operator}", score.operator).replace("{by}", score.scored_by)}`);
      const marks = document.createElement("ul");
      marks.className = "plain-list small";
      marks.replaceChildren(...score.marks.map(({ criterion, value, comment }) => line(`${criterion.name}: ${criterion.kind === "scale" ? `${value} / ${criterion.top}` : value ? list.dataset.yes : list.dataset.no}`, comment)));
      shown.append(marks);
      if (score.comment) shown.append(paragraph(score.comment));
      if (score.remark) shown.append(paragraph(`${list.dataset.remark} ${score.remark}`));
      return shown;
    }));
  }
  function fill() {
    for (const one of form.querySelectorAll("[data-score-form]")) one.hidden = one.disabled = one.dataset.scoreForm !== choice.value;
    const mine = own();
    const old = Boolean(mine) && mine.version !== version();
    wrong.textContent = old ? list.dataset.old : "";
    fields().disabled = old;
    form.querySelector("button.main").disabled = old;
    if (!mine || old) return;
    fields().querySelectorAll("[data-value]").forEach((input, place) => { input.value = mine.marks[place].value; });
    fields().querySelectorAll("[data-comment]").forEach((input, place) => { input.value = mine.marks[place].comment; });
    byId("score-comment").value = mine.comment;
  }

  choice?.addEventListener("change", fill);
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    const comments = [...fields().querySelectorAll("[data-comment]")];
    const marks = [...fields().querySelectorAll("[data-value]")].map((input, place) => ({ value: Number(input.value), comment: comments[place].value.trim() }));
    const given = { marks, comment: byId("score-comment").value.trim() };
    const mine = own();
    try {
      if (mine) await ask("PUT", `/api/v1/scores/${mine.id}`, given);
      else await ask("POST", address, { form: Number(choice.value), version: version(), ...given }, newKey());
    } catch (refusal) { wrong.textContent = `✕ ${refusal.message}`; return; }
    form.closest("details").open = false;
    await load();
  });
  return load;
}

function line(words, quiet) {
  const made = document.createElement("li");
  const note = document.createElement("span");
  note.className = "quiet";
  note.textContent = quiet;
  made.append(words, words ? " " : "", note);
  return made;
}

function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}
