// Requests to the console's own API. Owns headers and the shape of a refusal; knows nothing of pages.

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

// The server says why in the language that it is asked in; what answers instead of it has no words for people.
const noConnection = () => document.getElementById("lost")?.textContent ?? "";

export class Refusal extends Error {
  constructor(status, document) {
    super(document.said ?? document.detail ?? noConnection());
    this.status = status;
    this.errorId = document.error_id ?? "internal";
    this.field = document.field ?? "";
    this.document = document;
  }
}

export async function ask(method, address, body, key) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang, "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let response;
  try {
    response = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, { error_id: "no_connection" });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

export async function fragment(address) {
  const response = await fetch(address, { headers: { Accept: "text/html", "HX-Request": "true" } });
  if (response.status === 401) location.href = "/login";
  if (!response.ok) throw new Refusal(response.status, {});
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

export const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
