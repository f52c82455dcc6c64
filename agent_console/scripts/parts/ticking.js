// Running times: an element with data-since shows how long it has been, one with data-until how long is left, in place.
// They only show: what happens at the end of a time is the server's affair.

function span(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const seconds = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

export function tick(root = document) {
  for (const element of root.querySelectorAll("[data-since]")) {
    const since = Date.parse(element.dataset.since);
    element.textContent = Number.isNaN(since) ? "" : span(Date.now() - since);
  }
  for (const element of root.querySelectorAll("[data-until]")) {
    const until = Date.parse(element.dataset.until);
    element.textContent = Number.isNaN(until) ? "" : span(until - Date.now() + 999);
  }
}

export function startTicking() {
  tick();
  setInterval(tick, 1000);
}
