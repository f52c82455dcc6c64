// The operator's desk: the case form with its draft, street, map and category. The call column has its own part.

import { ask, fragment, newKey } from "./parts/api.js";
import { linkedid, muteRecording, startCallColumn } from "./parts/call_column.js";
import { draftKey, draftPlace, flush, keep, lastSaved, onDraft, openDraft, rereadDraft, settled, takeVersion, throwAway } from "./parts/draft.js";
import { connect, lookAt, onLive } from "./parts/live.js";
import { StreetField } from "./parts/streets.js";
import { TownMap } from "./parts/town_map.js";

const byId = (id) => document.getElementById(id);
const form = byId("case-form");
const map = new TownMap(byId("map"), (latitude, longitude) => place(latitude, longitude, byId("street-answer").dataset.moved));
let pin = null;

startCallColumn();

// Category: who answers for it and until when, at once; procedure on the right.
const service = byId("service");
function promise(found) {
  const due = new Date(found.due_at).toLocaleString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit" });
  return `→ ${found.organisation_name} · ${byId("service-answer").dataset.due} ${due}`;
}
async function showService() {
  const code = service.value;
  const answer = byId("service-answer");
  byId("order-body").textContent = "";
  if (!code) { answer.textContent = ""; return; }
  const found = await ask("GET", `/api/v1/services/${encodeURIComponent(code)}`).catch(() => null);
  if (!found || service.value !== code) return;
  answer.textContent = promise(found);
  byId("order-body").textContent = found.organisation_name;
  const box = byId("procedure");
  const list = (kind, lines) => { const node = document.createElement(kind); node.append(...lines.map((line) => { const item = document.createElement("li"); item.textContent = line; return item; })); return node; };
  const head = (text) => { const node = document.createElement("h3"); node.textContent = text; return node; };
  box.replaceChildren(head(`${box.dataset.title}: ${service.selectedOptions[0].textContent}`));
  if (found.questions.length) box.append(head(box.dataset.questions), list("ul", found.questions));
  if (found.procedure.length) box.append(list("ol", found.procedure));
}
service.addEventListener("change", () => { showService(); showNear(); });

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
  const query = new URLSearchParams({ latitude: pin.latitude, longitude: pin.longitude, street: street.value.trim(), service_code: service.value });
  const page = await fragment(`/console/desk/near?${query}`).catch(() => null);
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
  if (!wall.hidden && !contact.value && number) { contact.value = number; keep("contact", number); keep("tell_by", form.elements.tell_by.value); }
}
form.querySelectorAll('[name="who"]').forEach((radio) => radio.addEventListener("change", () => { showWall(); if (!wall.hidden) byId("contact").focus(); }));
wall.addEventListener("focusin", () => muteRecording(true));
wall.addEventListener("focusout", (event) => { if (!wall.contains(event.relatedTarget)) muteRecording(false); });

// Draft: every field by itself, on the server.
const FIELDS = ["service_code", "street", "house_number", "description", "who", "tell_by", "contact", "name"];
const draftState = byId("draft-state");
function keepField(event) {
  const { name } = event.target;
  if (!FIELDS.includes(name)) return;
  keep(name, form.elements[name].value);
  if (event.target.classList.contains("invalid")) forgive(event.target);
}
form.addEventListener("input", keepField);
form.addEventListener("change", keepField); // a chosen suggestion is no typing
function showSavedAgo() {
  if (draftState.dataset.off) return;
  const seconds = Math.floor((Date.now() - lastSaved()) / 1000);
  draftState.textContent = !lastSaved() ? "" : seconds > 59 ? draftState.dataset.saved : draftState.dataset.ago.replace("#", seconds);
}
setInterval(showSavedAgo, 1000);

// Somebody else wrote the same field meanwhile: both texts stand, and a person chooses.
let other = null;
const otherBar = byId("draft-other");
onDraft({
  saved() { delete draftState.dataset.off; showSavedAgo(); },
  offline() { draftState.dataset.off = "1"; draftState.textContent = `! ${draftState.dataset.local}`; },
  conflict(name, mine, answer) {
    other = { name, mine, value: answer.value ?? "", version: answer.version ?? 0 };
    otherBar.hidden = false;
    otherBar.querySelector("span").textContent = `! ${answer.by ?? ""} ${otherBar.dataset.word} „${other.value}“`;
  },
});
byId("take-other").addEventListener("click", () => { takeVersion(other.name, other.version); fill(other.name, other.value); otherBar.hidden = true; });
byId("keep-mine").addEventListener("click", () => { takeVersion(other.name, other.version); keep(other.name, form.elements[other.name]?.value ?? other.mine); otherBar.hidden = true; });
function fill(name, value) {
  if (name === "latitude" || name === "longitude") { if (value) pin = { ...(pin ?? {}), [name]: Number(value) }; return; }
  if (form.elements[name]) form.elements[name].value = value;
}
let told = ""; // the place from which the server tells us changes; what came before that is read once more
onLive(({ type, data }) => {
  if (type === "presence" && data.place === draftPlace()) {
    if (told !== data.place) { told = data.place; rereadDraft().then(taken, () => { told = ""; }); }
    const others = data.people.filter((who) => who !== document.body.dataset.username);
    byId("draft-people").textContent = others.length ? `● ${byId("draft-people").dataset.word} ${others.join(", ")}` : "";
  }
  if (type === "draft.changed" && data.place === draftPlace() && document.activeElement?.name !== data.field) {
    takeVersion(data.field, data.version);
    taken({ [data.field]: data.value });
  }
});

function taken(values) {
  for (const [field, value] of Object.entries(values)) fill(field, value);
  if ("service_code" in values) showService();
  if ("longitude" in values && pin?.latitude) { map.pin(pin.latitude, pin.longitude); showNear(); }
}

// Each call has a draft of its own; what was begun without a call, or in another one, stays within reach.
let opened = "";
async function useDraft(wanted) {
  const name = wanted || "mine";
  if (opened === name) return;
  opened = name;
  told = "";
  blank();
  const values = await openDraft(name).catch(() => null);
  if (!values || opened !== name) return;
  for (const [field, value] of Object.entries(values)) fill(field, value);
  if (pin?.latitude && pin?.longitude) { map.pin(pin.latitude, pin.longitude); showNear(); }
  lookAt(draftPlace());
  showSavedAgo();
  showWall();
  showService();
  showUnfinished();
}
async function showUnfinished() {
  const line = byId("draft-others");
  const found = await ask("GET", "/api/v1/drafts").catch(() => ({ items: [] }));
  const others = found.items.filter((one) => one.key !== draftKey());
  line.hidden = !others.length;
  line.replaceChildren(line.dataset.word, ...others.flatMap((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    const chosen = [...service.options].find((option) => option.value === one.service_code && one.service_code);
    button.textContent = [chosen?.textContent, one.street].filter(Boolean).join(", ") || new Date(one.updated_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    button.addEventListener("click", () => useDraft(one.key));
    return [" ", button];
  }));
}
new MutationObserver(() => { if (linkedid()) useDraft(linkedid()); }).observe(document.querySelector(".columns"), { subtree: true, childList: true, attributes: true, attributeFilter: ["data-linkedid"] });

function blank() {
  form.reset();
  pin = null;
  leaveJoin();
  otherBar.hidden = true;
  map.clear();
  delete draftState.dataset.off;
  for (const id of ["service-answer", "street-answer", "draft-state", "draft-people", "order-body", "case-wrong"]) byId(id).textContent = "";
  byId("near").replaceChildren();
  showWall();
}
function empty() { blank(); opened = ""; useDraft(linkedid()); }

// What may be the same: join the incident with this report, or put the call on a case that is there already.
let joining = "";
function leaveJoin() { joining = ""; byId("joining").hidden = true; }
byId("join-not").addEventListener("click", leaveJoin);
document.querySelector(".columns").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-join], [data-about], [data-person]");
  if (!button) return;
  if (button.dataset.join) {
    joining = button.dataset.join;
    byId("joining").hidden = false;
    byId("joining").querySelector("span").textContent = `${byId("joining").dataset.word} ${button.textContent.trim()}`;
  } else if (button.dataset.about) {
    button.disabled = true;
    await ask("POST", `/api/v1/cases/${button.dataset.about}/calls`, { linkedid: linkedid() }, `about-${linkedid()}-${button.dataset.about}`)
      .then(() => { button.textContent = `✓ ${button.textContent}`; }, (refusal) => { button.disabled = false; byId("case-wrong").textContent = `✕ ${refusal.message}`; });
  } else {
    form.elements.who.value = "tell";
    showWall();
    const { name, contact, tellBy } = button.dataset;
    for (const [field, value] of [["who", "tell"], ["name", name], ["contact", contact], ["tell_by", tellBy === "none" ? "phone" : tellBy]]) {
      if (field === "contact" && !value) continue;
      form.elements[field].value = value;
      keep(field, value);
    }
  }
});
byId("discard").addEventListener("click", async (event) => { if (confirm(event.target.dataset.confirm)) { await throwAway(); empty(); service.focus(); } });

// Save. The key is kept with the draft, so that a second try cannot make a second case.
const wrong = byId("case-wrong");
function refuse(field, words) {
  const element = form.elements[field];
  const beside = element?.closest?.(".field");
  if (beside) (element.closest(".row") ?? element).after(wrong);
  else form.querySelector(".actions").before(wrong);
  wrong.textContent = `✕ ${words}`;
  if (!element?.classList) return;
  element.classList.add("invalid");
  element.setAttribute("aria-invalid", "true");
  element.setAttribute("aria-describedby", wrong.id);
  element.focus();
  wrong.scrollIntoView({ block: "nearest" });
}
function forgive(element) {
  element.classList.remove("invalid");
  element.removeAttribute("aria-invalid");
  element.removeAttribute("aria-describedby");
  wrong.textContent = "";
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const order = event.submitter?.value === "order";
  const given = new FormData(form);
  form.querySelectorAll(".invalid").forEach(forgive);
  wrong.textContent = "";
  if (!given.get("service_code")) return refuse("service_code", form.dataset.needService);
  if (!String(given.get("description")).trim() && !String(given.get("street")).trim()) return refuse("description", form.dataset.needText);
  const call = linkedid();
  const body = {
    kind: "request", channel: "phone", service_code: given.get("service_code"), description: given.get("description"),
    street: given.get("street"), house_number: given.get("house_number"), language: byId("call-column").dataset.language || "sr",
    ...(pin ?? {}), ...(call ? { linkedid: call } : {}),
  };
  if (given.get("who") === "tell") body.reporter = { name: given.get("name"), contact: given.get("contact"), tell_by: given.get("tell_by") };
  form.key ??= newKey();
  await flush();
  const buttons = [...form.querySelectorAll('[type="submit"]')];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const made = await ask("POST", "/api/v1/cases", body, form.key);
    await finish(made, order, given.has("urgent"));
  } catch (refusal) {
    refuse(refusal.field.split(".").pop(), `${form.dataset.notSaved} ${refusal.message}`);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector('[name="go"][value="save"]'));
});
// Focus goes where the work is, unless somebody is writing already.
onLive((event) => {
  const free = [document.body, byId("content"), null].includes(document.activeElement) || document.activeElement?.closest("#call-column");
  if (event.type === "call.answered" && event.data.operator === document.body.dataset.extension && free && !form.hidden) service.focus();
});
async function finish(made, order, urgent) {
  const result = { number: made.number, shown: made.shown, pin: made.pin, promise: made.due_at ? promise(made) : "", order: "" };
  if (order && !joining) {
    const words = byId("saved-order").dataset;
    try {
      await ask("POST", `/api/v1/cases/${made.number}/orders`, { urgent }, `order-${form.key}`);
      result.order = `✓ ${words.sent}`;
    } catch (refusal) {
      result.order = `✕ ${words.failed} ${refusal.message}`;
    }
  }
  if (joining) {
    const joined = await ask("POST", `/api/v1/cases/${made.number}/join`, { to: joining, note: "" }, `join-${form.key}`)
      .catch((refusal) => { result.order = `✕ ${refusal.message}`; return null; });
    if (joined) result.order = `✓ ${byId("near").dataset.joined.replace("#", joined.incident)}`;
  }
  form.key = undefined;
  settled();
  blank();
  sessionStorage.setItem("saved", JSON.stringify(result));
  showSaved();
}
function showSaved() {
  const result = JSON.parse(sessionStorage.getItem("saved") ?? "null");
  byId("saved").hidden = !result;
  form.hidden = Boolean(result);
  byId("case-column").classList.toggle("told", Boolean(result)); // what is of drafts stands aside
  if (!result) return;
  byId("saved-number").textContent = result.shown;
  byId("saved-pin").textContent = result.pin;
  byId("saved-due").textContent = result.promise;
  byId("saved-open").href = `/console/cases/${result.number}`;
  byId("saved-order").textContent = result.order;
  byId("saved-order").className = result.order.startsWith("✕") ? "wrong" : "good";
  byId("next-case").focus();
}
byId("next-case").addEventListener("click", () => {
  sessionStorage.removeItem("saved");
  showSaved();
  empty();
  service.focus();
});

useDraft(linkedid());
showSaved();
connect();
