// Running times: every element with data-since shows how long it has been, in place.

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
}

export function startTicking() {
  tick();
  setInterval(tick, 1000);
}
