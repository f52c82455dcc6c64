// Scoring forms are made and changed here, and an operator answers an own score. The server counts and refuses.

import { ask, newKey } from "./parts/api.js";

const byId = (id) => document.getElementById(id);
const editor = byId("form-editor");
if (editor) startEditor();
for (const form of document.querySelectorAll("form.remark")) startRemark(form);

function startEditor() {
  const box = byId("criteria");
  const title = byId("editor-title");
  let changed = null;

  const rows = () => [...box.children];
  const field = (row, name) => row.querySelector(`[data-${name}]`);
  function adapt(row) {
    const scale = field(row, "kind").value === "scale";
    field(row, "top-label").hidden = !scale;
    field(row, "top").disabled = !scale;
    field(row, "fatal-label").hidden = scale;
  }
  function number() {
    rows().forEach((row, place) => {
      field(row, "number").textContent = place + 1;
      const remove = field(row, "remove");
      remove.setAttribute("aria-label", `${remove.getAttribute("aria-label").replace(/\s*\d*$/, "")} ${place + 1}`);
      remove.hidden = rows().length === 1;
    });
    byId("criterion-add").disabled = rows().length >= 20;
  }
  function add(given) {
    box.append(byId("criterion-row").content.cloneNode(true));
    const row = box.lastElementChild;
    if (given) {
      for (const name of ["name", "kind", "top", "weight"]) field(row, name).value = given[name];
      field(row, "fatal").checked = given.fatal;
    }
    adapt(row);
    number();
    return row;
  }
  function open(card) {
    changed = card;
    title.textContent = card ? title.dataset.change.replace("{version}", Number(card.dataset.version) + 1) : title.dataset.new;
    byId("form-name").value = card ? field(card, "form-name").textContent : "";
    byId("form-name").readOnly = Boolean(card);
    byId("editor-cancel").hidden = !card;
    byId("form-wrong").textContent = "";
    box.replaceChildren();
    for (const one of card ? JSON.parse(field(card, "criteria").content.textContent) : [null]) add(one);
    if (card) { editor.scrollIntoView(); title.focus(); }
  }
  const criteria = () => rows().map((row) => {
    const scale = field(row, "kind").value === "scale";
    return {
      name: field(row, "name").value.trim(),
      kind: field(row, "kind").value,
      top: scale ? Number(field(row, "top").value) : 1,
      weight: Number(field(row, "weight").value),
      fatal: !scale && field(row, "fatal").checked,
    };
  });

  byId("criterion-add").addEventListener("click", () => field(add(), "name").focus());
  byId("editor-cancel").addEventListener("click", () => open(null));
  box.addEventListener("change", (event) => { if (event.target.matches("[data-kind]")) adapt(event.target.closest("fieldset")); });
  box.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove]")) return;
    event.target.closest("fieldset").remove();
    number();
    byId("criterion-add").focus();
  });
  editor.addEventListener("submit", (event) => {
    event.preventDefault();
    const sent = changed
      ? ask("POST", `/api/v1/score-forms/${changed.dataset.form}/versions`, { based_on: Number(changed.dataset.version), criteria: criteria() }, newKey())
      : ask("POST", "/api/v1/score-forms", { name: byId("form-name").value.trim(), criteria: criteria() }, newKey());
    const button = editor.querySelector("button.main");
    button.disabled = true;
    sent.then(() => location.reload(), (refusal) => { button.disabled = false; say(byId("form-wrong"))(refusal); });
  });
  for (const card of document.querySelectorAll(".score-form")) {
    field(card, "change").addEventListener("click", () => open(card));
    field(card, "retire").addEventListener("click", (event) => {
      if (!confirm(event.target.dataset.ask)) return;
      ask("PUT", `/api/v1/score-forms/${card.dataset.form}/retired`).then(() => location.reload(), say(byId("form-wrong")));
    });
  }
  rows().forEach(adapt);
  number();
}

function startRemark(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask("POST", `/api/v1/scores/${form.dataset.score}/remark`, { text: form.elements.remark.value.trim() }, newKey())
      .then(() => location.reload(), say(form.nextElementSibling));
  });
}

function say(place) {
  return (refusal) => { place.textContent = `✕ ${refusal.message}`; };
}
