// The operator's microphone: opened when the phone is switched on, watched all the time, so that a broken one is seen
// before a call and not by the caller. Owns the stream; says what is wrong in a word.

import { Level } from "./level.js";
import { Listener, ofError } from "./verdict.js";

export class Microphone extends EventTarget {
  #level = new Level();
  #listener = new Listener();
  #wanted = "";
  stream = null;
  fault = "";

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#devicesChanged());
    setInterval(() => this.#look(), 200);
  }

  get track() { return this.stream?.getAudioTracks()[0] ?? null; }
  get peak() { return this.#level.peak(); }

  async open(device = this.#wanted) {
    this.#wanted = device;
    if (!navigator.mediaDevices) { this.#judge("insecure"); return; }
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: device ? { ...wanted, deviceId: { exact: device } } : wanted });
    } catch (error) {
      this.#judge(ofError(error.name));
      return;
    }
    const enabled = this.track?.enabled ?? true;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = stream;
    this.track.enabled = enabled;
    this.#listener = new Listener();
    this.#level.watch(stream);
    this.#judge("");
    this.dispatchEvent(new CustomEvent("opened"));
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.#level.watch(null);
    this.#judge("");
  }

  async #devicesChanged() {
    this.dispatchEvent(new CustomEvent("devices"));
    if (this.fault === "vanished" || this.fault === "none") await this.open("");
  }

  #look() {
    const track = this.track;
    if (!track || !track.enabled) return; // muted by the operator: no fault
    this.#judge(this.#listener.verdict({
      ended: track.readyState === "ended", muted: track.muted, running: this.#level.running, peak: this.peak, at: performance.now(),
    }));
  }

  #judge(fault) {
    if (fault === this.fault) return;
    this.fault = fault;
    this.dispatchEvent(new CustomEvent("judged"));
  }
}
