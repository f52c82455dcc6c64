// One SIP line over WebSocket. Owns JsSIP; knows no page and no microphone. Leaving the page says nothing to the
// exchange: the exchange sees the connection end, keeps the caller, and gives the call back.

import JsSIP from "jssip";

const STALLED_MS = 8000; // audio that stops for this long while the exchange said nothing: the call is over there

export class Line extends EventTarget {
  #ua = null;
  #session = null;
  #watch = 0;

  get talking() { return Boolean(this.#session?.isEstablished()); }
  get ringing() { return Boolean(this.#session && !this.#session.isEstablished() && !this.#session.isEnded()); }
  get busy() { return Boolean(this.#session); }
  get registered() { return Boolean(this.#ua?.isRegistered()); }

  start(login) {
    if (this.#ua) { this.#ua.set("password", login.password); return; }
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(login.websocket)],
      uri: login.uri, authorization_user: login.username, password: login.password,
      register: true, register_expires: 60, session_timers: false, user_agent: "Centrala",
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 4,
    });
    ua.on("registered", () => this.#say("registered"));
    ua.on("unregistered", () => this.#say("unregistered"));
    ua.on("disconnected", () => this.#say("unregistered"));
    ua.on("registrationFailed", ({ cause, response }) => this.#say("refused", { cause, status: response?.status_code ?? 0 }));
    ua.on("newRTCSession", ({ originator, session, request }) => {
      if (originator === "remote") this.#offered(session, request);
    });
    this.#ua = ua;
    ua.start();
  }

  stop() {
    this.#ua?.stop(); // says goodbye to the exchange: only when the operator chose another phone
    this.#ua = null;
  }

  again() { this.#ua?.register(); }

  #offered(session, request) {
    if (this.#session) { session.terminate({ status_code: 486 }); return; }
    this.#session = session;
    const over = () => { if (this.#session === session) { this.#session = null; clearInterval(this.#watch); this.#say("over"); } };
    session.on("ended", over);
    session.on("failed", over);
    session.on("confirmed", () => this.#say("talks"));
    this.#say("rings", { givenBack: Boolean(request.getHeader("X-Centrala-Given-Back")) });
  }

  answer(stream) {
    const session = this.#session;
    if (!session || session.isEstablished()) return;
    session.on("peerconnection", ({ peerconnection }) => this.#listen(peerconnection));
    session.answer({ mediaStream: stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } });
    if (session.connection) this.#listen(session.connection);
  }

  #listen(connection) {
    if (connection === this.connection) return;
    this.connection = connection;
    connection.addEventListener("track", ({ streams, track }) => this.#say("audio", { stream: streams[0] ?? new MediaStream([track]) }));
    let heard = -1, since = performance.now();
    clearInterval(this.#watch);
    this.#watch = setInterval(async () => {
      let packets = 0;
      for (const report of (await connection.getStats()).values()) if (report.type === "inbound-rtp") packets += report.packetsReceived;
      if (packets !== heard) { heard = packets; since = performance.now(); return; }
      if (performance.now() - since > STALLED_MS && this.talking) this.hangUp();
    }, 1000);
  }

  send(track) {
    const sender = this.connection?.getSenders().find((one) => one.track?.kind === "audio" || !one.track);
    return sender?.replaceTrack(track);
  }

  hangUp() { if (this.#session && !this.#session.isEnded()) this.#session.terminate(); }
  press(key) { if (this.talking) this.#session.sendDTMF(key, { transportType: "RFC2833", duration: 120, interToneGap: 70 }); }

  #say(type, detail = {}) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
