// The operator's desk: the case form with its draft, street, map and category. The call column has its own part.

import { ask, fragment, newKey } from "./parts/api.js";
import { linkedid, muteRecording, startCallColumn } from "./parts/call_column.js";
import { forget, keep, kept } from "./parts/draft.js";
import { connect } from "./parts/live.js";
import { StreetField } from "./parts/streets.js";
import { TownMap } from "./parts/town_map.js";

const byId = (id) => document.getElementById(id);
const form = byId("case-form");
const map = new TownMap(byId("map"), (latitude, longitude) => place(latitude, longitude, byId("street-answer").dataset.moved));
let pin = null;

startCallColumn();

// Category: who answers for it and until when, at once; procedure on the right.
const service = byId("service");
async function showService() {
  const code = service.value;
  const answer = byId("service-answer");
  byId("order-body").textContent = "";
  if (!code) { answer.textContent = ""; return; }
  const found = await ask("GET", `/api/v1/services/${encodeURIComponent(code)}`).catch(() => null);
  if (!found || service.value !== code) return;
  const due = new Date(found.due_at).toLocaleString(document.documentElement.lang === "sr" ? "sr-Latn-RS" : "en-GB", { weekday: "short", day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit" });
  answer.textContent = `→ ${found.organisation_name} · ${answer.dataset.due} ${due}`;
  byId("order-body").textContent = found.organisation_name;
  const box = byId("procedure");
  const list = (kind, lines) => { const node = document.createElement(kind); node.append(...lines.map((line) => { const item = document.createElement("li"); item.textContent = line; return item; })); return node; };
  const head = (text) => { const node = document.createElement("h3"); node.textContent = text; return node; };
  box.replaceChildren(head(`${box.dataset.title}: ${service.selectedOptions[0].textContent}`));
  if (found.questions.length) box.append(head(box.dataset.questions), list("ul", found.questions));
  if (found.procedure.length) box.append(list("ol", found.procedure));
}
service.addEventListener("change", showService);

// Place: suggestions, house number, pin, what is open nearby.
const street = byId("street");
const house = byId("house");
function place(latitude, longitude, words) {
  pin = { latitude, longitude };
  keep("latitude", latitude);
  keep("longitude", longitude);
  byId("street-answer").textContent = `✓ ${words}`;
  showNear();
}
async function showNear() {
  if (!pin) return byId("near").replaceChildren();
  const page = await fragment(`/console/desk/near?latitude=${pin.latitude}&longitude=${pin.longitude}`).catch(() => null);
  if (page) byId("near").replaceChildren(...page.body.childNodes);
}
async function locate() {
  const answer = byId("street-answer");
  const text = street.value.trim();
  if (!text) { answer.textContent = ""; return; }
  const query = `search=${encodeURIComponent(text)}&house_number=${encodeURIComponent(house.value.trim())}&limit=1`;
  const found = (await ask("GET", `/api/v1/streets?${query}`).catch(() => ({ items: [] }))).items[0];
  if (!found || found.name.toLocaleLowerCase() !== text.toLocaleLowerCase()) { answer.textContent = answer.dataset.none; return; }
  map.pin(found.latitude, found.longitude);
  place(found.latitude, found.longitude, found.house_number_known ? answer.dataset.foundNumber : answer.dataset.found);
}
new StreetField(street, byId("street-list"), locate);
street.addEventListener("change", locate);
house.addEventListener("change", locate);

// Who: behind the wall, and the recording is silent while these fields have the focus.
const wall = byId("wall-fields");
function showWall() {
  wall.hidden = form.elements.who.value !== "tell";
  const number = byId("call-column").dataset.number;
  const contact = byId("contact");
  if (!wall.hidden && !contact.value && number) { contact.value = number; keep("contact", number); }
}
form.querySelectorAll('[name="who"]').forEach((radio) => radio.addEventListener("change", () => { showWall(); if (!wall.hidden) byId("contact").focus(); }));
wall.addEventListener("focusin", () => muteRecording(true));
wall.addEventListener("focusout", (event) => { if (!wall.contains(event.relatedTarget)) muteRecording(false); });

// Draft: every field by itself.
const FIELDS = ["service_code", "street", "house_number", "description", "who", "tell_by", "contact", "name"];
let quiet = 0;
function keepField(event) {
  const { name } = event.target;
  if (!FIELDS.includes(name)) return;
  keep(name, form.elements[name].value);
  event.target.classList.remove("invalid");
  clearTimeout(quiet);
  quiet = setTimeout(() => { byId("draft-state").textContent = byId("draft-state").dataset.saved; }, 400);
}
form.addEventListener("input", keepField);
form.addEventListener("change", keepField); // a chosen suggestion is no typing
function restore() {
  for (const name of FIELDS) { const value = kept(name); if (value) form.elements[name].value = value; }
  const latitude = kept("latitude"), longitude = kept("longitude");
  if (latitude && longitude) { pin = { latitude: Number(latitude), longitude: Number(longitude) }; map.pin(pin.latitude, pin.longitude); showNear(); }
  if (FIELDS.some((name) => kept(name))) byId("draft-state").textContent = byId("draft-state").dataset.saved;
  showWall();
  showService();
}
function empty() {
  forget();
  form.reset();
  pin = null;
  map.clear();
  for (const id of ["service-answer", "street-answer", "draft-state", "order-body", "case-wrong"]) byId(id).textContent = "";
  byId("near").replaceChildren();
  showWall();
}
byId("discard").addEventListener("click", (event) => { if (confirm(event.target.dataset.confirm)) { empty(); service.focus(); } });

// Save. The key is kept with the draft, so that a second try cannot make a second case.
function refuse(field, words) {
  byId("case-wrong").textContent = `✕ ${words}`;
  const element = form.elements[field];
  if (element?.classList) { element.classList.add("invalid"); element.focus(); }
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const order = event.submitter?.value === "order";
  const given = new FormData(form);
  byId("case-wrong").textContent = "";
  if (!given.get("service_code")) return refuse("service_code", form.dataset.needService);
  if (!String(given.get("description")).trim() && !String(given.get("street")).trim()) return refuse("description", form.dataset.needText);
  const call = linkedid();
  const body = {
    kind: "request", channel: "phone", service_code: given.get("service_code"), description: given.get("description"),
    street: given.get("street"), house_number: given.get("house_number"), language: byId("call-column").dataset.language || "sr",
    ...(pin ?? {}), ...(call ? { linkedid: call } : {}),
  };
  if (given.get("who") === "tell") body.reporter = { name: given.get("name"), contact: given.get("contact"), tell_by: given.get("tell_by") };
  if (!kept("key")) keep("key", newKey());
  const buttons = [...form.querySelectorAll('[type="submit"]')];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const made = await ask("POST", "/api/v1/cases", body, kept("key"));
    await finish(made, order, given.has("urgent"));
  } catch (refusal) {
    refuse(refusal.field.split(".").pop(), `${form.dataset.notSaved} ${refusal.message}`);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
});
async function finish(made, order, urgent) {
  const result = { number: made.number, shown: made.shown, pin: made.pin, order: "" };
  if (order) {
    const words = byId("saved-order").dataset;
    try {
      await ask("POST", `/api/v1/cases/${made.number}/orders`, { urgent }, `order-${kept("key")}`);
      result.order = `✓ ${words.sent}`;
    } catch (refusal) {
      result.order = `✕ ${words.failed} ${refusal.message}`;
    }
  }
  empty();
  sessionStorage.setItem("saved", JSON.stringify(result));
  showSaved();
}
function showSaved() {
  const result = JSON.parse(sessionStorage.getItem("saved") ?? "null");
  byId("saved").hidden = !result;
  form.hidden = Boolean(result);
  if (!result) return;
  byId("saved-number").textContent = result.shown;
  byId("saved-pin").textContent = result.pin;
  byId("saved-open").href = `/console/cases/${result.number}`;
  byId("saved-order").textContent = result.order;
  byId("saved-order").className = result.order.startsWith("✕") ? "wrong" : "good";
  byId("next-case").focus();
}
byId("next-case").addEventListener("click", () => {
  sessionStorage.removeItem("saved");
  showSaved();
  map.map.invalidateSize();
  service.focus();
});

restore();
showSaved();
connect();
