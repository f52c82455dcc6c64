// The live connection of one page: numbered events, replay after a loss, a visible strip while it is down.
// Scripts of a page are bundled apart, so the connection itself lives on the window: one page, one socket.

const shared = (globalThis.centralaLive ??= { listeners: new Set(), seq: Number(document.body.dataset.seq ?? 0), wait: 500, started: false });

export function onLive(listener) {
  shared.listeners.add(listener);
}

// Which case or draft this page looks at: the server tells others at the same place. Empty: nowhere.
export function lookAt(place) {
  shared.at = place;
  if (shared.socket?.readyState === WebSocket.OPEN) shared.socket.send(JSON.stringify({ at: place }));
}

export function connect() {
  if (shared.started || !document.body.dataset.seq) return;
  shared.started = true;
  open();
}

function open() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = shared.socket = new WebSocket(`${scheme}://${location.host}/api/v1/live?since=${shared.seq}`);
  socket.onopen = () => {
    shared.wait = 500;
    document.getElementById("lost").hidden = true;
    document.documentElement.dataset.live = "on";
    if (shared.at) lookAt(shared.at);
  };
  socket.onmessage = (message) => {
    const event = JSON.parse(message.data);
    const numbered = event.type !== "hello" && event.seq !== undefined; // who is here now is not replayed
    if (numbered && event.seq <= shared.seq) return;
    if (numbered) shared.seq = event.seq;
    for (const listener of shared.listeners) listener(event);
  };
  socket.onclose = (event) => {
    if (event.code === 4401) return location.assign("/login"); // signed out, here or elsewhere
    if (event.code === 4403) return location.reload(); // the account has changed
    document.getElementById("lost").hidden = false;
    document.documentElement.dataset.live = "off";
    setTimeout(open, shared.wait * (0.5 + Math.random()));
    shared.wait = Math.min(shared.wait * 2, 8000);
  };
}
