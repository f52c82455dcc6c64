// The draft of a case: every field goes to the server by itself, so that a reload, a crash or another browser finds it.
// While the server cannot be reached a copy waits in this tab. Who reports is kept behind the wall there, nowhere here.

import { ask } from "./api.js";

const WAIT = 350;
let key = "mine";
let versions = {};
const timers = new Map();
const pending = new Map();
let savedAt = 0;
let listener = { saved() {}, conflict() {}, offline() {} };

export const draftKey = () => key;
export const draftPlace = () => (key === "mine" ? "" : `draft:${key}`);
export function onDraft(given) { listener = { ...listener, ...given }; }
export const lastSaved = () => savedAt;

const copies = () => `draft-copy:${key}`;
function keepCopy() {
  const left = Object.fromEntries([...pending].filter(([name]) => !["contact", "name"].includes(name)));
  if (Object.keys(left).length) sessionStorage.setItem(copies(), JSON.stringify(left));
  else sessionStorage.removeItem(copies());
}

export async function openDraft(wanted) {
  await flush();
  key = wanted || "mine";
  versions = {};
  const found = await ask("GET", `/api/v1/drafts/${encodeURIComponent(key)}`);
  const values = {};
  for (const [name, field] of Object.entries(found.fields)) { versions[name] = field.version; values[name] = field.value; }
  Object.assign(values, found.wall);
  for (const [name, value] of Object.entries(JSON.parse(sessionStorage.getItem(copies()) ?? "{}"))) { values[name] = value; keep(name, value); }
  savedAt = found.updated_at ? Date.parse(found.updated_at) : 0;
  return values;
}

// What others have written since it was opened; what is being typed here stays.
export async function rereadDraft() {
  const mine = key;
  const found = await ask("GET", `/api/v1/drafts/${encodeURIComponent(mine)}`);
  if (mine !== key) return {};
  const newer = Object.entries(found.fields).filter(([name, field]) => field.version > (versions[name] ?? 0) && !pending.has(name));
  for (const [name, field] of newer) versions[name] = field.version;
  return Object.fromEntries(newer.map(([name, field]) => [name, field.value]));
}

export function keep(name, value) {
  pending.set(name, String(value ?? ""));
  keepCopy();
  clearTimeout(timers.get(name));
  timers.set(name, setTimeout(() => send(name), WAIT));
}

async function send(name) {
  if (!pending.has(name)) return;
  const value = pending.get(name);
  const mine = key;
  try {
    const stored = await ask("PATCH", `/api/v1/drafts/${encodeURIComponent(mine)}`, { name, value, seen: versions[name] ?? 0 });
    if (mine !== key) return;
    versions[name] = stored.version;
    if (pending.get(name) === value) pending.delete(name);
    savedAt = Date.now();
    listener.saved();
  } catch (refusal) {
    if (refusal.errorId === "conflict") {
      pending.delete(name);
      listener.conflict(name, value, refusal.document);
    } else {
      listener.offline();
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => send(name), 3000));
    }
  }
  keepCopy();
}

export async function flush() {
  for (const timer of timers.values()) clearTimeout(timer);
  await Promise.all([...pending.keys()].map(send));
}

export function takeVersion(name, version) { versions[name] = version; }

export function settled() { // the case is saved: its draft is gone on the server
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  pending.clear();
  versions = {};
  savedAt = 0;
  sessionStorage.removeItem(copies());
}

export async function throwAway() {
  settled();
  await ask("DELETE", `/api/v1/drafts/${encodeURIComponent(key)}`).catch(() => null);
}
