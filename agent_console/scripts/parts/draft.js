// The draft of a case: kept field by field in this browser until it is saved.
// Who reports is kept for this tab only: it must not stay on a shared computer.

const PRIVATE = new Set(["contact", "name"]);
const owner = document.body.dataset.username ?? "";
const place = (name) => (PRIVATE.has(name) ? sessionStorage : localStorage);
const keyOf = (name) => `draft:${owner}:${name}`;

export function keep(name, value) {
  if (value === "" || value === null || value === undefined) place(name).removeItem(keyOf(name));
  else place(name).setItem(keyOf(name), String(value));
}

export function kept(name) {
  return place(name).getItem(keyOf(name)) ?? "";
}

export function forget() {
  for (const store of [localStorage, sessionStorage]) {
    for (const key of Object.keys(store)) if (key.startsWith(`draft:${owner}:`)) store.removeItem(key);
  }
}
